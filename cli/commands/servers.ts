import type { Schemas } from '../../client/index.ts';
import type { GlobalOptions } from '../command.ts';
import { EXIT, Exit } from '../exit.ts';
import { moment, note, print, printable, printFields, printJson, printTable } from '../output.ts';
import { progress } from '../progress.ts';
import { confirm, mustBeSure, readSecrets } from '../prompts.ts';
import { findServer, take } from '../resolve.ts';
import { announce, openProject } from '../session.ts';

type Server = Schemas['McpServer'];

export async function add(
  options: GlobalOptions & {
    readonly header?: readonly string[];
    readonly tool?: string[];
    readonly origin?: string[];
  },
  name = '',
  url = '',
): Promise<void> {
  const { header: given = [], tool, origin } = options;
  const names = given.map(headerOf);
  const session = await openProject(options);
  const headers = await headerValues(names);
  announce(session);
  const server = await progress(
    'The gateway looks at the server',
    session.client.createMcpServer({
      body: {
        name,
        upstream: { kind: 'http', url, ...(given.length > 0 && { headers }) },
        ...(tool !== undefined && { allowed_tools: tool }),
        ...(origin !== undefined && { allowed_origins: origin }),
      },
    }),
  );
  if (options.json) return void printJson(server);
  note(printable(`Added ${server.name} (${server.id}). ${found(server)}`));
  note('This is the address to paste into clients, or let portcullis connect do it:');
  print(printable(server.mcp_url));
}

interface Header {
  readonly name: string;
  /** The environment variable that has its value; `undefined`: it is asked for. */
  readonly variable: string | undefined;
}

/** A value stands on no command line: it is asked for, or in a variable. */
function headerOf(given: string): Header {
  const [, name = '', variable] = /^([^=:\s]+)(?:=env:(\w+))?$/.exec(given) ?? [];
  if (name !== '') return { name, variable };
  throw new Exit(
    EXIT.usage,
    '--header takes the name of a header, or NAME=env:VARIABLE: a value on a command line can be read by others.',
  );
}

async function headerValues(headers: readonly Header[]): Promise<Record<string, string>> {
  const values = new Map<string, string>();
  for (const { name, variable } of headers) {
    if (variable === undefined) continue;
    const value = process.env[variable];
    if (!value) throw new Exit(EXIT.usage, `The variable ${variable} is not set.`);
    values.set(name, value);
  }
  const asked = headers.flatMap(({ name, variable }) => (variable === undefined ? [name] : []));
  const answers = await readSecrets(asked.map((name) => `Value of ${name}`));
  asked.forEach((name, n) => void values.set(name, answers[n] ?? ''));
  return Object.fromEntries(values);
}

const found = ({ probe }: Server): string =>
  probe.status === 'ok'
    ? `It answers as ${probe.server.name || 'an MCP server'} with ${toolCount(probe.tool_count)}.`
    : `It could not be used: ${probe.warning}`;

const toolCount = (count: number): string => `${count} tool${count === 1 ? '' : 's'}`;

export async function list(options: GlobalOptions): Promise<void> {
  const { client } = await openProject(options);
  const items = await progress(
    'Reading the servers',
    take(client.paginate('listMcpServers', { query: { limit: 100 } })),
  );
  if (options.json) return void printJson({ items });
  // Without the address for clients, which is a secret while the gate is down.
  await printTable(
    ['id', 'name', 'upstream', 'tools', 'created'],
    items.map((server) => [
      server.id,
      server.name,
      server.upstream.url,
      server.probe.status === 'ok' ? server.probe.tool_count : 'unreachable',
      moment(server.created_at),
    ]),
    'There is no server. portcullis server add puts one behind the gateway.',
    ['created'],
  );
}

export async function show(options: GlobalOptions, wanted = ''): Promise<void> {
  const { client } = await openProject(options);
  const server = await progress('Reading the servers', findServer(client, wanted));
  if (options.json) return void printJson(server);
  printFields({
    id: server.id,
    name: server.name,
    mcp_url: server.mcp_url,
    upstream: server.upstream.url,
    headers: Object.entries(server.upstream.headers).map(([name, value]) => `${name}: ${value}`),
    'allowed tools': server.allowed_tools ?? 'all',
    'allowed origins': server.allowed_origins,
    found: found(server),
    tools: server.probe.status === 'ok' ? server.probe.tools : [],
    created: moment(server.created_at),
    updated: moment(server.updated_at),
  });
}

export async function remove(
  options: GlobalOptions & { readonly yes?: boolean },
  wanted = '',
): Promise<void> {
  mustBeSure(options.yes);
  const session = await openProject(options);
  const { id, name } = await progress('Reading the servers', findServer(session.client, wanted));
  announce(session);
  await confirm(printable(`Delete ${name} (${id})? Its address is 404 at once.`), options.yes);
  await progress('Deleting the server', session.client.deleteMcpServer({ path: { id } }));
  if (!options.json) print(printable(`${name} is deleted.`));
}

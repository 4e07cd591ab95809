import type { Schemas } from '../../client/index.ts';
import { EXIT, Exit } from '../exit.ts';
import { moment, note, print, printable, printFields, printJson, printTable } from '../output.ts';
import type { GlobalOptions } from '../program.ts';
import { confirm, progress, readSecret } from '../prompts.ts';
import { findServer, take } from '../resolve.ts';
import { announce, openProject } from '../session.ts';

type Server = Schemas['McpServer'];

export async function add(
  options: GlobalOptions & {
    readonly header?: string[];
    readonly tool?: string[];
    readonly origin?: string[];
  },
  name = '',
  url = '',
): Promise<void> {
  const session = await openProject(options);
  const headers = await headerValues(options.header ?? []);
  announce(session);
  const server = await progress(
    'The gateway looks at the server',
    session.client.createMcpServer({
      body: {
        name,
        upstream: { kind: 'http', url, ...(options.header !== undefined && { headers }) },
        ...(options.tool !== undefined && { allowed_tools: options.tool }),
        ...(options.origin !== undefined && { allowed_origins: options.origin }),
      },
    }),
  );
  if (options.json) return void printJson(server);
  note(printable(`Added ${server.name} (${server.id}). ${found(server)}`));
  note('This is the address to paste into clients, or let portcullis connect do it:');
  print(printable(server.mcp_url));
}

/** A value stands on no command line: it is asked for, or in a variable. */
async function headerValues(given: readonly string[]): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const header of given) {
    const [, name = '', variable] = /^([^=]+?)(?:=env:(\w+))?$/.exec(header) ?? [];
    if (name === '') {
      throw new Exit(
        EXIT.usage,
        '--header takes the name of a header, or NAME=env:VARIABLE: a value on a command line can be read by others.',
      );
    }
    const value =
      variable === undefined ? await readSecret(`Value of ${name}`, false) : process.env[variable];
    if (value === undefined) throw new Exit(EXIT.usage, `The variable ${variable} is not set.`);
    headers[name] = value;
  }
  return headers;
}

const found = ({ probe }: Server): string =>
  probe.status === 'ok'
    ? `It answers as ${probe.server.name || 'an MCP server'} with ${probe.tool_count} tools.`
    : `It could not be used: ${probe.warning}`;

export async function list(options: GlobalOptions): Promise<void> {
  const { client } = await openProject(options);
  const items = await progress(
    'Reading the servers',
    take(client.paginate('listMcpServers', { query: { limit: 100 } })),
  );
  if (options.json) return void printJson({ items });
  printTable(
    ['id', 'name', 'upstream', 'tools', 'mcp_url'],
    items.map((server) => [
      server.id,
      server.name,
      server.upstream.url,
      server.probe.status === 'ok' ? server.probe.tool_count : 'unreachable',
      server.mcp_url,
    ]),
    'There is no server. portcullis server add puts one behind the gateway.',
  );
}

export async function show(options: GlobalOptions, wanted = ''): Promise<void> {
  const { client } = await openProject(options);
  const server = await findServer(client, wanted);
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
  const session = await openProject(options);
  const { id, name } = await findServer(session.client, wanted);
  announce(session);
  await confirm(printable(`Delete ${name} (${id})? Its address is 404 at once.`), options.yes);
  await session.client.deleteMcpServer({ path: { id } });
  if (options.json) printJson({ id, name, deleted: true });
  else print(printable(`${name} is deleted.`));
}

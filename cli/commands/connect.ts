import { resolve } from 'node:path';
import type { Portcullis, Schemas } from '../../client/index.ts';
import {
  type ClientConfiguration,
  clientConfigurations,
} from '../../functions/domain/client-configurations.ts';
import type { GlobalOptions } from '../command.ts';
import { ConfigurationFile } from '../connect/configuration-file.ts';
import { diff } from '../connect/diff.ts';
import { type Carrier, type ClientKey, carried, createKey, PLACEHOLDER, readKeyFor } from '../connect/key.ts';
import { entryOf, hasEntry } from '../connect/merge.ts';
import { fileOf, isUsers } from '../connect/places.ts';
import { EXIT, Exit } from '../exit.ts';
import { colors, note, print, printable, printJson, printTable } from '../output.ts';
import { progress } from '../progress.ts';
import { findServer, take } from '../resolve.ts';
import { announce, openProject, type Session } from '../session.ts';

interface ConnectOptions extends GlobalOptions {
  readonly server?: string;
  readonly scope?: 'user' | 'project';
  readonly file?: string;
  readonly print?: boolean;
  readonly dryRun?: boolean;
  readonly keyStdin?: boolean;
  /** `false` with `--no-key`. */
  readonly key?: boolean;
}

/** Other names of clients, by which they are asked for. */
const ALSO_CALLED = new Map([
  ['claude', 'claude-code'],
  ['claude-desktop', 'mcp-remote'],
  ['copilot', 'copilot-cli'],
  ['gemini', 'gemini-cli'],
  ['inspector', 'mcp-inspector'],
  ['qwen', 'qwen-code'],
  ['roo', 'roo-code'],
  ['vscode', 'vs-code'],
]);

/** Puts a server into the configuration of a client, with a key that may call that server and nothing else. */
export async function connect(options: ConnectOptions, wanted?: string): Promise<void> {
  if (wanted === undefined) return listClients(options);
  configurationOf(wanted, EXAMPLE); // What is no client is told before anything is asked.
  const session = await openProject(options);
  const server = await serverOf(session.client, options.server);
  const configuration = configurationOf(wanted, server);
  const { kind, files, language } = configuration;
  if (kind !== 'file' || !(language === 'json' || language === 'toml')) {
    return printConfiguration(configuration, options);
  }
  const entry = entryOf(configuration.content, language);
  const { content, carrier } = carried(configuration.content, entry.name);
  if (options.print) return printConfiguration({ ...configuration, content }, options);
  const path = options.file === undefined ? fileOf(files, options.scope) : resolve(options.file);
  if (path === undefined) {
    const what =
      options.scope === undefined ? 'no usual file on this system' : `no file of a ${options.scope}`;
    throw new Exit(EXIT.usage, `${configuration.title} has ${what}.`, 'Say --file PATH, or --print.');
  }
  const file = new ConfigurationFile(path, language);

  const before = file.read();
  const found = { client: configuration.client, server: server.id, file: path };
  if (isThere(file, before, content, options)) {
    if (options.json) return void printJson({ ...found, changed: false });
    return void print(printable(`${server.name} stands in ${path} already.`));
  }
  if (options.dryRun) {
    const lines = diff(before, file.merged(before, content));
    if (options.json) return void printJson({ ...found, changed: true, diff: lines });
    note(printable(`${path} would change:`));
    return void print(lines.map(colored).join('\n'));
  }

  file.merged(before, content); // What cannot be merged is told before a key is made.
  announce(session);
  const key = await keyOf(session, server, configuration, carrier, options);
  const isReplaced = hasEntry(before, entry, language);
  const holdsKey = carrier.kind === 'file' && key !== undefined;
  let backup: string | null;
  let after: string;
  try {
    // Once more: its client may have written it while the key was made.
    const now = file.read();
    after = file.merged(now, holdsKey ? content.replaceAll(PLACEHOLDER, key.key) : content);
    backup = file.write(now, after, holdsKey);
  } catch (error) {
    if (key?.id !== undefined) await forget(session, key.id);
    throw error;
  }

  const isShown = key !== undefined && key.id !== undefined && carrier.kind !== 'file';
  if (options.json) {
    return void printJson({
      ...found,
      ...{ changed: true, backup, key_id: key?.id ?? null },
      ...(carrier.kind === 'variable' && { variable: carrier.name }),
      ...(isShown && { key: key.key }),
    });
  }
  (isShown ? note : print)(
    printable(`${server.name} stands in ${path} as ${entry.name}. Start ${configuration.title} anew.`),
  );
  if (isReplaced) note(printable(`An entry ${entry.name} that stood there is replaced.`));
  for (const gone of keysIn(before).filter((one) => !after.includes(one))) {
    note(`Its key ak_**${gone.slice(-4)} still works: portcullis key revoke ends it.`);
  }
  if (backup !== null) note(printable(`What was there is in ${backup}.`));
  if (holdsKey && !isUsers(files, path)) note('The file has the key in it: do not commit it.');
  if (carrier.kind === 'file' && key === undefined) note(`Put a key where it says ${PLACEHOLDER}.`);
  tellOfKey(carrier, isShown ? key.key : undefined);
}

/** What a server is called where none is known yet. */
const EXAMPLE = { mcp_url: 'https://gateway.example.com/your_mcp_url', name: 'portcullis' };

/** What is written is the command line's own: of the gateway it has the address and the name. */
function configurationOf(
  wanted: string,
  { mcp_url: mcpUrl, name }: Pick<Schemas['McpServer'], 'mcp_url' | 'name'>,
): ClientConfiguration {
  const client = ALSO_CALLED.get(wanted) ?? wanted;
  const configuration = clientConfigurations({ mcpUrl, name }).find((one) => one.client === client);
  if (configuration !== undefined) return configuration;
  throw new Exit(
    EXIT.usage,
    `There is no client "${wanted}".`,
    'portcullis connect shows those that there are.',
  );
}

async function listClients({ json }: GlobalOptions): Promise<void> {
  const items = clientConfigurations({ mcpUrl: EXAMPLE.mcp_url, name: EXAMPLE.name }).map(
    ({ client, title, kind, files }) => ({ client, title, kind, files }),
  );
  if (json) return void printJson({ items });
  await printTable(
    ['client', 'name', 'where'],
    items.map(({ client, title, kind, files }) => [
      client,
      title,
      kind === 'file' ? (fileOf(files, undefined) ?? 'nowhere on this system') : `printed (${kind})`,
    ]),
    '',
  );
}

function printConfiguration(configuration: ClientConfiguration, options: ConnectOptions): void {
  if (options.json) return void printJson(configuration);
  const { title, files, kind, content } = configuration;
  note(
    printable(
      kind === 'file'
        ? `For ${title}: ${files.join(', or ')}`
        : `${title} has no file that can be written. It takes this:`,
    ),
  );
  if (content.includes(PLACEHOLDER))
    note(`Put a key where it says ${PLACEHOLDER}: portcullis key create makes one.`);
  print(content);
}

async function serverOf(client: Portcullis, wanted: string | undefined): Promise<Schemas['McpServer']> {
  if (wanted !== undefined) return progress('Looking for the server', findServer(client, wanted));
  const [only, ...others] = await progress('Reading the servers', take(client.paginate('listMcpServers'), 2));
  if (only === undefined) {
    throw new Exit(
      EXIT.failed,
      'The project has no MCP server.',
      'portcullis server add puts one behind the gateway.',
    );
  }
  if (others.length > 0) {
    throw new Exit(EXIT.usage, 'The project has several MCP servers.', 'Say which: --server NAME');
  }
  return only;
}

/** Whether nothing has to be written: what is there differs from what would be by its key alone, if by anything. */
function isThere(
  file: ConfigurationFile,
  before: string,
  content: string,
  { keyStdin, key }: ConnectOptions,
): boolean {
  const isWith = (text: string) => file.merged(before, content.replaceAll(PLACEHOLDER, text)) === before;
  if (!content.includes(PLACEHOLDER) || (key === false && isWith(PLACEHOLDER))) return isWith(PLACEHOLDER);
  return !keyStdin && keysIn(before).some(isWith);
}

const keysIn = (text: string): string[] => text.match(/\bak_[0-9A-Za-z]{36}\b/g) ?? [];

/** Of a key that nobody has got nothing is to remain. */
async function forget({ client }: Session, id: string): Promise<void> {
  await client.revokeApiKey({ path: { id } }).then(
    () => note('The key is revoked again.'),
    () => note(`The key ${id} could not be revoked: portcullis key revoke ${id}`),
  );
}

/** @returns the key for the client; `undefined`: it needs none from here */
async function keyOf(
  session: Session,
  server: Schemas['McpServer'],
  configuration: ClientConfiguration,
  carrier: Carrier,
  options: ConnectOptions,
): Promise<ClientKey | undefined> {
  if (options.keyStdin) return readKeyFor(session, server);
  if (options.key === false || (carrier.kind === 'variable' && process.env[carrier.name])) return undefined;
  return progress('Making a key', createKey(session, server, configuration));
}

/** @param key to show, this once */
function tellOfKey(carrier: Carrier, key: string | undefined): void {
  if (carrier.kind === 'variable') {
    note(
      key === undefined
        ? `The file reads the key from ${carrier.name}: set it where the client starts.`
        : `The file reads the key from ${carrier.name}. Set it where the client starts; it is shown this once:`,
    );
    if (key === undefined) return;
    const set =
      process.platform === 'win32' ? `$env:${carrier.name} = '${key}'` : `export ${carrier.name}=${key}`;
    return void print(set);
  }
  if (key === undefined) return;
  note('The client asks for the key when it starts the server; it is shown this once:');
  print(key);
}

const colored = (line: string): string => {
  const text = printable(line.replaceAll('\t', '  '));
  return line.startsWith('+') ? colors.green(text) : line.startsWith('-') ? colors.red(text) : text;
};

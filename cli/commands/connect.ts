import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Portcullis, Schemas } from '../../client/index.ts';
import { EXIT, Exit } from '../exit.ts';
import { writeWhole } from '../files.ts';
import { mergeConfiguration } from '../merge.ts';
import { note, print, printable, printJson, printTable } from '../output.ts';
import type { GlobalOptions } from '../program.ts';
import { progress, readSecret } from '../prompts.ts';
import { findServer, take } from '../resolve.ts';
import { announce, openProject } from '../session.ts';

type Configuration = Schemas['ClientConfiguration'];

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
const ALSO_CALLED: Readonly<Record<string, string>> = {
  claude: 'claude-code',
  'claude-desktop': 'mcp-remote',
  copilot: 'copilot-cli',
  gemini: 'gemini-cli',
  vscode: 'vs-code',
};

/** What stands for a key in the configurations. */
const PLACEHOLDER = 'ak_your_api_key';
/** The variable that some of them read. */
const VARIABLE = 'PORTCULLIS_API_KEY';

/** Puts a server into the configuration of a client, with a key that may call that server and nothing else. */
export async function connect(options: ConnectOptions, wanted?: string): Promise<void> {
  const session = await openProject(options);
  const { client } = session;
  const server = await serverOf(client, options.server);
  const { items } = await client.listClientConfigurations({ path: { id: server.id } });
  if (wanted === undefined) {
    if (options.json) return void printJson({ items });
    return printTable(
      ['client', 'name', 'where'],
      items.map((item) => [item.client, item.title, item.files[0] ?? item.kind]),
      '',
    );
  }
  const configuration = items.find((item) => item.client === (ALSO_CALLED[wanted] ?? wanted));
  if (configuration === undefined) {
    throw new Exit(
      EXIT.usage,
      `There is no client "${wanted}".`,
      'portcullis connect shows those that there are.',
    );
  }
  const file = options.print ? undefined : fileOf(configuration, options);
  if (file === undefined) {
    if (options.json) return void printJson(configuration);
    note(
      printable(
        `${configuration.title}${options.print ? '' : ' has no file that can be written'}. Put a key where it says ${PLACEHOLDER}:`,
      ),
    );
    return void print(configuration.content);
  }

  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const merge = (content: string) => merged(file, before, content, configuration.language);
  const needsKey = configuration.content.includes(PLACEHOLDER);
  const isThere = needsKey
    ? !options.keyStdin && options.key !== false && hasKeyAlready(before, configuration, merge)
    : merge(configuration.content) === before;
  if (isThere) {
    return done(options, { file, backup: null, changed: false }, `${file} has ${server.name} already.`);
  }
  if (options.dryRun) {
    const after = merge(configuration.content);
    if (options.json)
      return void printJson({ file, changed: after !== before, content: configuration.content });
    note(printable(`Would write ${file}${before === '' ? '' : ' (after a copy of it)'}, with this in it:`));
    return void print(configuration.content);
  }

  announce(session);
  merge(configuration.content); // What cannot be merged is told before a key is made.
  const key = await keyOf(client, server, configuration, options);
  const content =
    key === undefined ? configuration.content : configuration.content.replaceAll(PLACEHOLDER, key);
  const after = merge(content);
  if (after === before)
    return done(options, { file, backup: null, changed: false }, `${file} has ${server.name} already.`);
  const backup = before === '' ? null : backUp(file);
  mkdirSync(dirname(file), { recursive: true });
  // Who reads the file has the key.
  const mode = needsKey && key !== undefined ? 0o600 : existsSync(file) ? statSync(file).mode & 0o777 : 0o644;
  writeWhole(file, after, mode);
  done(
    options,
    { file, backup, changed: true },
    `${server.name} stands in ${file}. Start ${configuration.title} anew.`,
  );
  if (backup !== null && !options.json) note(printable(`What was there is in ${backup}.`));
  tellOfKey(configuration, file, key, options);
}

function done(options: ConnectOptions, result: object, sentence: string): void {
  if (options.json) printJson(result);
  else print(printable(sentence));
}

async function serverOf(client: Portcullis, wanted: string | undefined): Promise<Schemas['McpServer']> {
  if (wanted !== undefined) return findServer(client, wanted);
  const [only, ...others] = await progress('Reading the servers', take(client.paginate('listMcpServers'), 2));
  if (only === undefined)
    throw new Exit(
      EXIT.failed,
      'The project has no MCP server.',
      'portcullis server add puts one behind the gateway.',
    );
  if (others.length > 0)
    throw new Exit(EXIT.usage, 'The project has several MCP servers.', 'Say which: --server NAME');
  return only;
}

/** @returns the file to write; `undefined` when the client has none */
function fileOf({ kind, files }: Configuration, { file, scope }: ConnectOptions): string | undefined {
  if (kind !== 'file') return undefined;
  if (file !== undefined) return resolve(file);
  const places = files.map(expanded).filter((place) => place !== undefined);
  const isUsers = (place: string) => isAbsolute(place);
  const users = places.filter(isUsers);
  // Of several the one that is there already: they are those of several systems.
  const user = users.find((place) => existsSync(dirname(place))) ?? users[0];
  const project = places.find((place) => !isUsers(place));
  const chosen = scope === 'user' ? user : scope === 'project' ? project : (user ?? project);
  if (chosen === undefined) {
    const what = scope === undefined ? 'no usual file on this system' : `no file of a ${scope}`;
    throw new Exit(EXIT.usage, `This client has ${what}.`, 'Say --file PATH, or --print.');
  }
  return resolve(chosen);
}

/** @returns a path of this system; `undefined`: it is one of another */
function expanded(place: string): string | undefined {
  const { APPDATA } = process.env;
  if (place.startsWith('%APPDATA%')) {
    return APPDATA && join(APPDATA, ...place.replace('%APPDATA%', '').split('\\'));
  }
  if (place.startsWith('~/Library/') && process.platform !== 'darwin') return undefined;
  return place.startsWith('~/') ? join(homedir(), place.slice(2)) : place;
}

function merged(file: string, before: string, content: string, language: Configuration['language']): string {
  if (language !== 'json' && language !== 'toml')
    throw new Exit(EXIT.failed, `${language} cannot be written.`, '--print shows it.');
  try {
    return mergeConfiguration(before, content, language);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Exit(EXIT.failed, `${file} was not changed: ${why}.`, 'Mend it, or say --print and paste it.');
  }
}

/** Whether the file differs from what it would become by its key alone: then it stays as it is. */
function hasKeyAlready(
  before: string,
  { content }: Configuration,
  merge: (content: string) => string,
): boolean {
  return (before.match(/\bak_[0-9A-Za-z]{36}\b/g) ?? []).some(
    (key) => merge(content.replaceAll(PLACEHOLDER, key)) === before,
  );
}

/** @returns the key to put in; `undefined`: none */
async function keyOf(
  client: Portcullis,
  server: Schemas['McpServer'],
  { content, title }: Configuration,
  options: ConnectOptions,
): Promise<string | undefined> {
  if (options.key === false) return undefined;
  if (options.keyStdin) return readSecret('API key', true);
  if (!content.includes(PLACEHOLDER) && !content.includes(VARIABLE)) return undefined;
  const name = `${title.replace(/ \(.*\)$/, '')} on ${hostname()}`.slice(0, 60);
  const created = await client.createApiKey({
    // Names are unique: the second connection of a client gets one of its own.
    body: { name: `${name}, ${new Date().toISOString()}`, mcp_server_ids: [server.id] },
  });
  if (!options.json)
    note(printable(`Made the key ${created.name} (${created.id}): it may call ${server.name} alone.`));
  return created.key;
}

function tellOfKey(
  { content }: Configuration,
  file: string,
  key: string | undefined,
  options: ConnectOptions,
): void {
  if (key === undefined || options.json) {
    if (content.includes(PLACEHOLDER) && !options.json) note(`Put a key where it says ${PLACEHOLDER}.`);
    return;
  }
  if (!content.includes(VARIABLE)) {
    if (!file.startsWith(homedir())) note('The file has the key in it: do not commit it.');
    return;
  }
  note(
    `The file reads the key from ${VARIABLE}, so that it can be committed. Set it where the client starts; it is shown this once:`,
  );
  print(`export ${VARIABLE}=${key}`);
}

function backUp(file: string): string {
  const backup = `${file}.bak-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  copyFileSync(file, backup);
  return backup;
}

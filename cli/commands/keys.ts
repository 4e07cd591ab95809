import type { OperationParameters, Portcullis, Schemas } from '../../client/index.ts';
import type { GlobalOptions } from '../command.ts';
import { moment, note, print, printable, printJson, printTable } from '../output.ts';
import { progress } from '../progress.ts';
import { confirm, mustBeSure } from '../prompts.ts';
import { findKey, serverIdOf, take } from '../resolve.ts';
import { announce, openProject } from '../session.ts';
import { instant, seconds } from '../times.ts';

type NewKey = OperationParameters<'createApiKey'>['body'];

export async function create(
  options: GlobalOptions & {
    readonly scope?: NonNullable<NewKey['scopes']>;
    readonly server?: readonly string[];
    readonly tool?: string[];
    readonly expires?: string;
  },
  name = '',
): Promise<void> {
  const { scope, server, tool, expires } = options;
  const expires_at = expires === undefined ? undefined : instant(expires, '--expires', 'ahead');
  const session = await openProject(options);
  const { client } = session;
  const servers =
    server &&
    (await progress('Reading the servers', Promise.all(server.map((wanted) => serverIdOf(client, wanted)))));
  announce(session);
  const key = await progress(
    'Making the key',
    client.createApiKey({
      body: {
        name,
        ...(scope !== undefined && { scopes: scope }),
        ...(servers !== undefined && { mcp_server_ids: servers }),
        ...(tool !== undefined && { allowed_tools: tool }),
        ...(expires_at !== undefined && { expires_at }),
      },
    }),
  );
  if (options.json) return void printJson(key);
  note(printable(`Created ${key.name} (${key.id}) with ${key.scopes.join(', ')}. It is shown this once:`));
  print(key.key);
}

export async function list(options: GlobalOptions): Promise<void> {
  const { client } = await openProject(options);
  const items = await progress(
    'Reading the keys',
    take(client.paginate('listApiKeys', { query: { limit: 100 } })),
  );
  if (options.json) return void printJson({ items });
  await printTable(
    ['id', 'name', 'key', 'status', 'scopes', 'limits', 'expires', 'last used'],
    items.map((key) => [
      key.id,
      key.name,
      key.key,
      key.status,
      key.scopes.join(' '),
      limits(key),
      key.expires_at === null ? 'never' : moment(key.expires_at),
      moment(key.last_used_at),
    ]),
    'There is no key. portcullis key create makes one.',
    ['limits', 'last used', 'expires'],
  );
}

const limits = ({ mcp_server_ids, allowed_tools }: Schemas['ApiKey']): string =>
  [
    ...(mcp_server_ids === null ? [] : [counted(mcp_server_ids, 'server')]),
    ...(allowed_tools === null ? [] : [counted(allowed_tools, 'tool')]),
  ].join(', ');

const counted = ({ length }: readonly unknown[], noun: string): string =>
  `${length} ${noun}${length === 1 ? '' : 's'}`;

export async function rotate(
  options: GlobalOptions & { readonly overlap: string; readonly yes?: boolean },
  wanted = '',
): Promise<void> {
  const overlap_seconds = seconds(options.overlap, '--overlap');
  if (overlap_seconds === 0) mustBeSure(options.yes);
  const session = await openProject(options);
  const { client } = session;
  const { id, name, isOwn } = await keyToChange(client, wanted);
  announce(session);
  if (overlap_seconds === 0) {
    await confirm(
      printable(`Rotate ${name} (${id})${isOwn}? Its old secret ends at once, without an --overlap.`),
      options.yes,
    );
  }
  const key = await progress(
    'Rotating the key',
    client.rotateApiKey({ path: { id }, body: { overlap_seconds } }),
  );
  if (options.json) return void printJson(key);
  const end = overlap_seconds === 0 ? 'has ended' : `works ${options.overlap} longer`;
  if (isOwn !== '') note('This command line uses that key: sign in with the new one, by portcullis login.');
  note(printable(`${name} has a new secret; the old one ${end}. It is shown this once:`));
  print(key.key);
}

export async function revoke(
  options: GlobalOptions & { readonly yes?: boolean },
  wanted = '',
): Promise<void> {
  mustBeSure(options.yes);
  const session = await openProject(options);
  const { client } = session;
  const { id, name, last_used_at, isOwn } = await keyToChange(client, wanted);
  announce(session);
  const used = last_used_at === null ? 'was never used' : `was last used ${moment(last_used_at)}`;
  await confirm(
    printable(`Revoke ${name} (${id})${isOwn}? It ${used}; whoever uses it is refused at once.`),
    options.yes,
  );
  await progress('Revoking the key', client.revokeApiKey({ path: { id } }));
  if (!options.json) print(printable(`${name} is revoked.`));
}

/** @returns the key, and what is said of it when it is the one that is used here */
async function keyToChange(client: Portcullis, wanted: string) {
  const [key, { api_key }] = await progress(
    'Reading the keys',
    Promise.all([findKey(client, wanted), client.getSessionInfo()]),
  );
  return { ...key, isOwn: key.id === api_key.id ? ', which this command line uses' : '' };
}

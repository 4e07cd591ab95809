import type { OperationParameters } from '../../client/index.ts';
import { moment, note, print, printable, printJson, printTable } from '../output.ts';
import type { GlobalOptions } from '../program.ts';
import { confirm, progress } from '../prompts.ts';
import { findKey, findServer, take } from '../resolve.ts';
import { announce, openProject } from '../session.ts';
import { instant, seconds } from '../times.ts';

type NewKey = OperationParameters<'createApiKey'>['body'];

export async function create(
  options: GlobalOptions & {
    readonly scope?: string[];
    readonly server?: string[];
    readonly tool?: string[];
    readonly expires?: string;
  },
  name = '',
): Promise<void> {
  const session = await openProject(options);
  const { client } = session;
  const expires_at =
    options.expires === undefined ? undefined : instant(options.expires, '--expires', 'ahead');
  const servers =
    options.server && (await Promise.all(options.server.map((wanted) => findServer(client, wanted))));
  announce(session);
  const key = await client.createApiKey({
    body: {
      name,
      // What is no scope the gateway says, and which there are.
      ...(options.scope !== undefined && { scopes: options.scope as NonNullable<NewKey['scopes']> }),
      ...(servers !== undefined && { mcp_server_ids: servers.map(({ id }) => id) }),
      ...(options.tool !== undefined && { allowed_tools: options.tool }),
      ...(expires_at !== undefined && { expires_at }),
    },
  });
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
  printTable(
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
  );
}

const limits = ({
  mcp_server_ids,
  allowed_tools,
}: {
  readonly mcp_server_ids: readonly string[] | null;
  readonly allowed_tools: readonly string[] | null;
}): string =>
  [
    ...(mcp_server_ids === null ? [] : [`${mcp_server_ids.length} servers`]),
    ...(allowed_tools === null ? [] : [`${allowed_tools.length} tools`]),
  ].join(', ');

export async function rotate(
  options: GlobalOptions & { readonly overlap: string; readonly yes?: boolean },
  wanted = '',
): Promise<void> {
  const session = await openProject(options);
  const overlap_seconds = seconds(options.overlap, '--overlap');
  const { id, name } = await findKey(session.client, wanted);
  announce(session);
  if (overlap_seconds === 0) {
    await confirm(
      printable(`Rotate ${name}? Its old secret ends at once, without an --overlap.`),
      options.yes,
    );
  }
  const key = await session.client.rotateApiKey({ path: { id }, body: { overlap_seconds } });
  if (options.json) return void printJson(key);
  const end = overlap_seconds === 0 ? 'has ended' : `works ${options.overlap} longer`;
  note(printable(`${name} has a new secret; the old one ${end}. It is shown this once:`));
  print(key.key);
}

export async function revoke(
  options: GlobalOptions & { readonly yes?: boolean },
  wanted = '',
): Promise<void> {
  const session = await openProject(options);
  const { id, name, last_used_at } = await findKey(session.client, wanted);
  announce(session);
  const used = last_used_at === null ? 'was never used' : `was last used ${moment(last_used_at)}`;
  await confirm(
    printable(`Revoke ${name} (${id})? It ${used}; whoever uses it is refused at once.`),
    options.yes,
  );
  await session.client.revokeApiKey({ path: { id } });
  if (options.json) printJson({ id, name, status: 'revoked' });
  else print(printable(`${name} is revoked.`));
}

import * as z from 'zod/mini';
import { randomBase62 } from '../domain/api-key.ts';
import type { ChangeRequest } from '../domain/audit.ts';
import { ApiError } from '../domain/errors.ts';
import { nameDigest } from '../domain/names.ts';
import type { Table } from './client.ts';
import {
  type NewKey,
  type NewServer,
  readItem,
  type StoredProjectKey,
  type StoredProjectServer,
} from './items.ts';
import { changeKey, createKey, findProjectKey, type KeyChange } from './key-store.ts';
import { itemKey, type NamedKind } from './layout.ts';
import { getItem } from './reads.ts';
import { changeServer, createServer, findProjectServer, type ServerChange } from './server-store.ts';
import { type Condition, deleteWhere, putNew, putWhere } from './writes.ts';

/** What has a name that no other of its kind and project has, or is about to. */
interface Named {
  readonly projectId: string;
  readonly name: string;
  /** Of the key or server. */
  readonly id: string;
  /** A revoked key and a deleted server have no name any more. */
  readonly isLive: boolean;
}

/** How the things of one kind that have names are read. */
interface NamedThings<Item extends New, New = Item> {
  readonly kind: NamedKind;
  readonly withArticle: string;
  named(item: New): Named;
  find(table: Table, projectId: string, id: string): Promise<Item | undefined>;
}

const KEYS: NamedThings<StoredProjectKey, NewKey> = {
  kind: 'key',
  withArticle: 'an API key',
  named: ({ project_id: projectId, name, key_id: id, status }) => ({
    ...{ projectId, name, id },
    isLive: status === 'active',
  }),
  find: findProjectKey,
};

const SERVERS: NamedThings<StoredProjectServer, NewServer> = {
  kind: 'server',
  withArticle: 'an MCP server',
  named: ({ project_id: projectId, name, server_id: id, is_deleted }) => ({
    ...{ projectId, name, id },
    isLive: !is_deleted,
  }),
  find: findProjectServer,
};

/**
 * Stores a new key under a name of its own.
 * @returns the key as it is stored
 * @throws ApiError `conflict` when another key of the project has the name
 */
export async function createNamedKey(
  table: Table,
  key: NewKey,
  request: ChangeRequest,
): Promise<StoredProjectKey> {
  await claim(table, KEYS, KEYS.named(key), request.now);
  return createKey(table, key, request);
}

/** As {@link createNamedKey}, of a server. */
export async function createNamedServer(
  table: Table,
  server: NewServer,
  request: ChangeRequest,
): Promise<StoredProjectServer> {
  await claim(table, SERVERS, SERVERS.named(server), request.now);
  return createServer(table, server, request);
}

/** {@link changeKey}, which keeps the names of the project's keys apart. */
export const changeNamedKey = (
  table: Table,
  asked: KeyChange,
  change: (key: StoredProjectKey) => StoredProjectKey | Promise<StoredProjectKey>,
): Promise<StoredProjectKey | undefined> =>
  changeNamed(table, KEYS, asked.request.now, change, (named) => changeKey(table, asked, named));

/** {@link changeServer}, which keeps the names of the project's servers apart. */
export const changeNamedServer = (
  table: Table,
  asked: ServerChange,
  change: (server: StoredProjectServer) => StoredProjectServer | Promise<StoredProjectServer>,
): Promise<StoredProjectServer | undefined> =>
  changeNamed(table, SERVERS, asked.request.now, change, (named) => changeServer(table, asked, named));

/** A new name is claimed before the change, and the old one given up after it. */
async function changeNamed<Item>(
  table: Table,
  things: NamedThings<Item>,
  now: number,
  change: (item: Item) => Item | Promise<Item>,
  run: (change: (item: Item) => Promise<Item>) => Promise<Item | undefined>,
): Promise<Item | undefined> {
  let givenUp: { readonly named: Named; readonly claimId: string } | undefined;
  const changed = await run(async (item) => {
    const next = await change(item);
    const [was, is] = [things.named(item), things.named(next)];
    const keepsName = is.isLive && isSameName(was, is);
    // Which claim it is, before the change: if the owner claims the name again after it, it is another one.
    const claimId =
      keepsName || !was.isLive ? undefined : (await readClaim(table, things.kind, was))?.claim_id;
    givenUp = claimId === undefined ? undefined : { named: was, claimId };
    // A claim that comes to nothing is not taken back: somebody else may be giving the same thing the same name.
    if (is.isLive && !keepsName) await claim(table, things, is, now);
    return next;
  });
  if (changed !== undefined && givenUp !== undefined) {
    const { named, claimId } = givenUp;
    await deleteWhere(table, keyOf(things.kind, named), ofClaim(claimId));
  }
  return changed;
}

const isSameName = (one: Named, other: Named): boolean => nameDigest(one.name) === nameDigest(other.name);

/** So long a name stays with somebody who does not have it yet: longer than any function runs that could still take it. */
const CLAIM_MS = 60_000;
const CLAIM_ID_LENGTH = 12;

const nameItem = z.object({ owner: z.string(), claim_id: z.string(), claimed_at: z.int() });

const keyOf = (kind: NamedKind, { projectId, name }: Named) =>
  itemKey.name(projectId, kind, nameDigest(name));

const readClaim = async (table: Table, kind: NamedKind, named: Named) =>
  readItem(nameItem, 'name', await getItem(table, keyOf(kind, named)));

/** How often a claim is tried again because it changed hands meanwhile. */
const MAX_RACES = 5;

/**
 * Claims a name, or renews the claim of whoever has it. Only a write that was made counts: a claim that was read may be
 * given up, or taken over, in the next moment.
 * @throws ApiError `conflict` when somebody else has the name, or may be about to
 */
async function claim<Item>(
  table: Table,
  things: NamedThings<Item>,
  named: Named,
  now: number,
): Promise<void> {
  const key = keyOf(things.kind, named);
  const claimed = { owner: named.id, claim_id: randomBase62(CLAIM_ID_LENGTH), claimed_at: now };
  for (let race = 0; race < MAX_RACES; race++) {
    if (await putNew(table, key, claimed)) return;
    const known = await readClaim(table, things.kind, named);
    if (known === undefined) continue;
    const isFree =
      known.owner === named.id ||
      (known.claimed_at + CLAIM_MS <= now && !(await hasName(table, things, known.owner, named)));
    if (!isFree) break;
    if (await putWhere(table, key, claimed, ofClaim(known.claim_id))) return;
  }
  throw new ApiError('conflict', { message: `The project has ${things.withArticle} of that name already` });
}

/** Whether an owner has the name: one that crashed before it had it, or after it gave it up, has not. */
async function hasName<Item>(table: Table, things: NamedThings<Item>, owner: string, wanted: Named) {
  const item = await things.find(table, wanted.projectId, owner);
  const named = item === undefined ? undefined : things.named(item);
  return named?.isLive === true && isSameName(named, wanted);
}

const ofClaim = (claimId: string): Condition => ({
  expression: 'claim_id = :claim',
  values: { ':claim': claimId },
});

import { type AuditAction, type ChangeRequest, keyChanges } from '../domain/audit.ts';
import { ApiError } from '../domain/errors.ts';
import { isLasting } from '../domain/key-power.ts';
import { confirm, intend } from './audit-store.ts';
import type { Table } from './client.ts';
import {
  type NewKey,
  powerOf,
  projectKeyItem,
  readItem,
  type StoredKey,
  type StoredProjectKey,
} from './items.ts';
import { joinLastingKeys, leaveLastingKeys, readLastingKeys } from './lasting-keys.ts';
import { itemKey, TIME_TO_LIVE } from './layout.ts';
import { changeOriginal, noteSettled, type OriginalStore, settled } from './original.ts';
import { getItem, type Page, type PageRequest, readPage } from './reads.ts';
import { atRevision, deleteWhere, olderThan, putNew, putWhere } from './writes.ts';

/** A secret that has ended stays known as such that long: nobody can still be writing it as a living one. */
const FORGET_SECRET_AFTER_MS = 60_000;
/** So many are cleared away at once, while somebody waits. */
const MAX_FORGOTTEN = 25;
/** How long what is left of an ended secret lies in the table if no rotation clears it away, in seconds. */
const ENDED_SECRET_SECONDS = 90 * 24 * 60 * 60;
/** How long a revoked key stays in the list, in seconds. */
const REVOKED_SECONDS = 90 * 24 * 60 * 60;

/**
 * Stores a new key: first the original, which names its hash, then the item that requests are looked up by. A crash in
 * between leaves a key that is listed and does not work, never one that works and is not listed.
 * @returns the key as it is stored
 * @throws ApiError `conflict` when a key has that id already
 */
export async function createKey(
  table: Table,
  created: NewKey,
  request: ChangeRequest,
): Promise<StoredProjectKey> {
  const list = isLastingKey(created) ? await readLastingKeys(table, created.project_id) : undefined;
  const { project_id, key_id: id, name } = created;
  const change_id = await intend(table, project_id, request, {
    action: 'api_key.create',
    target: { kind: 'api_key', id, name },
    changes: keyChanges(undefined, created),
  });
  const key = { ...created, change_id, settled_revision: 0 };
  if (!(await putNew(table, itemKey.projectKey(key.project_id, key.key_id), key))) {
    throw new ApiError('conflict', { message: 'The API key is there already' });
  }
  const stored = await settled(keyOriginal(table, key.project_id, key.key_id), key);
  if (list === undefined || (await joinLastingKeys(table, key.project_id, list, key.key_id))) return stored;
  return (await rewriteKey(table, key.project_id, key.key_id)) ?? stored;
}

/** @returns the key with that id, its copies written; `undefined` when there is none. Read strongly consistent. */
export async function findProjectKey(
  table: Table,
  projectId: string,
  keyId: string,
): Promise<StoredProjectKey | undefined> {
  const store = keyOriginal(table, projectId, keyId);
  const key = await store.read();
  return key && settled(store, key);
}

/** One page of a project's keys in the order of their creation, revoked ones too; the copies of each are written. */
export async function listKeys(
  table: Table,
  projectId: string,
  now: number,
  page: PageRequest,
): Promise<Page<StoredProjectKey>> {
  const { pk } = itemKey.projectKey(projectId, '');
  const { rows, last } = await readPage(table, { pk, prefix: 'key_' }, page, (item) => {
    const key = readItem(projectKeyItem, 'API key', item);
    return key?.expires !== undefined && key.expires * 1_000 <= now ? undefined : key;
  });
  const settle = (key: StoredProjectKey) => settled(keyOriginal(table, projectId, key.key_id), key);
  return { rows: await Promise.all(rows.map(settle)), last };
}

/** A change of a key, and who asks for it. */
export interface KeyChange {
  readonly projectId: string;
  readonly id: string;
  readonly action: Extract<AuditAction, `api_key.${string}`>;
  readonly request: ChangeRequest;
}

/**
 * Changes a key. When this returns, no request that arrives later is let in by what the key was before.
 * @param change gets the key; what it throws ends the change, and nothing is written
 * @returns the key after the change; `undefined` when there is none with that id
 * @throws ApiError `conflict` when the change would take the project's last lasting key away
 */
export async function changeKey(
  table: Table,
  { projectId, id, action, request }: KeyChange,
  change: (key: StoredProjectKey) => StoredProjectKey | Promise<StoredProjectKey>,
): Promise<StoredProjectKey | undefined> {
  return changeListed(table, projectId, id, change, async (before, after) => {
    const changes = keyChanges(before, after);
    if (Object.keys(changes).length === 0) return undefined;
    return intend(table, projectId, request, {
      action,
      target: { kind: 'api_key', id, name: after.name },
      changes,
    });
  });
}

/** Writes a key as it is, so that it stands in the list of lasting keys if it is one. That is nobody's change. */
const rewriteKey = (table: Table, projectId: string, keyId: string): Promise<StoredProjectKey | undefined> =>
  changeListed(
    table,
    projectId,
    keyId,
    (same) => same,
    async () => undefined,
  );

/** Changes a key, and keeps the list of lasting keys sound. */
async function changeListed(
  table: Table,
  projectId: string,
  keyId: string,
  change: (key: StoredProjectKey) => StoredProjectKey | Promise<StoredProjectKey>,
  intendChange: (before: StoredProjectKey, after: StoredProjectKey) => Promise<string | undefined>,
): Promise<StoredProjectKey | undefined> {
  const store = keyOriginal(table, projectId, keyId);
  for (;;) {
    let mayHaveLeft = false;
    /** The list of lasting keys as it was before the last try of the change, where the key stays or becomes one. */
    let before: Awaited<ReturnType<typeof readLastingKeys>> | undefined;
    try {
      const changed = await changeOriginal(store, intendChange, async (key) => {
        const next = await change(key);
        const [was, is] = [isLastingKey(key), isLastingKey(next)];
        const list = was || is ? await readLastingKeys(table, projectId) : undefined;
        before = is ? list : undefined;
        if (was && !is && list !== undefined) {
          if (!(await leaveLastingKeys(table, projectId, list, keyId))) throw new ListHasChanged();
          mayHaveLeft = true;
        }
        return next;
      });
      if (changed === undefined || before === undefined) return changed;
      if (await joinLastingKeys(table, projectId, before, keyId)) return changed;
      // Somebody else wrote the list: the key joins it with a change that is won after the list is read again.
      return await rewriteKey(table, projectId, keyId);
    } catch (error) {
      if (error instanceof ListHasChanged) continue;
      // The key has left the list, and then another change of it came first and ruled ours out: it comes back.
      if (mayHaveLeft && error instanceof ApiError) await rewriteKey(table, projectId, keyId);
      throw error;
    }
  }
}

/** The list of lasting keys was written by somebody else: the change starts again. */
class ListHasChanged extends Error {}

const isLastingKey = (key: NewKey): boolean => key.status === 'active' && isLasting(powerOf(key));

/**
 * @param key settled: the copies of its secrets say when they end
 * @param now milliseconds since the epoch
 * @returns the secrets of the key; those that have ended are over, and those that ended a while ago are cleared away
 */
export async function withoutEndedSecrets(
  table: Table,
  key: StoredProjectKey,
  now: number,
): Promise<StoredProjectKey['secrets']> {
  const hasEnded = ({ ends_at }: Secret, before: number) => ends_at !== null && ends_at <= before;
  const isForgotten = (secret: Secret) => hasEnded(secret, now - FORGET_SECRET_AFTER_MS);
  const forgotten = key.secrets.filter(isForgotten).slice(-MAX_FORGOTTEN);
  await Promise.all(forgotten.map(({ hash }) => deleteWhere(table, itemKey.key(hash))));
  return key.secrets
    .filter((secret) => !forgotten.includes(secret))
    .map((secret) => (hasEnded(secret, now) ? { ...secret, is_over: true } : secret));
}

function keyOriginal(table: Table, projectId: string, keyId: string): OriginalStore<StoredProjectKey> {
  const at = itemKey.projectKey(projectId, keyId);
  return {
    read: async () => readItem(projectKeyItem, 'API key', await getItem(table, at)),
    write: (key, readRevision) => putWhere(table, at, key, atRevision(readRevision)),
    async settle(key) {
      const newer = olderThan(key.revision);
      const copies = key.secrets.filter(({ is_over }) => is_over !== true);
      await Promise.all([
        confirm(table, projectId, key.change_id),
        ...copies.map((secret) => putWhere(table, itemKey.key(secret.hash), copyOf(key, secret), newer)),
      ]);
      const expires = expiryOf(key);
      // Not before: with the key the only thing would go that tells of its revocation, if that is not confirmed.
      await noteSettled(table, at, key, expires === undefined ? {} : { [TIME_TO_LIVE]: expires });
    },
  };
}

/** When a revoked key is forgotten, in seconds since the epoch. */
const expiryOf = ({ revoked }: StoredProjectKey): number | undefined =>
  revoked && Math.ceil(revoked.at / 1_000) + REVOKED_SECONDS;

type Secret = StoredProjectKey['secrets'][number];

/** What the authorizer reads of one secret of a key. */
function copyOf(
  key: StoredProjectKey,
  { hash, ends_at, is_over: _over, ...ofSecret }: Secret,
): StoredKey & { readonly [TIME_TO_LIVE]?: number } {
  const {
    change_id: _change,
    masked_key: _masked,
    created_at: _created,
    settled_revision: _settled,
    secrets: _secrets,
    revoked: _revoked,
    expires: _expires,
    ...copy
  } = key;
  const expires =
    expiryOf(key) ?? (ends_at === null ? undefined : Math.ceil(ends_at / 1_000) + ENDED_SECRET_SECONDS);
  return {
    ...copy,
    ...ofSecret,
    key_hash: hash,
    secret_ends_at: ends_at,
    ...(expires !== undefined && { [TIME_TO_LIVE]: expires }),
  };
}

import * as z from 'zod/mini';
import { ApiError } from '../domain/errors.ts';
import { readItem, stored } from './access-items.ts';
import type { Table } from './client.ts';
import { itemKey } from './layout.ts';
import { getItem } from './reads.ts';
import { asRead, putWhere } from './writes.ts';

/**
 * The lasting keys of a project: those that can do everything in it for ever. One of them must stay, whatever two callers
 * do at once. The rules, each of which the proof in ADR 19 needs:
 * - Every write of the list names the list's revision and raises it.
 * - A key is added after a change of that key that was won after the list was read.
 * - Before a key ceases to be lasting, and after the key was read, the list is written without it; and only while another
 *   key stands in it.
 * So a key that stands in the list is lasting. A crash may leave out a key that is; never the other way round.
 */
interface LastingKeys {
  readonly keyIds: readonly string[];
  readonly revision: number;
  readonly item?: z.infer<typeof lastingKeysItem>;
}

const lastingKeysItem = stored({ revision: z.int(), key_ids: z.array(z.string()) });

/** More are not counted: the list stays a small item, and it never says too much. */
const MAX_LISTED = 1_000;

export async function readLastingKeys(table: Table, projectId: string): Promise<LastingKeys> {
  const item = readItem(
    lastingKeysItem,
    'lasting keys',
    await getItem(table, itemKey.lastingKeys(projectId)),
  );
  return item === undefined
    ? { keyIds: [], revision: 0 }
    : { keyIds: item.key_ids, revision: item.revision, item };
}

/**
 * Writes the list without a key that is about to lose its power.
 * @param list as it was read after the key
 * @returns whether the list still was as it was read; if not, start again
 * @throws ApiError `conflict` when no other key stands in the list
 */
export async function leaveLastingKeys(
  table: Table,
  projectId: string,
  list: LastingKeys,
  keyId: string,
): Promise<boolean> {
  const others = list.keyIds.filter((other) => other !== keyId);
  if (others.length === 0) {
    throw new ApiError('conflict', {
      message:
        'This is the last API key of the project with the scope *, no limit and no end: it cannot be revoked, narrowed or given an end',
      suggestedFix: 'Create another key with the scope * first, or have one made with the organization key',
    });
  }
  return writeList(table, projectId, list, others);
}

/**
 * Adds a key that has just become lasting.
 * @param list as it was read before the change that made the key what it is
 * @returns whether the list still was as it was read; if not, start again
 */
export async function joinLastingKeys(
  table: Table,
  projectId: string,
  list: LastingKeys,
  keyId: string,
): Promise<boolean> {
  if (list.keyIds.includes(keyId) || list.keyIds.length >= MAX_LISTED) return true;
  return writeList(table, projectId, list, [...list.keyIds, keyId]);
}

function writeList(table: Table, projectId: string, list: LastingKeys, key_ids: readonly string[]) {
  return putWhere(
    table,
    itemKey.lastingKeys(projectId),
    { ...list.item, revision: list.revision + 1, key_ids },
    asRead(list.revision),
  );
}

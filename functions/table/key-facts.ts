import type { Table } from './client.ts';
import { projectKeyItem, readItem, type StoredProjectKey } from './items.ts';
import { itemKey } from './layout.ts';
import { getItem } from './reads.ts';

/**
 * A key by its id for who may not write: a change of it that broke off is not finished, so what this says may not be in
 * force yet. Read strongly consistent.
 * @param now milliseconds since the epoch
 * @returns `undefined` when there is none, or when it was revoked so long ago that it is forgotten
 */
export async function readProjectKey(
  table: Table,
  projectId: string,
  keyId: string,
  now: number,
): Promise<StoredProjectKey | undefined> {
  const key = readItem(projectKeyItem, 'API key', await getItem(table, itemKey.projectKey(projectId, keyId)));
  return key?.expires !== undefined && key.expires * 1_000 <= now ? undefined : key;
}

import { sameDigest } from '../domain/api-key.ts';
import { organizationKeyItem, readItem, type StoredOrganizationKey } from './access-items.ts';
import type { Table } from './client.ts';
import { itemKey } from './layout.ts';
import { getItem } from './reads.ts';
import { type Condition, putWhere } from './writes.ts';

/**
 * Stores the organization key: the first one, or one in the place of another.
 * @param replaced the hash of the key that it replaces; `undefined` for the first one
 * @returns `false` when another key is there than that one: then nothing changes
 */
export async function storeOrganizationKey(
  table: Table,
  key: Required<StoredOrganizationKey> & { readonly created_at: string },
  replaced: string | undefined,
): Promise<boolean> {
  const condition: Condition =
    replaced === undefined
      ? { expression: 'attribute_not_exists(pk)' }
      : { expression: 'key_hash = :replaced', values: { ':replaced': replaced } };
  return putWhere(table, itemKey.organizationKey(), key, condition);
}

/** @returns whether that is the hash of the organization key; read strongly consistent. */
export async function isOrganizationKey(table: Table, keyHash: string): Promise<boolean> {
  const stored = await readOrganizationKey(table);
  return stored !== undefined && sameDigest(stored.key_hash, keyHash);
}

/** @returns the organization key; `undefined` when there is none. Read strongly consistent. */
export async function readOrganizationKey(table: Table): Promise<StoredOrganizationKey | undefined> {
  return readItem(organizationKeyItem, 'organization key', await getItem(table, itemKey.organizationKey()));
}

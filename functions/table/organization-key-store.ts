import { sameDigest } from '../domain/api-key.ts';
import { organizationKeyItem, readItem } from './access-items.ts';
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
  keyHash: string,
  replaced: string | undefined,
  createdAt: string,
): Promise<boolean> {
  const condition: Condition =
    replaced === undefined
      ? { expression: 'attribute_not_exists(pk)' }
      : { expression: 'key_hash = :replaced', values: { ':replaced': replaced } };
  return putWhere(table, itemKey.organizationKey(), { key_hash: keyHash, created_at: createdAt }, condition);
}

/** @returns whether that is the hash of the organization key; read strongly consistent. */
export async function isOrganizationKey(table: Table, keyHash: string): Promise<boolean> {
  const stored = await organizationKeyHash(table);
  return stored !== undefined && sameDigest(stored, keyHash);
}

/** @returns the hash of the organization key; `undefined` when there is none. Read strongly consistent. */
export async function organizationKeyHash(table: Table): Promise<string | undefined> {
  const item = await getItem(table, itemKey.organizationKey());
  return readItem(organizationKeyItem, 'organization key', item)?.key_hash;
}

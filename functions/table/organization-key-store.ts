import type { StoredOrganizationKey } from './access-items.ts';
import type { Table } from './client.ts';
import { itemKey } from './layout.ts';
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

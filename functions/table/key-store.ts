import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { sameDigest } from '../domain/api-key.ts';
import { withinDeadline } from '../domain/call-limits.ts';
import type { ApiKey } from '../domain/principal.ts';
import type { Table } from './client.ts';
import { organizationKeyItem, readApiKey, readItem, type StoredKey } from './items.ts';
import { itemKey } from './layout.ts';
import { isConditionFailure, putNew } from './put.ts';

export interface NewKey extends StoredKey {
  readonly name: string;
  /** As it may be shown: `ak_**6j0z`. */
  readonly masked_key: string;
  readonly created_at: string;
}

/**
 * Stores a new key: first its id item, which lists its hash, then the item that requests are looked up by. A crash in
 * between leaves a key that is listed and does not work, never one that works and is not listed.
 */
export async function createKey(table: Table, key: NewKey): Promise<void> {
  const { key_hash, name, masked_key, created_at, ...decisive } = key;
  await putNew(table, itemKey.projectKey(key.project_id, key.key_id), {
    ...decisive,
    name,
    masked_key,
    created_at,
    revision: 1,
    key_hashes: [key_hash],
  });
  await putNew(table, itemKey.key(key_hash), { ...decisive, key_hash });
}

/** @returns the key with that hash, whatever its state; read strongly consistent. */
export async function findKey(table: Table, keyHash: string): Promise<ApiKey | undefined> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: itemKey.key(keyHash), ConsistentRead: true }),
    withinDeadline(),
  );
  return readApiKey(keyHash, Item);
}

/**
 * Stores the organization key, once. A repeat with the same hash succeeds: it is the second attempt of a write whose
 * answer was lost.
 * @returns `false` when there is another organization key already: then nothing changes
 */
export async function createOrganizationKey(
  table: Table,
  keyHash: string,
  createdAt: string,
): Promise<boolean> {
  try {
    await table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: { ...itemKey.organizationKey(), key_hash: keyHash, created_at: createdAt },
        ConditionExpression: 'attribute_not_exists(pk) OR key_hash = :own',
        ExpressionAttributeValues: { ':own': keyHash },
      }),
      withinDeadline(),
    );
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}

/** @returns whether that is the hash of the organization key; read strongly consistent. */
export async function isOrganizationKey(table: Table, keyHash: string): Promise<boolean> {
  const stored = await readOrganizationKey(table);
  return stored !== undefined && sameDigest(stored.key_hash, keyHash);
}

export const hasOrganizationKey = async (table: Table): Promise<boolean> =>
  (await readOrganizationKey(table)) !== undefined;

async function readOrganizationKey(table: Table) {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: itemKey.organizationKey(), ConsistentRead: true }),
    withinDeadline(),
  );
  return readItem(organizationKeyItem, 'organization key', Item);
}

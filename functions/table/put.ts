import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Table, withinDeadline } from './client.ts';
import type { ItemKey } from './layout.ts';

/**
 * Stores a new item. There is no condition on purpose: ids, slugs and hashes are random and long, and a put without a
 * condition may be sent again after a lost answer, while "must not exist" would then fail on the item of its own first
 * attempt.
 */
export async function putNew(table: Table, key: ItemKey, attributes: Record<string, unknown>): Promise<void> {
  await table.client.send(
    new PutCommand({ TableName: table.name, Item: { ...attributes, ...key } }),
    withinDeadline(),
  );
}

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { withinDeadline } from '../domain/call-limits.ts';
import type { Table } from './client.ts';
import type { ItemKey } from './layout.ts';

/**
 * Stores a new item under a key that holds a random id, slug or hash. The item that stands there already can only be the
 * one of our own first attempt, whose answer was lost: that is a success, and a delayed attempt overwrites nothing.
 */
export async function putNew(table: Table, key: ItemKey, attributes: Record<string, unknown>): Promise<void> {
  try {
    await table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: { ...attributes, ...key },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
      withinDeadline(),
    );
  } catch (error) {
    if (!isConditionFailure(error)) throw error;
  }
}

/** Whether a write was not made because its condition did not hold. */
export const isConditionFailure = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException';

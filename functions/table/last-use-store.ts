import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { withinDeadline } from '../domain/call-limits.ts';
import type { Table } from './client.ts';
import { readItem } from './items.ts';
import { itemKey, PARTITION_KEY, SORT_KEY } from './layout.ts';
import { whether } from './writes.ts';

const lastUseItem = z.object({ used_at: z.int() });

/** One use of a key. */
export interface KeyUse {
  readonly projectId: string;
  readonly keyId: string;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
}

/** Stores a use of a key, unless a later one is stored already. */
export async function storeLastUse(table: Table, { projectId, keyId, usedAt }: KeyUse): Promise<void> {
  await whether(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: itemKey.lastUse(projectId, keyId),
        UpdateExpression: 'SET used_at = :at',
        ConditionExpression: 'attribute_not_exists(used_at) OR used_at < :at',
        ExpressionAttributeValues: { ':at': usedAt },
      }),
      withinDeadline(),
    ),
  );
}

/**
 * @param keyIds of the project, in their order, at most 100: a page of its keys
 * @returns when each was last used, milliseconds since the epoch; a key that never was is not in it. Eventually consistent
 */
export async function lastUses(
  table: Table,
  projectId: string,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const [first, last] = [keyIds.at(0), keyIds.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :first AND :last',
      ExpressionAttributeNames: { '#pk': PARTITION_KEY, '#sk': SORT_KEY },
      ExpressionAttributeValues: { ':pk': itemKey.lastUse(projectId, '').pk, ':first': first, ':last': last },
    }),
    withinDeadline(),
  );
  return new Map(
    Items.flatMap((item) => {
      const use = readItem(lastUseItem, 'last use', item);
      return use === undefined ? [] : [[String(item.sk), use.used_at] as const];
    }),
  );
}

import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { withinDeadline } from '../domain/call-limits.ts';
import type { Table } from './client.ts';
import { readItem } from './items.ts';
import { itemKey } from './layout.ts';
import { getItems } from './reads.ts';
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
      withinDeadline(table.commandTimeoutMs),
    ),
  );
}

/**
 * @param keyIds of the project, at most 100, none twice: a page of its keys
 * @returns when each was last used, milliseconds since the epoch; a key that never was is not in it. Eventually consistent
 * @throws when the store answers a part only
 */
export async function lastUses(
  table: Table,
  projectId: string,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (keyIds.length === 0) return new Map();
  const items = await getItems(
    table,
    keyIds.map((keyId) => itemKey.lastUse(projectId, keyId)),
    { isConsistent: false },
  );
  return new Map(
    items.flatMap((item) => {
      const use = readItem(lastUseItem, 'last use', item);
      return use === undefined ? [] : [[String(item.sk), use.used_at] as const];
    }),
  );
}

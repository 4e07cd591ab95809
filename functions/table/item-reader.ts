import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { COMMAND_TIMEOUT_MS } from '../domain/call-limits.ts';
import { batchOf, type Item, readWhole } from './batches.ts';
import type { ItemKey } from './layout.ts';
import { signedCalls } from './signed-calls.ts';

/** Reads single items, strongly consistent. All throw when the store fails or answers a part only. */
export interface ItemReader {
  /** @returns the item as it is stored; `undefined` when there is none */
  get(key: ItemKey): Promise<Item | undefined>;
  /** @param keys 1…100, none twice @returns those that there are, in any order, read in one round trip */
  getAll(keys: readonly ItemKey[]): Promise<Item[]>;
}

/** What BatchGetItem leaves unprocessed is asked for once more. */
const MAX_ROUNDS = 2;

/** An item on the wire. `unmarshall` refuses what is none. */
const wireItem = z.custom<Record<string, AttributeValue>>(
  (found) => typeof found === 'object' && found !== null,
);
const found = z.object({ Item: z.optional(wireItem) });
const batch = z.object({
  Responses: z.optional(z.record(z.string(), z.array(wireItem))),
  UnprocessedKeys: z.optional(
    z.record(
      z.string(),
      z.object({
        Keys: z.array(z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) })),
      }),
    ),
  ),
});

/** The items of a table, for the functions that stand in front of every MCP call: see {@link signedCalls}. */
export function itemReader(tableName: string): ItemReader {
  const call = signedCalls();
  return {
    async get(key) {
      const input = { TableName: tableName, Key: wireKey(key), ConsistentRead: true };
      const { Item } = found.parse(await call('GetItem', input));
      return Item && unmarshall(Item);
    },
    getAll(keys) {
      const endsAt = performance.now() + COMMAND_TIMEOUT_MS; // Of all rounds together.
      return readWhole(keys, MAX_ROUNDS, async (pending) => {
        const input = {
          RequestItems: { [tableName]: { Keys: pending.map(wireKey), ConsistentRead: true } },
        };
        const answer = batch.parse(await call('BatchGetItem', input, endsAt));
        return batchOf(tableName, answer, {
          item: (item) => unmarshall(item),
          key: ({ pk, sk }) => ({ pk: pk.S, sk: sk.S }),
        });
      });
    },
  };
}

const wireKey = ({ pk, sk }: ItemKey) => ({ pk: { S: pk }, sk: { S: sk } });

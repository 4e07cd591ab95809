import { BatchGetCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { withinDeadline } from '../domain/call-limits.ts';
import { batchOf, type Item, readWhole } from './batches.ts';
import type { Table } from './client.ts';
import type { ItemReader } from './item-reader.ts';
import { type ItemKey, PARTITION_KEY, SORT_KEY, TIME_TO_LIVE } from './layout.ts';

/** @returns the item as it is stored; `undefined` when there is none. Read strongly consistent. */
export async function getItem(table: Table, key: ItemKey): Promise<Item | undefined> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: key, ConsistentRead: true }),
    withinDeadline(table.commandTimeoutMs),
  );
  return Item;
}

/**
 * Reads items in one BatchGetItem, and in one more what that left unprocessed.
 * @param keys 1…100, none twice
 * @param options.maxRounds how many BatchGetItem at most: more where items are large, of which one gives 16 MB, or where
 *   nobody waits
 * @returns those that there are, in any order
 * @throws when the store fails, or answers a part only
 */
export function getItems(
  table: Table,
  keys: readonly ItemKey[],
  { isConsistent, maxRounds = 2 }: { readonly isConsistent: boolean; readonly maxRounds?: number },
): Promise<Item[]> {
  const deadline = withinDeadline(table.commandTimeoutMs);
  return readWhole(keys, maxRounds, async (pending) => {
    const answer = await table.client.send(
      new BatchGetCommand({
        RequestItems: { [table.name]: { Keys: pending.map(bareKey), ConsistentRead: isConsistent } },
      }),
      deadline,
    );
    return batchOf(table.name, answer, { item: (item: Item) => item, key: bareKey });
  });
}

const bareKey = ({ pk, sk }: Item | ItemKey): Item & ItemKey => ({ pk: String(pk), sk: String(sk) });

/** The items of a table, read by the client that its function has anyway. */
export const itemsOf = (table: Table): ItemReader => ({
  get: (key) => getItem(table, key),
  getAll: (keys) => getItems(table, keys, { isConsistent: true }),
});

/** Which part of a list is wanted. */
export interface PageRequest {
  /** 1…100 */
  readonly limit: number;
  /** The sort key of the last row of the page before; `undefined` for the first page. */
  readonly after: string | undefined;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** The sort key after which the next page starts; `undefined` on the last page. */
  readonly last: string | undefined;
}

/**
 * One page of a partition in the order of its sort keys, read strongly consistent. Rows that come or go between two pages
 * move no other row from one page to another.
 * @param from.prefix the rows whose sort keys begin with it; `''` for all
 * @param read makes a row of an item; `undefined` for one that is not shown. Pages are full all the same, up to 1 MB
 */
export async function readPage<Row>(
  table: Table,
  from: { readonly pk: string; readonly prefix: string },
  { limit, after }: PageRequest,
  read: (item: Record<string, unknown>) => Row | undefined,
): Promise<Page<Row>> {
  const found: { readonly place: string; readonly row: Row }[] = [];
  let start = after;
  let isCutByLimit: boolean;
  do {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: from.prefix === '' ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :prefix)',
        ExpressionAttributeNames: { '#pk': PARTITION_KEY, ...(from.prefix !== '' && { '#sk': SORT_KEY }) },
        ExpressionAttributeValues: { ':pk': from.pk, ...(from.prefix !== '' && { ':prefix': from.prefix }) },
        ConsistentRead: true,
        // One more than is answered: whether there is another page is then known, not guessed.
        Limit: limit + 1,
        ...(start !== undefined && { ExclusiveStartKey: { pk: from.pk, sk: start } }),
      }),
      withinDeadline(table.commandTimeoutMs),
    );
    for (const item of Items) {
      const row = read(item);
      if (row !== undefined) found.push({ place: String(item.sk), row });
    }
    start = LastEvaluatedKey === undefined ? undefined : String(LastEvaluatedKey.sk);
    // DynamoDB ends a page after 1 MB as well, and so do we: an answer has its limits too.
    isCutByLimit = Items.length === limit + 1;
  } while (found.length <= limit && start !== undefined && isCutByLimit);
  const page = found.slice(0, limit);
  return {
    rows: page.map(({ row }) => row),
    last: found.length > limit ? page.at(-1)?.place : start,
  };
}

/** Whether an item may still be shown. DynamoDB deletes late. @param now milliseconds since the epoch */
export const isCurrent = (item: Record<string, unknown>, now: number): boolean =>
  Number(item[TIME_TO_LIVE]) * 1_000 > now;

/**
 * The items of a partition whose sort keys begin with one of those days, in their order, read strongly consistent.
 * @param now milliseconds since the epoch: what has expired is left out
 */
export async function* readDays(
  table: Table,
  pk: string,
  { fromDay, toDay }: { readonly fromDay: string; readonly toDay: string },
  now: number,
): AsyncGenerator<Record<string, unknown>> {
  if (toDay < fromDay) return; // DynamoDB refuses such bounds.
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#pk': PARTITION_KEY, '#sk': SORT_KEY },
        ExpressionAttributeValues: { ':pk': pk, ':from': fromDay, ':to': `${toDay}~` },
        ConsistentRead: true,
        ...(start && { ExclusiveStartKey: start }),
      }),
      withinDeadline(table.commandTimeoutMs),
    );
    for (const item of Items) if (isCurrent(item, now)) yield item;
    start = LastEvaluatedKey;
  } while (start !== undefined);
}

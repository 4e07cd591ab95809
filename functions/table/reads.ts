import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { withinDeadline } from '../domain/call-limits.ts';
import type { Table } from './client.ts';
import { type ItemKey, PARTITION_KEY, SORT_KEY } from './layout.ts';

/** @returns the item as it is stored; `undefined` when there is none. Read strongly consistent. */
export async function getItem(table: Table, key: ItemKey): Promise<Record<string, unknown> | undefined> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: key, ConsistentRead: true }),
    withinDeadline(),
  );
  return Item;
}

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
 * @param read makes a row of an item; `undefined` for one that is not shown. Pages are full all the same
 */
export async function readPage<Row>(
  table: Table,
  from: { readonly pk: string; readonly prefix: string },
  { limit, after }: PageRequest,
  read: (item: Record<string, unknown>) => Row | undefined,
): Promise<Page<Row>> {
  const found: { readonly place: string; readonly row: Row }[] = [];
  let start = after;
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
      withinDeadline(),
    );
    for (const item of Items) {
      const row = read(item);
      if (row !== undefined) found.push({ place: String(item.sk), row });
    }
    start = LastEvaluatedKey === undefined ? undefined : String(LastEvaluatedKey.sk);
  } while (found.length <= limit && start !== undefined);
  const page = found.slice(0, limit);
  return { rows: page.map(({ row }) => row), last: found.length > limit ? page.at(-1)?.place : undefined };
}

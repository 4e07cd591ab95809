import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { withinDeadline } from '../domain/call-limits.ts';
import type { Table } from './client.ts';
import { readItem, type StoredServer, serverItem } from './items.ts';
import { itemKey, PARTITION_KEY } from './layout.ts';
import { putNew } from './put.ts';

/**
 * Stores a new server: first the item that its project lists, then the one that requests are looked up by. A crash in
 * between leaves a server that is listed and answers 404, never one that answers and is not listed.
 */
export async function createServer(table: Table, server: StoredServer): Promise<void> {
  await putNew(table, itemKey.projectServer(server.project_id, server.server_id), { ...server });
  await putNew(table, itemKey.server(server.slug), { ...server });
}

/** @returns the server with that slug; read strongly consistent. */
export async function findServer(table: Table, slug: string): Promise<StoredServer | undefined> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: itemKey.server(slug), ConsistentRead: true }),
    withinDeadline(),
  );
  return readItem(serverItem, 'server', Item);
}

export interface ServerPage {
  readonly servers: readonly StoredServer[];
  /** The id after which the next page starts; `undefined` on the last page. */
  readonly lastServerId: string | undefined;
}

/**
 * One page of a project's servers in the order of their creation, read strongly consistent.
 * @param page.limit 1…100
 * @param page.after the id of the last server of the page before
 */
export async function listServers(
  table: Table,
  projectId: string,
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<ServerPage> {
  const { Items, LastEvaluatedKey } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': PARTITION_KEY },
      ExpressionAttributeValues: { ':pk': itemKey.projectServer(projectId, '').pk },
      ConsistentRead: true,
      Limit: page.limit,
      ...(page.after !== undefined && { ExclusiveStartKey: itemKey.projectServer(projectId, page.after) }),
    }),
    withinDeadline(),
  );
  const servers = (Items ?? []).flatMap((item) => readItem(serverItem, 'server', item) ?? []);
  return { servers, lastServerId: LastEvaluatedKey === undefined ? undefined : servers.at(-1)?.server_id };
}

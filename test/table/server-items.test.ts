import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findServer } from '../../functions/table/access-facts.ts';
import type { Table } from '../../functions/table/client.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { itemsOf } from '../../functions/table/reads.ts';
import { listServers } from '../../functions/table/server-store.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { storeProject, storeServer } from '../support/fixtures.ts';

let store: TestStore;
let table: Table;

beforeAll(async () => {
  store = await startTestStore();
  table = { client: store.client, name: store.tableName };
});
afterAll(() => store.close());

describe('a stored server', () => {
  it.each<[string, { upstream?: object; allowed_tools?: unknown }]>([
    ['sealed headers', { upstream: { sealed_headers: undefined } }],
    ['masked headers', { upstream: { masked_headers: undefined } }],
    ['a list of tools', { allowed_tools: undefined }],
    ['a list of tools that is one', { allowed_tools: 'a' }],
  ])('without %s is a fault: what is missing is neither none nor all', async (_name, change) => {
    const projectId = await storeProject(table);
    const server = await storeServer(table, projectId);
    const Item = { ...server, ...change, upstream: { ...server.upstream, ...change.upstream } };
    for (const key of [itemKey.server(server.slug), itemKey.projectServer(projectId, server.server_id)]) {
      await table.client.send(
        new PutCommand({ TableName: table.name, Item: JSON.parse(JSON.stringify({ ...Item, ...key })) }),
      );
    }
    await expect(findServer(itemsOf(table), server.slug)).rejects.toThrow('Stored server cannot be read');
    const page = { limit: 20, after: undefined };
    await expect(listServers(table, projectId, page)).rejects.toThrow('Stored server cannot be read');
  });
});

import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Table } from '../../functions/table/client.ts';
import type { StoredServer } from '../../functions/table/items.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { serverDirectory } from '../../functions/table/server-directory.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { storeProject, storeServer } from '../support/fixtures.ts';

let store: TestStore;
let table: Table;
let server: StoredServer;
let find: ReturnType<typeof serverDirectory>;

beforeAll(async () => {
  store = await startTestStore();
  table = { client: store.client, name: store.tableName };
});
beforeEach(async () => {
  server = await storeServer(table, await storeProject(table));
  find = serverDirectory(store.tableName);
  store.requests.length = 0;
});
afterAll(() => store.close());

const setRevision = (revision: number) =>
  table.client.send(
    new UpdateCommand({
      TableName: table.name,
      Key: itemKey.server(server.slug),
      UpdateExpression: 'SET revision = :revision, #name = :name',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: { ':revision': revision, ':name': `at ${revision}` },
    }),
  );

describe('the servers that a relay has met', () => {
  it('are read once, as long as their revision stays', async () => {
    const found = await find(server.slug, 1);
    expect(server).toMatchObject({ ...found });
    expect(await find(server.slug, 1)).toBe(found);
    expect(store.requests).toHaveLength(1);
  });

  it('are read again at a new revision: no request is served by an older server than the authorizer read', async () => {
    await find(server.slug, 1);
    await setRevision(2);
    expect(await find(server.slug, 2)).toMatchObject({ revision: 2, name: 'at 2' });
    expect(store.requests).toHaveLength(2);
  });

  it('may be newer than the authorizer read', async () => {
    await setRevision(3);
    expect(await find(server.slug, 2)).toMatchObject({ revision: 3 });
  });

  it('are a fault when the store answers an older one', async () => {
    await expect(find(server.slug, 2)).rejects.toThrow('older');
  });

  it('are gone when their item is', async () => {
    await table.client.send(new DeleteCommand({ TableName: table.name, Key: itemKey.server(server.slug) }));
    expect(await find(server.slug, 1)).toBeUndefined();
  });
});

import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { accessFactsReader } from '../../functions/table/access-facts.ts';
import type { Table } from '../../functions/table/client.ts';
import { type ItemReader, itemReader } from '../../functions/table/item-reader.ts';
import type { StoredServer } from '../../functions/table/items.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { patchSettings } from '../../functions/table/project-store.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { ANY_REQUEST, storeKey, storeProject, storeServer } from '../support/fixtures.ts';

let store: TestStore;
let direct: Table;
let counted: ItemReader;
let server: StoredServer;
let key: { hash: string };

beforeAll(async () => {
  store = await startTestStore();
  direct = { client: store.client, name: store.tableName };
  counted = itemReader(store.tableName);
});

beforeEach(async () => {
  server = await storeServer(direct, await storeProject(direct));
  key = await storeKey(direct, server.project_id);
  store.requests.length = 0;
});

afterAll(() => store.close());

const query = () => ({ projectId: server.project_id, slug: server.slug, keyHash: key.hash });
const raise = () => patchSettings(direct, server.project_id, { require_mcp_api_key: true }, ANY_REQUEST);
const itemsRead = () =>
  store.requests.map(({ body }) => {
    const request = (body.RequestItems as Record<string, { Keys: unknown[] }>)[store.tableName];
    return request?.Keys.length;
  });

describe('without a cache', () => {
  it('every request reads, so a change holds for the next one', async () => {
    const read = accessFactsReader(counted, { cacheSeconds: 0 });
    expect((await read(query())).project?.requireMcpApiKey).toBe(false);
    await raise();
    expect((await read(query())).project?.requireMcpApiKey).toBe(true);
    expect(itemsRead()).toEqual([3, 3]);
  });

  it('data is stored until the next request after the project forbids it', async () => {
    const read = accessFactsReader(counted, { cacheSeconds: 0 });
    expect((await read(query())).project?.storesData).toBe(true);
    const setting = { log_visibility_setting: 'dont_store_data' } as const;
    await patchSettings(direct, server.project_id, setting, ANY_REQUEST);
    expect((await read(query())).project?.storesData).toBe(false);
  });
});

describe('with cacheSeconds', () => {
  /** The cache's clock, moved by hand. */
  const at = (milliseconds: number) =>
    jest.spyOn(performance, 'now').mockReturnValue(1_000_000 + milliseconds);
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('an item is reused for exactly that long, counted from before its read was sent', async () => {
    const read = accessFactsReader(counted, { cacheSeconds: 5 });
    at(0);
    await read(query());
    await raise();
    at(4_999);
    expect((await read(query())).project?.requireMcpApiKey).toBe(false);
    expect(itemsRead()).toEqual([3]);
    at(5_001);
    expect((await read(query())).project?.requireMcpApiKey).toBe(true);
    expect(itemsRead()).toEqual([3, 3]);
  });

  it('the time that the read itself took counts as age', async () => {
    const read = accessFactsReader(counted, { cacheSeconds: 5 });
    const clock = at(0);
    store.fault = () => {
      clock.mockReturnValue(1_000_000 + 3_000); // The store takes three seconds to answer.
      return undefined;
    };
    await read(query());
    store.fault = undefined;
    await raise();
    at(5_001);
    expect((await read(query())).project?.requireMcpApiKey).toBe(true);
  });

  it('each item has its own age: a new key beside a known server costs one item', async () => {
    const read = accessFactsReader(counted, { cacheSeconds: 5 });
    await read({ ...query(), keyHash: undefined });
    await read(query());
    await read(query());
    expect(itemsRead()).toEqual([2, 1]);
  });

  it('the absence of an item is reused too: a flood of unknown addresses reads once', async () => {
    const read = accessFactsReader(counted, { cacheSeconds: 5 });
    await direct.client.send(new DeleteCommand({ TableName: direct.name, Key: itemKey.server(server.slug) }));
    expect((await read(query())).server).toBeUndefined();
    expect((await read(query())).server).toBeUndefined();
    expect(itemsRead()).toEqual([3]);
  });

  it('a failed read is not reused', async () => {
    const read = accessFactsReader(counted, { cacheSeconds: 5 });
    store.fault = () => ({ status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } });
    await expect(read(query())).rejects.toThrow();
    store.fault = undefined;
    expect((await read(query())).project).toEqual({
      id: server.project_id,
      requireMcpApiKey: false,
      storesData: true,
    });
  });
});

describe('one key that expires at a time', () => {
  it('is read with that time, in milliseconds', async () => {
    const read = accessFactsReader(counted, { cacheSeconds: 0 });
    await direct.client.send(
      new UpdateCommand({
        TableName: direct.name,
        Key: itemKey.key(key.hash),
        UpdateExpression: 'SET expires_at = :at',
        ExpressionAttributeValues: { ':at': 1_800_000_000_123 },
      }),
    );
    expect((await read(query())).key?.expiresAt).toBe(1_800_000_000_123);
  });
});

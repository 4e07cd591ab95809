import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Context } from 'aws-lambda';
import type { ApiRoute } from '../functions/domain/api-routes.ts';
import type { Table } from '../functions/table/client.ts';
import { startTestStore, type TestStore } from './support/dynamodb.ts';
import { apiEvent, storeKey, storeProject } from './support/fixtures.ts';

const KEYS = '/api/v3/org/project/api_keys';

let store: TestStore;
let table: Table;

beforeAll(async () => {
  store = await startTestStore();
  process.env.PORTCULLIS_ROOT_SECRET_ID = 'not read here';
  table = { client: store.client, name: store.tableName };
});
beforeEach(() => {
  store.fault = undefined;
});
afterAll(() => store.close());

async function ask(route: ApiRoute, projectId: string, keyId: string, body: object, id?: string) {
  const { handler } = await import('../functions/api-keys.ts');
  const authorizer = { outcome: 'project', projectId, keyId, keyName: 'Caller', scopes: '*' };
  const event = apiEvent(route, { authorizer, body, now: Date.now(), ...(id !== undefined && { id }) });
  return handler(event, {} as Context);
}

describe('the one answer that shows a secret', () => {
  it('is given whatever becomes of what is read beside it', async () => {
    const projectId = await storeProject(table);
    const owner = await storeKey(table, projectId, { scopes: ['*'], name: 'Owner' });
    const key = await storeKey(table, projectId);
    const written = () => store.requests.some(({ operation }) => operation === 'PutItem');
    store.requests.length = 0;
    // From the first write on nothing is read any more.
    store.fault = ({ operation }) =>
      written() && operation === 'BatchGetItem'
        ? { status: 400, body: { __type: 'com.amazon.coral.service#ThrottlingException' } }
        : undefined;
    const created = await ask(`POST ${KEYS}`, projectId, owner.id, { name: 'New' });
    expect([created.statusCode, JSON.parse(created.body).key]).toEqual([
      201,
      expect.stringMatching(/^ak_\w{36}$/),
    ]);
    store.requests.length = 0;
    const rotated = await ask(`POST ${KEYS}/{id}/rotate`, projectId, owner.id, {}, key.id);
    expect([rotated.statusCode, JSON.parse(rotated.body).key]).toEqual([
      200,
      expect.stringMatching(/^ak_\w{36}$/),
    ]);
  });
});

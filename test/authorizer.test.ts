import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKey, keyHash } from '../functions/domain/api-key.ts';
import { newProjectId } from '../functions/domain/ids.ts';
import { newSlug } from '../functions/domain/mcp-server.ts';
import type { Table } from '../functions/table/client.ts';
import type { StoredServer } from '../functions/table/items.ts';
import { type ItemKey, itemKey } from '../functions/table/layout.ts';
import { startTestStore, type TestStore } from './support/dynamodb.ts';
import {
  apiAuthorizerEvent,
  authorizerEvent,
  storeKey,
  storeProject,
  storeServer,
} from './support/fixtures.ts';

let store: TestStore;
let table: Table;
let authorize: typeof import('../functions/authorizer.ts')['handler'];
let up: StoredServer;
let down: StoredServer;
let key: { secret: string; hash: string; id: string };

beforeAll(async () => {
  store = await startTestStore();
  table = { client: store.client, name: store.tableName };
  process.env.PORTCULLIS_ALLOWED_ORIGINS = 'https://console.example.com,https://other.example.com';
  ({ handler: authorize } = await import('../functions/authorizer.ts'));
  const raised = await storeProject(table, { require_mcp_api_key: true });
  up = await storeServer(table, raised);
  key = await storeKey(table, raised);
  down = await storeServer(table, await storeProject(table));
});

afterEach(() => {
  store.fault = undefined;
});

afterAll(() => store.close());

async function wire<Result>(
  run: () => Promise<Result>,
): Promise<{ result: Result; operations: string[]; items: number[] }> {
  store.requests.length = 0;
  const result = await run();
  const keys = (body: Record<string, unknown>) =>
    Object.values((body.RequestItems ?? {}) as Record<string, { Keys: unknown[] }>).flatMap(
      (entry) => entry.Keys,
    ).length;
  return {
    result,
    operations: store.requests.map(({ operation }) => operation),
    items: store.requests.map(({ body }) => keys(body)),
  };
}

describe('a decision on an MCP request', () => {
  it('with a key costs one BatchGetItem of three items, strongly consistent', async () => {
    const { result, operations, items } = await wire(() =>
      authorize(authorizerEvent(up.slug, { 'x-api-key': [key.secret] })),
    );
    expect(result.context).toMatchObject({
      outcome: 'forward',
      keyId: key.id,
      serverId: up.server_id,
      serverRevision: '1',
    });
    expect(operations).toEqual(['BatchGetItem']);
    expect(items).toEqual([3]);
    expect(store.requests[0]?.body.RequestItems).toMatchObject({
      [store.tableName]: { ConsistentRead: true },
    });
  });

  it.each([
    ['no key', {}],
    ['a malformed key', { 'x-api-key': ['ak_nonsense'] }],
    ['a key with a wrong checksum', { 'x-api-key': [`ak_${'0'.repeat(36)}`] }],
    ['conflicting keys', { 'x-api-key': [generateKey('ak_'), generateKey('ak_')] }],
    ['8 KB of key', { 'x-api-key': ['a'.repeat(8_192)] }],
  ])('with %s costs one BatchGetItem of two items', async (_name, headers) => {
    const { result, operations, items } = await wire(() => authorize(authorizerEvent(up.slug, headers)));
    expect(result.policyDocument.Statement[0]).toMatchObject({ Effect: 'Deny' });
    expect(operations).toEqual(['BatchGetItem']);
    expect(items).toEqual([2]);
  });

  it.each(['', 'favicon.ico', 'x'.repeat(1_500), 'mcp_*', 'mcp_short'])(
    'on the path %j, which is no address of ours, costs no read',
    async (slug) => {
      const { result, operations } = await wire(() => authorize(authorizerEvent(slug)));
      expect(result.context).toEqual({ outcome: 'not_found' });
      expect(JSON.stringify(result.policyDocument).length).toBeLessThan(700);
      expect(operations).toEqual([]);
    },
  );

  it('on a path that a policy cannot name speaks of the stage', async () => {
    const { policyDocument } = await authorize(authorizerEvent('mcp_*'));
    const Resource = 'arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/*';
    expect(policyDocument.Statement).toEqual([{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource }]);
  });

  it('speaks of the one method and path only', async () => {
    const event = authorizerEvent(down.slug);
    const { policyDocument } = await authorize(event);
    expect(policyDocument.Statement).toEqual([
      { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn },
    ]);
  });

  it("refuses with the answer's text in the context, and nothing else", async () => {
    const { context } = await authorize(authorizerEvent(up.slug, { 'x-api-key': [generateKey('ak_')] }));
    expect(context).toEqual({ error: 'API key is not valid for this MCP server' });
  });

  it.each([
    ['https://other.example.com', 'forward'],
    ['https://evil.example.com', 'foreign_origin'],
  ])('from a page of %s, which the deployment allows or not, is: %s', async (origin, outcome) => {
    const { context } = await authorize(authorizerEvent(down.slug, { origin: [origin] }));
    expect(context?.outcome).toBe(outcome);
  });

  it('tells the relay what a raised gate would refuse, and nothing of the key of another project', async () => {
    const { context } = await authorize(authorizerEvent(down.slug, { 'x-api-key': [key.secret] }));
    expect(context).toMatchObject({
      outcome: 'forward',
      credential: 'other_project',
      presented: `ak_**${key.secret.slice(-4)}`,
    });
    expect(JSON.stringify(context)).not.toContain(key.id);
  });

  it("decides expiry by the request's own time, never by the instance's clock", async () => {
    const event = authorizerEvent(up.slug);
    const at = event.requestContext.requestTimeEpoch;
    const expiring = await storeKey(table, up.project_id, { expires_at: at });
    const arriving = (requestTimeEpoch: number) =>
      authorize(
        authorizerEvent(
          up.slug,
          { 'x-api-key': [expiring.secret] },
          { requestContext: { ...event.requestContext, requestTimeEpoch } },
        ),
      );
    expect((await arriving(at - 1)).context).toMatchObject({ outcome: 'forward' });
    expect((await arriving(at)).context).toEqual({ error: 'API key has expired' });
  });
});

describe('a fact that cannot be known for sure', () => {
  const withKey = () => authorize(authorizerEvent(down.slug, { 'x-api-key': [key.secret] }));
  const empty = { Responses: {}, UnprocessedKeys: {} };

  it.each([
    ['the store fails', { status: 500, body: { __type: 'InternalServerError' } }],
    [
      'the store throttles',
      {
        status: 400,
        body: { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' },
      },
    ],
    [
      'the store denies access',
      { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } },
    ],
    [
      'the table is gone',
      { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException' } },
    ],
    ['the answer is no DynamoDB answer', { status: 200, body: {} }],
    ['the connection breaks', 'reset' as const],
    ['the store never answers', 'hang' as const],
  ])('%s: the authorizer fails, and nothing passes', async (_name, fault) => {
    store.fault = () => fault;
    const started = performance.now();
    await expect(withKey()).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it.each([['config'], ['server'], ['key']] as const)(
    'the read of the %s stays unprocessed: the authorizer fails after one more try',
    async (name) => {
      const keyOf = {
        config: itemKey.config(down.project_id),
        server: itemKey.server(down.slug),
        key: itemKey.key(key.hash),
      };
      const { pk, sk } = keyOf[name];
      const Keys = [{ pk: { S: pk }, sk: { S: sk } }];
      store.fault = () => ({
        status: 200,
        body: { ...empty, UnprocessedKeys: { [store.tableName]: { Keys, ConsistentRead: true } } },
      });
      const { operations } = await wire(async () => expect(withKey()).rejects.toThrow('unprocessed'));
      expect(operations).toEqual(['BatchGetItem', 'BatchGetItem']);
    },
  );

  it('an unprocessed read that succeeds the second time is whole', async () => {
    let asked = 0;
    store.fault = ({ body }) => {
      asked++;
      return asked === 1
        ? { status: 200, body: { Responses: {}, UnprocessedKeys: body.RequestItems } }
        : undefined;
    };
    expect((await withKey()).context).toMatchObject({ outcome: 'forward' });
  });

  /** Every field that a decision rests on, and every way in which it can be wrong. */
  const BROKEN: [item: 'config' | 'server' | 'key', field: string, value: unknown][] = [
    ...[undefined, null, 'true', 1, {}].map(
      (value) => ['config', 'settings.require_mcp_api_key', value] as const,
    ),
    ...[undefined, null, 'x'].map((value) => ['config', 'settings', value] as const),
    ...[undefined, 7].map((value) => ['config', 'project_id', value] as const),
    ...[undefined, 7, null].map((value) => ['server', 'server_id', value] as const),
    ...[undefined, 7].map((value) => ['server', 'project_id', value] as const),
    ...[undefined, '1', 0, 1.5, -1].map((value) => ['server', 'revision', value] as const),
    ...[undefined, null, 'https://a.example', [7]].map(
      (value) => ['server', 'allowed_origins', value] as const,
    ),
    ...[undefined, { kind: 'stdio', url: 'x' }, { kind: 'http' }].map(
      (value) => ['server', 'upstream', value] as const,
    ),
    ...[undefined, null, 'ACTIVE', 'deleted', ''].map((value) => ['key', 'status', value] as const),
    ...[undefined, null, '*', [7]].map((value) => ['key', 'scopes', value] as const),
    ...[undefined, 'srv_1', [7]].map((value) => ['key', 'mcp_server_ids', value] as const),
    ...[undefined, 'echo', [7]].map((value) => ['key', 'allowed_tools', value] as const),
    ...[undefined, '2030-01-01', 1.5].map((value) => ['key', 'expires_at', value] as const),
    ...[undefined, 7].map((value) => ['key', 'project_id', value] as const),
    ...[undefined, 7].map((value) => ['key', 'key_id', value] as const),
    ...[undefined, '', '00', 'f'.repeat(64)].map((value) => ['key', 'key_hash', value] as const),
    // What a later version wrote so that this one must not overlook it.
    ...(['config', 'server', 'key'] as const).flatMap((item) =>
      [2, '1', null].map((value) => [item, 'min_reader', value] as const),
    ),
  ].map((row) => [row[0], row[1], row[2]]);

  it.each(BROKEN)('a stored %s whose %s is %j never lets a request pass', async (item, field, value) => {
    const projectId = await storeProject(table);
    const server = await storeServer(table, projectId);
    const ownKey = await storeKey(table, projectId);
    const keyOf = {
      config: itemKey.config(projectId),
      server: itemKey.server(server.slug),
      key: itemKey.key(ownKey.hash),
    }[item];
    const whole = await readWhole(keyOf);
    const [outer = '', inner] = field.split('.');
    const changed = inner === undefined ? value : { ...(whole[outer] as object), [inner]: value };
    await store.client.send(
      new PutCommand({ TableName: store.tableName, Item: withoutUndefined({ ...whole, [outer]: changed }) }),
    );

    const outcome = await authorize(authorizerEvent(server.slug, { 'x-api-key': [ownKey.secret] })).then(
      ({ context }) => context?.outcome,
      () => 'fault',
    );
    expect(outcome).toBe('fault');
  });

  it('an address of a project without a config is not found: never the defaults', async () => {
    const server = await storeServer(table, newProjectId());
    const { context } = await authorize(authorizerEvent(server.slug));
    expect(context).toEqual({ outcome: 'not_found' });
  });

  it('an address without a server is not found', async () => {
    const { context } = await authorize(authorizerEvent(newSlug(down.project_id)));
    expect(context).toEqual({ outcome: 'not_found' });
  });

  it.each([
    ['multiValueHeaders', 'Event without multiValueHeaders', { multiValueHeaders: null }],
    [
      'the time of arrival',
      'Event without requestTimeEpoch',
      { requestContext: { ...authorizerEvent('x').requestContext, requestTimeEpoch: undefined } },
    ],
    ['a route that it knows', 'No rule for the resource /somewhere', { resource: '/somewhere' }],
  ])('an event without %s: the authorizer fails', async (_name, message, change) => {
    // biome-ignore lint/suspicious/noExplicitAny: an event that breaks its own type on purpose
    await expect(authorize(authorizerEvent(down.slug, {}, change as any))).rejects.toThrow(message);
  });

  async function readWhole(itemKeyOf: ItemKey): Promise<Record<string, unknown>> {
    const { Item } = await store.client.send(new GetCommand({ TableName: store.tableName, Key: itemKeyOf }));
    if (Item === undefined) throw new Error(`No item at ${itemKeyOf.pk}`);
    return Item;
  }
});

function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value));
}

describe('a decision on a management request', () => {
  const CONFIG = '/api/v3/org/project/config';

  it('with a malformed key costs no read', async () => {
    const { result, operations } = await wire(() =>
      authorize(apiAuthorizerEvent(CONFIG, { 'x-api-key': ['ak_nonsense'] })),
    );
    expect(result.context).toEqual({ outcome: 'refused', error: 'invalid_key', maskedKey: 'ak_**' });
    expect(operations).toEqual([]);
  });

  it('without a key costs no read', async () => {
    const { result, operations } = await wire(() => authorize(apiAuthorizerEvent(CONFIG)));
    expect(result.context).toEqual({ outcome: 'refused', error: 'no_credential' });
    expect(operations).toEqual([]);
  });

  it('with a key names its project and scopes', async () => {
    const { result, operations } = await wire(() =>
      authorize(apiAuthorizerEvent(CONFIG, { 'x-api-key': [key.secret] })),
    );
    expect(result.context).toEqual({
      outcome: 'project',
      projectId: up.project_id,
      keyId: key.id,
      keyName: 'Test',
      scopes: 'mcp:invoke',
    });
    expect(operations).toEqual(['GetItem', 'GetItem']);
  });

  it('with a key whose project is gone refuses it', async () => {
    const orphan = await storeKey(table, newProjectId());
    const { context } = await authorize(apiAuthorizerEvent(CONFIG, { 'x-api-key': [orphan.secret] }));
    expect(context).toMatchObject({ outcome: 'refused', error: 'invalid_key' });
  });

  it.each([
    ['fails', { status: 500, body: { __type: 'InternalServerError' } }],
    ['never answers', 'hang' as const],
  ])('fails when the store %s, and never calls the key invalid', async (_name, fault) => {
    store.fault = () => fault;
    await expect(authorize(apiAuthorizerEvent(CONFIG, { 'x-api-key': [key.secret] }))).rejects.toThrow();
  });

  describe('of the organization', () => {
    const ORGANIZATION = '/api/v3/org/owner/project/new';
    const organizationKey = generateKey('oak_');
    const other = generateKey('oak_');
    const decided = async (...keys: string[]) =>
      (await authorize(apiAuthorizerEvent(ORGANIZATION, { 'x-org-api-key': keys }))).context;

    beforeAll(async () => {
      const Item = { ...itemKey.organizationKey(), key_hash: keyHash(organizationKey) };
      await store.client.send(new PutCommand({ TableName: store.tableName, Item }));
    });

    it('lets its key in, and no other', async () => {
      expect(await decided(organizationKey)).toEqual({ outcome: 'organization' });
      const maskedKey = `oak_**${other.slice(-4)}`;
      expect(await decided(other)).toEqual({ outcome: 'refused', error: 'invalid_key', maskedKey });
    });

    it('refuses two keys, and what is no key, without a read', async () => {
      const { result, operations } = await wire(async () => [
        await decided(organizationKey, other),
        await decided('oak_nonsense'),
      ]);
      expect(result).toEqual([
        { outcome: 'refused', error: 'conflicting_credentials' },
        { outcome: 'refused', error: 'invalid_key', maskedKey: 'oak_**' },
      ]);
      expect(operations).toEqual([]);
    });

    it('takes no project key', async () => {
      const { context } = await authorize(apiAuthorizerEvent(ORGANIZATION, { 'x-api-key': [key.secret] }));
      expect(context).toEqual({ outcome: 'refused', error: 'no_credential' });
    });
  });
});

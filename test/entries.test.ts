import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { keyHash } from '../functions/domain/api-key.ts';
import { findKey, isOrganizationKey } from '../functions/table/access-facts.ts';
import type { Table } from '../functions/table/client.ts';
import { createProject, findProject } from '../functions/table/project-store.ts';
import { itemsOf } from '../functions/table/reads.ts';
import { startTestAwsServices, type TestAwsServices } from './support/aws-services.ts';
import { startTestStore, type TestStore } from './support/dynamodb.ts';
import { ANY_REQUEST, proxyEvent, SETTINGS } from './support/fixtures.ts';
import { context, invokeStreaming } from './support/lambda.ts';

const PROJECT_ID = 'pr_AAAAAAAAAAAAAAAA';

let store: TestStore;
let services: TestAwsServices;
let table: Table;

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
  table = { client: store.client, name: store.tableName };
  const createdAt = '2026-11-23T08:00:00.000Z';
  await createProject(table, { id: PROJECT_ID, name: 'Sample', settings: SETTINGS, createdAt }, ANY_REQUEST);
});
beforeEach(() => {
  store.requests.length = 0;
  store.fault = undefined;
});
afterAll(async () => {
  services.close();
  await store.close();
});

describe('the open routes', () => {
  it('answer the sample event of health', async () => {
    const { handler } = await import('../functions/open-routes.ts');
    expect(await handler(proxyEvent('health'))).toMatchObject({ statusCode: 200, body: '{"status":"ok"}' });
  });
});

describe('the settings function', () => {
  const invoke = async (event: APIGatewayProxyEvent) => {
    const { handler } = await import('../functions/project-config.ts');
    return handler(event, context);
  };
  const withAuthorizer = (authorizer: Record<string, string> | undefined) => {
    const event = proxyEvent('project-config-patch');
    return { ...event, requestContext: { ...event.requestContext, authorizer } } as APIGatewayProxyEvent;
  };

  it('answers the sample events', async () => {
    expect(JSON.parse((await invoke(proxyEvent('project-config-get'))).body)).toEqual(SETTINGS);
    const patched = await invoke(proxyEvent('project-config-patch'));
    expect(patched).toMatchObject({
      statusCode: 200,
      headers: { 'x-request-id': '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d' },
    });
    expect(JSON.parse(patched.body)).toEqual({ ...SETTINGS, require_mcp_api_key: true });
    // The first two of the settings, and beside the change usage, callers and dismissals, of which the readiness is told.
    expect(store.requests.map(({ operation }) => operation).toSorted()).toEqual([
      ...['GetItem', 'GetItem', 'GetItem', 'PutItem', 'Query', 'Query', 'UpdateItem'],
    ]);
  });

  it.each([
    ['no outcome', undefined],
    [
      'an outcome that nobody knows',
      { outcome: 'allow', projectId: PROJECT_ID, keyId: 'key_1', keyName: 'Caller', scopes: '*' },
    ],
    ['the outcome of another plane', { outcome: 'organization' }],
  ])('is at fault with %s, and writes nothing', async (_name, authorizer) => {
    expect(await invoke(withAuthorizer(authorizer))).toMatchObject({ statusCode: 500 });
    expect(store.requests).toEqual([]);
  });

  it('refuses a key without config:write by the name of the scope, and writes nothing', async () => {
    const answer = await invoke(
      withAuthorizer({
        outcome: 'project',
        projectId: PROJECT_ID,
        keyId: 'key_1',
        keyName: 'Caller',
        scopes: 'mcp:invoke config:read',
      }),
    );
    expect(answer.statusCode).toBe(403);
    expect(JSON.parse(answer.body).error).toMatchObject({
      code: 812,
      slug: 'APIKey_InsufficientPermissions',
      message: expect.stringContaining('config:write'),
    });
    expect(store.requests).toEqual([]);
  });

  it('answers an expired key as such', async () => {
    const answer = await invoke(
      withAuthorizer({ outcome: 'refused', error: 'expired_key', maskedKey: 'ak_**6j0z' }),
    );
    expect(answer.statusCode).toBe(401);
    expect(JSON.parse(answer.body).error).toMatchObject({ code: 811, slug: 'APIKey_APIKeyExpired' });
  });

  it('tells nothing of a fault', async () => {
    store.fault = () => ({
      status: 400,
      body: {
        __type: 'com.amazon.coral.service#AccessDeniedException',
        message: 'User: arn:aws:iam::1:role/x',
      },
    });
    const answer = await invoke(proxyEvent('project-config-get'));
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('arn:');
    expect(JSON.parse(answer.body).error).toMatchObject({ message: 'Internal server error', code: 10500 });
  });

  it('never fills a setting that is missing in the store with its default', async () => {
    const id = 'pr_BBBBBBBBBBBBBBBB';
    const { is_2FA_enabled: _left, ...partial } = SETTINGS;
    const settings = partial as typeof SETTINGS;
    const createdAt = '2026-11-23T08:00:00.000Z';
    await createProject(table, { id, name: 'Partial', settings, createdAt }, ANY_REQUEST);
    const event = proxyEvent('project-config-get');
    event.requestContext.authorizer = {
      outcome: 'project',
      projectId: id,
      keyId: 'key_1',
      keyName: 'Caller',
      scopes: '*',
    };
    expect((await invoke(event)).statusCode).toBe(500);
  });
});

describe('the relay', () => {
  const invoke = (event: APIGatewayProxyEvent) => invokeStreaming(() => import('../functions/mcp.ts'), event);
  const withAuthorizer = (authorizer: unknown) => {
    const event = proxyEvent('mcp');
    return { ...event, requestContext: { ...event.requestContext, authorizer } } as APIGatewayProxyEvent;
  };

  it('renders what the authorizer did not let in', async () => {
    expect(await invoke(proxyEvent('mcp-not-found'))).toMatchObject({
      statusCode: 404,
      body: '{"error": "MCP server not found"}',
    });
    expect(await invoke(withAuthorizer({ outcome: 'foreign_origin' }))).toMatchObject({ statusCode: 403 });
    expect(await invoke(withAuthorizer({ outcome: 'out_of_scope' }))).toMatchObject({
      statusCode: 403,
      body: '{"error": "API key is not allowed to use this MCP server"}',
    });
    expect(store.requests).toEqual([]);
  });

  it.each([
    ['none', undefined],
    ['an unknown one', { ...proxyEvent('mcp').requestContext.authorizer, outcome: 'allow' }],
    [
      'one of the management plane',
      { outcome: 'project', projectId: PROJECT_ID, keyId: 'key_1', keyName: 'Caller', scopes: '*' },
    ],
    [
      'forward without a server',
      { outcome: 'forward', slug: 'x', projectId: PROJECT_ID, serverRevision: '1' },
    ],
  ])('forwards nothing on the outcome: %s', async (_name, authorizer) => {
    const answer = await invoke(withAuthorizer(authorizer));
    expect(answer.statusCode).toBe(500);
    expect(JSON.parse(answer.body).error).toMatchObject({ code: 10500, status: 500 });
    expect(store.requests).toEqual([]);
  });

  it('answers 404 when the server has gone since the authorizer read it', async () => {
    expect(await invoke(proxyEvent('mcp'))).toMatchObject({ statusCode: 404 });
    expect(store.requests.map(({ operation }) => operation)).toEqual(['GetItem']);
  });

  it('answers 500 when the store fails, never a pass', async () => {
    store.fault = () => ({ status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } });
    expect(await invoke(proxyEvent('mcp'))).toMatchObject({ statusCode: 500 });
  });
});

describe('bootstrap', () => {
  it('makes keys that work, once', async () => {
    const { handler } = await import('../functions/bootstrap.ts');
    const made = await handler({});
    if (made.status !== 'created') throw new Error('Nothing was made');
    expect(await isOrganizationKey(itemsOf(table), keyHash(made.org_api_key))).toBe(true);
    expect(await findKey(itemsOf(table), keyHash(made.api_key))).toMatchObject({
      projectId: made.project_id,
      status: 'active',
      scopes: ['*'],
    });
    expect((await findProject(table, made.project_id))?.settings).toEqual(SETTINGS);

    store.requests.length = 0;
    expect(await handler({})).toEqual({ status: 'exists' });
    expect(store.requests.map(({ operation }) => operation)).toEqual(['GetItem']);
  });

  it('replaces the organization key, and the old one ends at once', async () => {
    const { handler } = await import('../functions/bootstrap.ts');
    const first = await handler({ replace_organization_key: true });
    const second = await handler({ replace_organization_key: true });
    if (first.status !== 'replaced' || second.status !== 'replaced') throw new Error('Nothing was replaced');
    expect(await isOrganizationKey(itemsOf(table), keyHash(first.org_api_key))).toBe(false);
    expect(await isOrganizationKey(itemsOf(table), keyHash(second.org_api_key))).toBe(true);
  });

  it('takes nothing that it does not know', async () => {
    const { handler } = await import('../functions/bootstrap.ts');
    store.requests.length = 0;
    await expect(handler({ replace: true })).rejects.toThrow();
    await expect(handler(null)).rejects.toThrow();
    expect(store.requests).toEqual([]);
  });
});

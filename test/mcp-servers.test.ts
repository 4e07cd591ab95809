import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import type { ProjectConfig } from '../functions/domain/project-config.ts';
import type { Table } from '../functions/table/client.ts';
import { listServers } from '../functions/table/server-store.ts';
import { DENIED, startTestAwsServices, type TestAwsServices } from './support/aws-services.ts';
import { startTestStore, type TestStore } from './support/dynamodb.ts';
import { proxyEvent, storeProject } from './support/fixtures.ts';

const SECRET = 'hidden-value-of-a-header';
const HEADERS = { Authorization: `Bearer ${SECRET}`, 'X-Pin': '1234' };
const IN_CLEAR = { authorization: `Bearer ${SECRET}`, 'x-pin': '1234' };
const MASKED = { authorization: 'Bear...', 'x-pin': '...' };
const PATH = '/api/v3/mcp/servers';

let store: TestStore;
let services: TestAwsServices;
let table: Table;

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
  table = { client: store.client, name: store.tableName };
});
beforeEach(() => {
  services.fault = undefined;
  services.requests.length = 0;
});
afterAll(async () => {
  services.close();
  await store.close();
});

interface Change {
  /** Of the server in the path. */
  readonly id?: string;
  readonly headers?: Record<string, string[]>;
  /** When the request arrives, after the sample event's, in milliseconds. */
  readonly later?: number;
}

async function invoke(
  projectId: string,
  method: 'GET' | 'POST' | 'DELETE',
  body?: object,
  { id, headers = {}, later = 0 }: Change = {},
): Promise<APIGatewayProxyResult> {
  const event = proxyEvent('project-config-get');
  const { handler } = await import('../functions/mcp-servers.ts');
  const path = id === undefined ? PATH : `/api/v3/mcp/${id}`;
  const asked: APIGatewayProxyEvent = {
    ...event,
    httpMethod: method,
    resource: id === undefined ? PATH : '/api/v3/mcp/{id}',
    path,
    pathParameters: id === undefined ? null : { id },
    multiValueHeaders: { ...event.multiValueHeaders, ...headers },
    queryStringParameters: null,
    body: body === undefined ? null : Buffer.from(JSON.stringify(body)).toString('base64'),
    isBase64Encoded: true,
    requestContext: {
      ...event.requestContext,
      path: `/prod${path}`,
      requestTimeEpoch: event.requestContext.requestTimeEpoch + later,
      authorizer: { outcome: 'project', projectId, keyId: 'key_1', keyName: 'Caller', scopes: '*' },
    },
  };
  return handler(asked, {} as Context);
}

const server = (headers: object, name = 'Docs') => ({
  name,
  upstream: { kind: 'http', url: 'https://mcp.example.invalid/mcp', headers },
});
const register = (projectId: string, headers: object = HEADERS) => invoke(projectId, 'POST', server(headers));
const stored = (projectId: string) => listServers(table, projectId, { limit: 100, after: undefined });

async function projectThatMasks(masks: boolean): Promise<string> {
  const settings: Partial<ProjectConfig> = { mask_secret_keys_in_connected_account: masks };
  return storeProject(table, settings);
}

describe('upstream headers', () => {
  it('are shown masked where the project says so, and listing asks KMS nothing', async () => {
    const projectId = await projectThatMasks(true);
    const created = await register(projectId);
    expect(created.statusCode).toBe(201);
    expect(JSON.parse(created.body).upstream).toEqual({ ...server(MASKED).upstream });
    expect(services.requests).toEqual(['GenerateDataKey']);

    const listed = JSON.parse((await invoke(projectId, 'GET')).body);
    expect(listed.items).toEqual([JSON.parse(created.body)]);
    expect(services.requests).toEqual(['GenerateDataKey']);
  });

  it('are shown as they are where the project says so', async () => {
    const projectId = await projectThatMasks(false);
    const created = await register(projectId);
    expect(JSON.parse(created.body).upstream.headers).toEqual(IN_CLEAR);
    await invoke(projectId, 'POST', server({}, 'Other'));
    const { items } = JSON.parse((await invoke(projectId, 'GET')).body);
    const shown = items.map((item: { upstream: { headers: object } }) => item.upstream.headers);
    expect(shown).toHaveLength(2);
    expect(shown).toEqual(expect.arrayContaining([IN_CLEAR, {}]));
    expect(services.requests).toEqual(['GenerateDataKey', 'Decrypt', 'Decrypt']);
  });

  it('lie in the table sealed, and nowhere else', async () => {
    const projectId = await projectThatMasks(false);
    await register(projectId);
    const { Items } = await table.client.send(new ScanCommand({ TableName: table.name }));
    expect(JSON.stringify(Items)).toContain('kms1.');
    expect(JSON.stringify(Items)).not.toContain(SECRET);
    const [{ upstream } = { upstream: undefined }] = (await stored(projectId)).rows;
    expect(upstream).toMatchObject({
      sealed_headers: expect.stringMatching(/^kms1\./),
      masked_headers: MASKED,
    });
  });

  it('of none are none: nothing is sealed', async () => {
    const projectId = await projectThatMasks(true);
    expect(JSON.parse((await register(projectId, {})).body).upstream.headers).toEqual({});
    expect(services.requests).toEqual([]);
  });

  it('that cannot be sealed make no server', async () => {
    const projectId = await projectThatMasks(true);
    services.fault = () => DENIED;
    const refused = await register(projectId);
    expect(refused.statusCode).toBe(500);
    expect(refused.body).not.toMatch(/hidden|kms|arn:|AccessDenied/i);
    expect((await stored(projectId)).rows).toEqual([]);
  });

  it('that cannot be opened are a fault, not shown as none or masked', async () => {
    const projectId = await projectThatMasks(false);
    await register(projectId);
    services.fault = () => DENIED;
    expect((await invoke(projectId, 'GET')).statusCode).toBe(500);
  });

  it('of a project that has gone in between are not stored', async () => {
    expect((await register('pr_CCCCCCCCCCCCCCCC')).statusCode).toBe(401);
    expect((await stored('pr_CCCCCCCCCCCCCCCC')).rows).toEqual([]);
    expect(services.requests).toEqual([]);
  });

  it('are named in what is wrong with them, their values never', async () => {
    const projectId = await projectThatMasks(false);
    const refused = await register(projectId, { Host: SECRET, 'X-A': `${SECRET}\n` });
    expect(refused.statusCode).toBe(400);
    expect(JSON.parse(refused.body).error.errors).toEqual([
      'upstream.headers.Host: is not for you to set',
      expect.stringMatching(/^upstream\.headers\.X-A: must be 1 to 4096 visible ASCII characters/),
    ]);
    expect(refused.body).not.toContain(SECRET);
  });
});

describe('the tools of a server', () => {
  it.each([
    ['all of them unless a list is given', {}, null],
    ['all of them with null', { allowed_tools: null }, null],
    ['those of the list', { allowed_tools: ['a', 'b'] }, ['a', 'b']],
    ['none with an empty list', { allowed_tools: [] }, []],
  ])('are %s', async (_name, given, allowed_tools) => {
    const projectId = await projectThatMasks(true);
    const created = JSON.parse((await invoke(projectId, 'POST', { ...server({}), ...given })).body);
    expect(created.allowed_tools).toEqual(allowed_tools);
    expect((await stored(projectId)).rows).toMatchObject([{ allowed_tools }]);
    expect(JSON.parse((await invoke(projectId, 'GET')).body).items).toEqual([created]);
  });
});

describe('a server that was made with an Idempotency-Key and deleted', () => {
  it.each([1_000, 70_000])('is not made again when its request comes again after %d ms', async (later) => {
    const projectId = await projectThatMasks(true);
    const headers = { 'idempotency-key': ['request-1'] };
    const { id } = JSON.parse((await invoke(projectId, 'POST', server({}), { headers })).body);
    expect((await invoke(projectId, 'DELETE', undefined, { id })).statusCode).toBe(204);
    await invoke(projectId, 'POST', server({}), { headers, later });
    expect((await stored(projectId)).rows).toEqual([]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { newSecret } from '../functions/domain/new-key.ts';
import type { Table } from '../functions/table/client.ts';
import type { StoredServer } from '../functions/table/items.ts';
import { changeKey } from '../functions/table/key-store.ts';
import { patchSettings } from '../functions/table/project-store.ts';
import { startTestAwsServices, type TestAwsServices } from './support/aws-services.ts';
import { startTestStore, type TestStore } from './support/dynamodb.ts';
import {
  ANY_REQUEST,
  authorizerEvent,
  keyChange,
  proxyEvent,
  storeKey,
  storeProject,
  storeServer,
} from './support/fixtures.ts';
import { invokeStreaming } from './support/lambda.ts';
import { startUpstream, type TestUpstream } from './support/upstream.ts';

const OWN_ID = 'upstream-session-1';

let store: TestStore;
let services: TestAwsServices;
let upstream: TestUpstream;
let table: Table;
let server: StoredServer;
/** The session id and the body of each call that reached the server. */
let seen: { session: string | undefined; body: string }[];

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
  process.env.PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS = 'true';
  upstream = await startUpstream();
  table = { client: store.client, name: store.tableName };
});
beforeEach(async () => {
  const projectId = await storeProject(table, { require_mcp_api_key: true });
  server = await storeServer(table, projectId, {
    upstream: { kind: 'http', url: upstream.url, sealed_headers: null, masked_headers: {} },
  });
  seen = [];
  upstream.answer = async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const session = request.headers['mcp-session-id'];
    seen.push({ session: typeof session === 'string' ? session : undefined, body });
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': OWN_ID }).end('{}');
  };
});
afterAll(async () => {
  upstream.close();
  services.close();
  await store.close();
});

/** One request through authorizer and relay, as API Gateway chains them. */
async function request(headers: Record<string, string>, body = '{"jsonrpc":"2.0","id":5,"method":"ping"}') {
  const { handler: authorize } = await import('../functions/authorizer.ts');
  const multiValueHeaders = Object.fromEntries(
    Object.entries({ 'content-type': 'application/json', ...headers }).map(([name, value]) => [
      name,
      [value],
    ]),
  );
  const { policyDocument, context } = await authorize(authorizerEvent(server.slug, multiValueHeaders));
  const [statement] = policyDocument.Statement;
  if (statement?.Effect !== 'Allow') return { statusCode: 401, headers: {}, body: String(context?.error) };
  const event = proxyEvent('mcp');
  return invokeStreaming(() => import('../functions/mcp.ts'), {
    ...event,
    multiValueHeaders,
    pathParameters: { mcp_url: server.slug },
    requestContext: { ...event.requestContext, authorizer: context },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  } as APIGatewayProxyEvent);
}

async function sessionOf(key: string): Promise<string> {
  const { statusCode, headers } = await request({ 'x-api-key': key });
  expect(statusCode).toBe(200);
  return new Map<string, string>(Object.entries(headers)).get('mcp-session-id') ?? '';
}

describe('the session of a key', () => {
  it('goes on after a rotation: the new secret has the same key id', async () => {
    const key = await storeKey(table, server.project_id);
    const session = await sessionOf(key.secret);
    const { secret, hash } = newSecret();
    await changeKey(table, keyChange(server.project_id, key.id), (stored) => ({
      ...stored,
      secrets: [{ hash, ends_at: null }, ...stored.secrets.map((old) => ({ ...old, ends_at: 0 }))],
    }));
    expect((await request({ 'x-api-key': secret, 'mcp-session-id': session })).statusCode).toBe(200);
    expect(seen.map(({ session: id }) => id)).toEqual([undefined, OWN_ID]);
  });

  it('ends with the key: a revoked one gets 401, and the session stays unreachable to others', async () => {
    const key = await storeKey(table, server.project_id);
    const other = await storeKey(table, server.project_id);
    const session = await sessionOf(key.secret);
    await changeKey(table, keyChange(server.project_id, key.id), (stored) => ({
      ...stored,
      status: 'revoked',
    }));
    expect((await request({ 'x-api-key': key.secret, 'mcp-session-id': session })).statusCode).toBe(401);
    expect((await request({ 'x-api-key': other.secret, 'mcp-session-id': session })).statusCode).toBe(404);
    await patchSettings(table, server.project_id, { require_mcp_api_key: false }, ANY_REQUEST);
    expect((await request({ 'mcp-session-id': session })).statusCode).toBe(404);
    expect(seen).toHaveLength(1);
  });

  it('is unknown under a version that nobody knows, even while the root secret cannot be read again', async () => {
    const key = await storeKey(table, server.project_id);
    const session = await sessionOf(key.secret);
    const unknownVersion = Buffer.from(session, 'base64url');
    unknownVersion[0] = 99;
    services.fault = () => ({ status: 500, body: { __type: 'InternalServiceError' } });
    const answer = await request({
      'x-api-key': key.secret,
      'mcp-session-id': unknownVersion.toString('base64url'),
    });
    services.fault = undefined;
    expect(answer.statusCode).toBe(404);
    expect(seen).toHaveLength(1);
  });
});

describe("a key's list of tools", () => {
  const call = (name: string) =>
    JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name } });

  it('holds on top of the server’s while the gate is up', async () => {
    server = await storeServer(table, server.project_id, {
      upstream: server.upstream,
      allowed_tools: ['echo', 'add'],
    });
    const key = await storeKey(table, server.project_id, { allowed_tools: ['echo', 'delete_all'] });
    const headers = { 'x-api-key': key.secret };
    expect(JSON.parse((await request(headers, call('add'))).body).error.message).toBe('Unknown tool: add');
    expect(JSON.parse((await request(headers, call('delete_all'))).body).error.message).toBe(
      'Unknown tool: delete_all',
    );
    expect((await request(headers, call('echo'))).body).toBe('{}');
    expect(seen.map(({ body }) => body)).toEqual([call('echo')]);
  });

  it('is not enforced while the gate is down; the server’s is', async () => {
    await patchSettings(table, server.project_id, { require_mcp_api_key: false }, ANY_REQUEST);
    server = await storeServer(table, server.project_id, {
      upstream: server.upstream,
      allowed_tools: ['add'],
    });
    const key = await storeKey(table, server.project_id, { allowed_tools: ['echo'] });
    const headers = { 'x-api-key': key.secret };
    expect((await request(headers, call('add'))).body).toBe('{}');
    expect(JSON.parse((await request(headers, call('echo'))).body).error.message).toBe('Unknown tool: echo');
  });
});

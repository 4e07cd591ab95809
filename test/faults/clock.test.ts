import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { ApiRoute } from '../../functions/domain/api-routes.ts';
import type { StoredServer } from '../../functions/table/items.ts';
import { startTestAwsServices, type TestAwsServices } from '../support/aws-services.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import {
  apiEvent,
  authorizerEvent,
  proxyEvent,
  storeKey,
  storeProject,
  storeServer,
} from '../support/fixtures.ts';
import { invokeStreaming } from '../support/lambda.ts';
import { printed } from '../support/records.ts';
import { startUpstream, type TestUpstream } from '../support/upstream.ts';

const MINUTES = 60_000;
/** How old a signature may be, or how early, as AWS takes it. */
const SIGNATURE_MS = 5 * MINUTES;
const LOG_GROUP = '/aws/lambda/relay';
const KEYS = '/api/v3/org/project/api_keys';
const LOGS = '/api/v3/org/project/logs';

/** The clock of API Gateway and of the store: that of the functions is the global `Date`. */
const RightDate = Date;
const NOW = RightDate.now();

let store: TestStore;
let services: TestAwsServices;
let upstream: TestUpstream;
let server: StoredServer;
let ownerId: string;

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
  process.env.PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS = 'true';
  process.env.PORTCULLIS_RECORD_LOG_GROUPS = LOG_GROUP;
  upstream = await startUpstream();
  upstream.answer = (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'session-1' }).end('{}');
  const table = { client: store.client, name: store.tableName };
  server = await storeServer(table, await storeProject(table, { require_mcp_api_key: true }), {
    upstream: { kind: 'http', url: upstream.url, sealed_headers: null, masked_headers: {} },
  });
  ({ id: ownerId } = await storeKey(table, server.project_id, { scopes: ['*'] }));
  store.fault = ({ signedAt }) =>
    Math.abs(signedAt - RightDate.now()) > SIGNATURE_MS
      ? { status: 400, body: { __type: 'com.amazon.coral.service#InvalidSignatureException' } }
      : undefined;
});
afterAll(async () => {
  jest.useRealTimers();
  upstream.close();
  services.close();
  await store.close();
});

/** Sets the clock of the functions, and of nothing else: their timers go on. */
function setClock(offMs: number): void {
  jest.useFakeTimers({
    now: RightDate.now() + offMs,
    doNotFake: [
      ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
      ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
    ],
  });
}

/** What authorizer and relay have printed. */
const lines: string[] = [];

/** One MCP request that arrives at that time, through authorizer and relay. */
async function call(secret: string, at: number, session?: string) {
  const answer = Promise.withResolvers<Awaited<ReturnType<typeof relayed>>>();
  lines.push(...(await printed(async () => answer.resolve(await relayed(secret, at, session)))));
  return answer.promise;
}

async function relayed(secret: string, at: number, session: string | undefined) {
  const { handler: authorize } = await import('../../functions/authorizer.ts');
  const headers = { 'x-api-key': [secret], ...(session && { 'mcp-session-id': [session] }) };
  const arriving = authorizerEvent(server.slug, headers);
  arriving.requestContext.requestTimeEpoch = at;
  const { policyDocument, context } = await authorize(arriving);
  if (policyDocument.Statement[0]?.Effect !== 'Allow') return { error: context?.error };
  const event = proxyEvent('mcp');
  return invokeStreaming(() => import('../../functions/mcp.ts'), {
    ...event,
    multiValueHeaders: headers,
    pathParameters: { mcp_url: server.slug },
    requestContext: { ...event.requestContext, requestTimeEpoch: at, authorizer: context },
  } as APIGatewayProxyEvent);
}

/** A management request that arrives at that time. */
async function manage(route: ApiRoute, at: number, id?: string, body?: object) {
  const { handler } = await (route.startsWith(`GET ${LOGS}`)
    ? import('../../functions/attribution.ts')
    : import('../../functions/api-keys.ts'));
  const authorizer = {
    ...{ outcome: 'project', projectId: server.project_id, keyId: ownerId, keyName: 'Owner', scopes: '*' },
  };
  const asked = apiEvent(route, { authorizer, ...(id && { id }), body, now: at });
  const { statusCode, body: text } = await handler(asked, {} as Context);
  return { statusCode, ...JSON.parse(text) };
}

describe.each([
  ['ahead', 10 * MINUTES],
  ['behind', -10 * MINUTES],
])('with the clock of every function ten minutes %s', (_, off) => {
  beforeEach(() => setClock(off));

  it('a key and its replaced secret open the raised gate until their ends, by the time of the request', async () => {
    const end = NOW + 120_000;
    const made = await manage(`POST ${KEYS}`, NOW, undefined, {
      name: randomUUID(),
      expires_at: new RightDate(end).toISOString(),
    });
    expect(made).toMatchObject({ statusCode: 201, created_at: new RightDate(NOW).toISOString() });
    const rotated = await manage(`POST ${KEYS}/{id}/rotate`, NOW, made.id, { overlap_seconds: 60 });
    expect(rotated).toMatchObject({ statusCode: 200 });

    expect(await call(made.key, NOW + 59_999)).toMatchObject({ statusCode: 200 });
    expect(await call(made.key, NOW + 60_000)).toEqual({
      error: 'API key is not valid for this MCP server',
    });
    expect(await call(rotated.key, end - 1)).toMatchObject({ statusCode: 200 });
    expect(await call(rotated.key, end)).toEqual({ error: 'API key has expired' });
  });

  it('a session goes on in a function whose clock is right, and the other way round', async () => {
    const { key } = await manage(`POST ${KEYS}`, NOW, undefined, { name: randomUUID() });
    const sessionOf = async () => {
      const { headers } = (await call(key, NOW)) as { headers: Record<string, string> };
      return headers['mcp-session-id'];
    };
    const wrong = await sessionOf();
    setClock(0);
    const right = await sessionOf();
    expect(await call(key, NOW, wrong)).toMatchObject({ statusCode: 200 });
    setClock(off);
    expect(await call(key, NOW, right)).toMatchObject({ statusCode: 200 });
  });

  it('a row has the time of its request', async () => {
    const { id, key } = await manage(`POST ${KEYS}`, NOW, undefined, { name: randomUUID() });
    lines.length = 0;
    await call(key, NOW);
    const { handler: write } = await import('../../functions/log-writer.ts');
    const logEvents = lines.map((message, n) => ({ id: String(n), timestamp: NOW, message }));
    const batch = { messageType: 'DATA_MESSAGE', logGroup: LOG_GROUP, logEvents };
    const data = gzipSync(JSON.stringify(batch)).toString('base64');
    await printed(() => write({ awslogs: { data } }));
    const { items } = await manage(`GET ${LOGS}`, NOW + 1);
    const rows = items.filter((row: { api_key_id: string }) => row.api_key_id === id);
    expect(rows).toMatchObject([{ timestamp: new RightDate(NOW).toISOString(), outcome: 'allowed' }]);
  });
});

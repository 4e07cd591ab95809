import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { generateKey, maskKey } from '../../functions/domain/api-key.ts';
import type { CallRecord } from '../../functions/domain/call-record.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { readRecord } from '../../functions/records/read.ts';
import type { Table } from '../../functions/table/client.ts';
import type { StoredProjectKey, StoredServer } from '../../functions/table/items.ts';
import { patchSettings } from '../../functions/table/project-store.ts';
import { startTestAwsServices, type TestAwsServices } from '../support/aws-services.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import {
  ANY_REQUEST,
  apiAuthorizerEvent,
  authorizerEvent,
  proxyEvent,
  storeKey,
  storeProject,
  storeServer,
} from '../support/fixtures.ts';
import { invokeStreaming } from '../support/lambda.ts';
import { printed } from '../support/records.ts';
import { startUpstream, type TestUpstream } from '../support/upstream.ts';

const XRAY = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
const TRACE_ID = '5759e988bd862e3fe1be46a994272793';
const OWN_HOST = 'abcdef1234.execute-api.us-east-1.amazonaws.com';

let store: TestStore;
let services: TestAwsServices;
let upstream: TestUpstream;
let table: Table;
let up: Gate;
let down: Gate;

/** A project with its gate up or down, and a server whose answers a test says. */
interface Gate {
  readonly projectId: string;
  readonly server: StoredServer;
  readonly key: { readonly secret: string; readonly id: string };
}

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
  process.env.PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS = 'true';
  upstream = await startUpstream();
  table = { client: store.client, name: store.tableName };
  up = await gate(true);
  down = await gate(false);
});
beforeEach(() => {
  store.fault = undefined;
  services.fault = undefined;
  upstream.answer = json('{"jsonrpc":"2.0","id":5,"result":{}}');
});
afterAll(async () => {
  delete process.env._X_AMZN_TRACE_ID;
  upstream.close();
  services.close();
  await store.close();
});

const at = (url: string) => ({ kind: 'http', url, sealed_headers: null, masked_headers: {} }) as const;

async function gate(isUp: boolean, change: Partial<StoredServer> = {}): Promise<Gate> {
  const projectId = await storeProject(table, { require_mcp_api_key: isUp });
  const server = await storeServer(table, projectId, { upstream: at(upstream.url), ...change });
  return { projectId, server, key: await storeKey(table, projectId) };
}

const json =
  (text: string, status = 200): RequestListener =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
const events =
  (...texts: string[]): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const text of texts) response.write(text);
  };
const EVENT = 'data: {"jsonrpc":"2.0","id":5,"result":{"text":"ü"}}\n\n';

interface Given {
  readonly to?: Gate;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | null;
  readonly client?: Parameters<typeof invokeStreaming>[2];
  /** Happens between authorizer and relay. */
  readonly meanwhile?: () => void;
}

interface Happened {
  /** `undefined` when the function failed after it had begun to answer. */
  readonly status: number | undefined;
  readonly body: string;
  readonly requestId: string;
  /** What authorizer and relay printed, but for what is no record. */
  readonly lines: readonly string[];
}

const PING = '{"jsonrpc":"2.0","id":5,"method":"ping"}';
const call = (name: string) =>
  JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name, arguments: { a: 1 } } });

interface Answered {
  /** `undefined` when the function failed after it had begun to answer. */
  readonly statusCode: number | undefined;
  readonly body: string;
}

/** One request through authorizer and relay, as API Gateway chains them. */
async function answerTo(
  { to = up, method = 'POST', headers, body = PING, client, meanwhile }: Given,
  requestId: string = randomUUID(),
): Promise<Answered> {
  const { handler: authorize } = await import('../../functions/authorizer.ts');
  const given = headers ?? { 'x-api-key': to.key.secret };
  const multiValueHeaders = Object.fromEntries(
    Object.entries({ 'content-type': 'application/json', 'User-Agent': 'probe/1.0 (x)', ...given }).map(
      ([name, value]) => [name, [value]],
    ),
  );
  const sample = proxyEvent('mcp');
  const requestContext = { ...sample.requestContext, requestId };
  const { policyDocument, context } = await authorize({
    ...authorizerEvent(to.server.slug),
    multiValueHeaders,
    httpMethod: method,
    requestContext: { ...authorizerEvent('x').requestContext, requestId },
  });
  const [statement] = policyDocument.Statement;
  if (statement?.Effect !== 'Allow') return { statusCode: 401, body: `{"error": "${context?.error}"}` };
  meanwhile?.();
  const event = {
    ...sample,
    httpMethod: method,
    multiValueHeaders,
    pathParameters: { mcp_url: to.server.slug },
    requestContext: { ...requestContext, authorizer: context },
    body: body === null ? null : Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  } as APIGatewayProxyEvent;
  return invokeStreaming(() => import('../../functions/mcp.ts'), event, client).catch(() => ({
    statusCode: undefined, // The client sees it break off; the record tells why.
    body: '',
  }));
}

/** The same, with what authorizer and relay printed, but for what is no record. */
async function request(given: Given): Promise<Happened> {
  const requestId = randomUUID();
  let answered: Answered = { statusCode: undefined, body: '' };
  const lines = await printed(async () => {
    answered = await answerTo(given, requestId);
  });
  return {
    status: answered.statusCode,
    body: answered.body,
    requestId,
    lines: lines.filter((line) => line.includes('"record"')),
  };
}

/** The one record that a request left behind. */
function recordOf({ lines, requestId }: Happened): CallRecord {
  expect(lines).toHaveLength(1);
  const record = readRecord(lines[0] ?? '');
  if (record?.kind !== 'call') throw new Error(`No record of a call: ${lines[0]}`);
  expect(record.call.request_id).toBe(requestId);
  return record.call;
}

describe('a request that the relay was given leaves one record', () => {
  type Expected = Partial<CallRecord>;
  type Row = [
    name: string,
    given: () => Given | Promise<Given>,
    answer: RequestListener | undefined,
    Expected,
  ];

  const rows: Row[] = [
    ['a call', () => ({}), undefined, { outcome: 'allowed', reason: null, status: 200 }],
    [
      'a call without a key through a lowered gate',
      () => ({ to: down, headers: {} }),
      undefined,
      { outcome: 'allowed', reason: null, credential: 'no_key', api_key_id: null },
    ],
    [
      'what the server refuses itself',
      () => ({}),
      json('{"jsonrpc":"2.0","id":5,"error":{"code":-32600,"message":"no"}}', 400),
      { outcome: 'allowed', reason: null, status: 400 },
    ],
    [
      'a notification',
      () => ({ body: '{"jsonrpc":"2.0","method":"notifications/initialized"}' }),
      (_request, response) => response.writeHead(202).end(),
      { outcome: 'allowed', status: 202, bytes_out: 0, method: 'notifications/initialized' },
    ],
    [
      'an event stream that the server ends',
      () => ({}),
      (_request, response) =>
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(EVENT.repeat(3)),
      { outcome: 'allowed', bytes_out: Buffer.byteLength(EVENT) * 3 },
    ],
    [
      'a silent stream that its deadline ends in good order',
      () => ({ method: 'GET', body: null, client: { remainingMs: 3_100 } }),
      events(EVENT),
      { outcome: 'allowed', reason: null, http_method: 'GET', method: null, bytes_in: 0 },
    ],
    [
      'an event stream, for a client that takes JSON alone',
      () => ({ headers: { 'x-api-key': up.key.secret, accept: 'application/json' } }),
      events(': comment\n\n', EVENT),
      { outcome: 'allowed', bytes_out: Buffer.byteLength(EVENT) - 'data: \n\n'.length },
    ],
    [
      'a list of tools, of which some are taken away',
      async () => ({
        to: await gate(true, { allowed_tools: ['echo'] }),
        body: call('x').replace('call', 'list'),
      }),
      json('{"jsonrpc":"2.0","id":5,"result":{"tools":[{"name":"echo"},{"name":"add"}]}}'),
      { outcome: 'allowed', bytes_out: 61, method: 'tools/list', tool: null },
    ],
    [
      "another project's key through a lowered gate",
      () => ({ to: down, headers: { 'x-api-key': up.key.secret } }),
      undefined,
      { outcome: 'would_be_refused', reason: 'other_project', credential: 'other_project', api_key_id: null },
    ],
    [
      'the same, when the server fails',
      () => ({ to: down, headers: { 'x-api-key': up.key.secret } }),
      json('{}', 503),
      {
        outcome: 'would_be_refused',
        reason: 'other_project',
        status: 503,
        credential: 'other_project',
        api_key_id: null,
      },
    ],
    [
      'the same, when the gateway answers in its place',
      () => ({ to: down, headers: { 'x-api-key': up.key.secret, via: '1.1 portcullis' } }),
      undefined,
      {
        outcome: 'rejected',
        reason: 'loop',
        status: 508,
        credential: 'other_project',
        api_key_id: null,
      },
    ],
    [
      'a tool that is not allowed',
      async () => ({ to: await gate(true, { allowed_tools: ['echo'] }), body: call('add') }),
      undefined,
      { outcome: 'rejected', reason: 'unknown_tool', method: 'tools/call', tool: 'add', upstream_ms: null },
    ],
    [
      'a body that is not clear',
      async () => ({ to: await gate(true, { allowed_tools: ['echo'] }), body: '{' }),
      undefined,
      { outcome: 'rejected', reason: 'unclear_body', status: 400, method: null, upstream_ms: null },
    ],
    [
      'another method',
      () => ({ method: 'PATCH' }),
      undefined,
      { outcome: 'rejected', reason: 'method_not_allowed', status: 405, http_method: 'PATCH' },
    ],
    [
      'a loop',
      () => ({ headers: { 'x-api-key': up.key.secret, via: '1.1 portcullis' } }),
      undefined,
      { outcome: 'rejected', reason: 'loop', status: 508, upstream_ms: null },
    ],
    [
      'an unknown session',
      () => ({ headers: { 'x-api-key': up.key.secret, 'mcp-session-id': 'x' } }),
      undefined,
      { outcome: 'rejected', reason: 'unknown_session', status: 404, upstream_ms: null },
    ],
    [
      'an address that the server cannot be dialled at',
      async () => ({ to: await gate(true, { upstream: at('http://127.0.0.1:1/mcp') }) }),
      undefined,
      { outcome: 'upstream_error', reason: 'unreachable', status: 502 },
    ],
    [
      'a private address',
      async () => ({ to: await gate(true, { upstream: at('https://10.0.0.1/mcp') }) }),
      undefined,
      { outcome: 'upstream_error', reason: 'forbidden_address', status: 502, upstream_ms: null },
    ],
    [
      'an address of our own',
      async () => ({ to: await gate(true, { upstream: at(`https://${OWN_HOST}/mcp`) }) }),
      undefined,
      { outcome: 'upstream_error', reason: 'loop', status: 508, upstream_ms: null },
    ],
    ['a redirect', () => ({}), json('', 302), { outcome: 'upstream_error', reason: 'redirect', status: 502 }],
    ...[401, 403].map(
      (status): Row => [
        `${status} of the server`,
        () => ({}),
        json('{}', status),
        { outcome: 'upstream_error', reason: 'credential', status: 502 },
      ],
    ),
    [
      'what may list tools and is no JSON',
      async () => ({ to: await gate(true, { allowed_tools: ['echo'] }) }),
      json('{'),
      { outcome: 'upstream_error', reason: 'unreadable', status: 502 },
    ],
    [
      'a server that is too slow to be read',
      () => ({
        headers: { 'x-api-key': up.key.secret, accept: 'application/json' },
        client: { remainingMs: 3_100 },
      }),
      events(': wait\n\n'),
      { outcome: 'upstream_error', reason: 'too_slow', status: 504 },
    ],
    [
      '500 of the server',
      () => ({}),
      json('{}', 500),
      { outcome: 'upstream_error', reason: 'status_5xx', status: 500 },
    ],
    [
      'a fault while the server is looked up',
      async () => ({
        to: await gate(true), // Nobody has looked it up yet.
        meanwhile: () => {
          store.fault = () => ({ status: 500, body: {} });
        },
      }),
      undefined,
      { outcome: 'gateway_error', reason: 'fault', status: 500, upstream_ms: null },
    ],
  ];

  it.each(rows)('%s', async (_name, given, answer, expected) => {
    const made = await given();
    if (answer !== undefined) upstream.answer = answer;
    const happened = await request(made);
    store.fault = undefined;
    const record = recordOf(happened);
    const { to = up } = made;
    expect(record).toMatchObject({
      project_id: to.projectId,
      mcp_server_id: to.server.server_id,
      api_key_id: to.key.id,
      credential: 'valid',
      presented_key_id: null,
      http_method: 'POST',
      client: 'probe/1.0',
      ip: '203.0.113.7',
      at: proxyEvent('mcp').requestContext.requestTimeEpoch,
      flood_since: null,
      status: happened.status,
      bytes_in: made.body === null ? 0 : (made.body ?? PING).length,
      bytes_out: Buffer.byteLength(happened.body),
      ...expected,
    });
    expect(record.upstream_ms === null || record.upstream_ms <= record.duration_ms).toBe(true);
    expect(`${record.duration_ms}`).toMatch(/^\d+(\.\d)?$/);
    expect(happened.lines.join()).not.toContain(to.server.slug);
    for (const { key } of [up, down, to]) expect(happened.lines.join()).not.toContain(key.secret.slice(3));
    // Of another project's key nothing but its last characters.
    if (record.credential === 'other_project') {
      expect(record.presented).toBe(maskKey('ak_', up.key.secret));
      expect(happened.lines.join()).not.toContain(up.key.id);
    }
    upstream.closeConnections();
  });

  it('whose server was removed after it was let in', async () => {
    const gone = await gate(true);
    const { slug } = gone.server;
    const { handler: authorize } = await import('../../functions/authorizer.ts');
    const { context } = await authorize(authorizerEvent(slug, { 'x-api-key': [gone.key.secret] }));
    const sample = proxyEvent('mcp');
    const authorizer = { ...context, slug: newSlug(gone.projectId) };
    const event = { ...sample, requestContext: { ...sample.requestContext, authorizer } };
    const [line = ''] = await printed(() => invokeStreaming(() => import('../../functions/mcp.ts'), event));
    expect(readRecord(line)).toMatchObject({
      call: { reason: 'unknown_server', status: 404, outcome: 'rejected' },
    });
    expect(line).not.toContain(authorizer.slug);
  });

  it.each([
    ['in an event stream', 'text/event-stream'],
    ['in an answer that nobody can resume', 'application/json'],
  ])('whose server breaks off %s', async (_name, type) => {
    upstream.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': type });
      response.write(EVENT, () => response.destroy());
    };
    const happened = await request({});
    expect(happened.status).toBeUndefined();
    expect(recordOf(happened)).toMatchObject({
      outcome: 'upstream_error',
      reason: 'broken_off',
      status: 200,
      bytes_out: Buffer.byteLength(EVENT),
      api_key_id: up.key.id,
    });
  });

  it('whose client leaves amid the answer', async () => {
    upstream.answer = events(EVENT);
    const happened = await request({ client: { taking: (stream) => stream.destroy() } });
    expect(recordOf(happened)).toMatchObject({
      outcome: 'allowed',
      reason: 'client_left',
      status: 200,
      bytes_out: Buffer.byteLength(EVENT),
    });
  });

  it('whose client leaves before the answer: that is no failure of the server', async () => {
    let client: Writable | undefined;
    upstream.answer = () => client?.destroy();
    const happened = await request({
      client: {
        calling: (stream) => {
          client = stream;
        },
      },
    });
    expect(recordOf(happened)).toMatchObject({ outcome: 'allowed', reason: 'client_left', status: 499 });
  });
});

describe('the record of a call', () => {
  it('is printed once its last byte has left, and before the function returns', async () => {
    const order: string[] = [];
    upstream.answer = (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
      if (String(line).includes('"call"')) order.push('record');
      return true;
    });
    try {
      await answerTo({
        client: {
          taking: () => order.push('bytes'),
          calling: (stream) => stream.once('finish', () => order.push('end')),
        },
      });
    } finally {
      write.mockRestore();
    }
    expect(order).toEqual(['bytes', 'end', 'record']);
  });

  it('holds what was asked and answered while the project stores data, from the next request on not', async () => {
    const made = await gate(true);
    upstream.answer = json('{"jsonrpc":"2.0","id":5,"result":{"sum":3}}');
    const shown = recordOf(await request({ to: made, body: call('add') }));
    expect(shown).toMatchObject({
      tool: 'add',
      data: { arguments: { name: 'add', arguments: { a: 1 } }, result: { sum: 3 } },
    });
    await patchSettings(table, made.projectId, { log_visibility_setting: 'dont_store_data' }, ANY_REQUEST);
    const hidden = await request({ to: made, body: call('add') });
    expect(recordOf(hidden)).toMatchObject({ tool: 'add', data: null });
    expect(hidden.lines.join()).not.toContain('sum');
  });

  it('holds the client of initialize, the revision and the trace; the server gets the same trace', async () => {
    const seen: (string | undefined)[] = [];
    upstream.answer = (incoming, response) => {
      seen.push(String(incoming.headers.traceparent), incoming.headers.tracestate?.toString());
      json('{}')(incoming, response);
    };
    const params = { protocolVersion: '2025-11-25', clientInfo: { name: 'agent', version: '9' } };
    const body = JSON.stringify({ jsonrpc: '2.0', id: 5, method: 'initialize', params });
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    const headers = { 'x-api-key': up.key.secret, tracestate: 'a=1' };
    const named = { client: 'agent/9', protocol_version: '2025-11-25', method: 'initialize' };
    expect(recordOf(await request({ body, headers: { ...headers, traceparent } }))).toMatchObject({
      ...named,
      trace_id: 'ab'.repeat(16),
    });
    process.env._X_AMZN_TRACE_ID = XRAY;
    expect(recordOf(await request({ body, headers }))).toMatchObject({ ...named, trace_id: TRACE_ID });
    delete process.env._X_AMZN_TRACE_ID;
    const { trace_id } = recordOf(await request({ body, headers }));
    expect(seen).toEqual([
      traceparent,
      'a=1',
      `00-${TRACE_ID}-53995c3f42cd8ad8-01`,
      undefined,
      expect.stringMatching(`^00-${trace_id}-[0-9a-f]{16}-00$`),
      undefined,
    ]);
  });

  it('names no secret, wherever the client writes one', async () => {
    const secrets = [up.key.secret, down.key.secret, up.server.slug];
    for (const secret of secrets) {
      const params = { clientInfo: { name: secret, version: secret }, protocolVersion: secret };
      const { lines } = await request({
        headers: { 'x-api-key': up.key.secret, 'user-agent': secret, 'mcp-protocol-version': secret },
        body: JSON.stringify({ jsonrpc: '2.0', id: 5, method: secret, params }),
      });
      expect(lines).toHaveLength(1);
      for (const hidden of secrets) expect(lines.join()).not.toContain(hidden.slice(-18));
    }
  });

  it.each<[string, () => Given]>([
    ['that is relayed', () => ({})],
    ['that is refused', () => ({ headers: {} })],
    ['whose address nobody has', () => ({ to: { ...up, server: { ...up.server, slug: 'favicon.ico' } } })],
  ])('changes nothing of a request %s when it cannot be printed', async (_name, given) => {
    const expected = await request(given());
    expect(expected.lines).toHaveLength(1);
    let tries = 0;
    const failing = jest.spyOn(process.stdout, 'write').mockImplementation(() => {
      tries++;
      throw new Error('broken pipe');
    });
    try {
      const { statusCode, body } = await answerTo(given());
      expect([statusCode, body]).toEqual([expected.status, expected.body]);
    } finally {
      failing.mockRestore();
    }
    expect(tries).toBeGreaterThan(0);
  });
});

describe('a request that the authorizer keeps out leaves one record', () => {
  const REASONS: [reason: string, change: Partial<StoredProjectKey> | undefined, status: number][] = [
    ['no_key', undefined, 401],
    ['conflicting', undefined, 401],
    ['malformed', undefined, 401],
    ['unknown', undefined, 401],
    ['other_project', undefined, 401],
    ['revoked', { status: 'revoked' }, 401],
    ['expired', { expires_at: 1 }, 401],
    ['out_of_scope', { scopes: [] }, 403],
  ];
  const keyFor = (reason: string, secret: string | undefined) => {
    if (reason === 'no_key') return {};
    if (reason === 'conflicting')
      return { 'x-api-key': up.key.secret, authorization: `Bearer ${down.key.secret}` };
    if (reason === 'malformed') return { 'x-api-key': up.key.secret.slice(0, -1) };
    if (reason === 'other_project') return { 'x-api-key': down.key.secret };
    return { 'x-api-key': secret ?? generateKey('ak_') };
  };

  it.each(REASONS)('%s', async (reason, change, status) => {
    const stored = change && (await storeKey(table, up.projectId, change));
    const headers = keyFor(reason, stored?.secret);
    const happened = await request({ headers, body: call('add') });
    expect(happened.status).toBe(status);
    const presented =
      'x-api-key' in headers && reason !== 'conflicting' ? maskKey('ak_', headers['x-api-key']) : null;
    expect(recordOf(happened)).toEqual({
      project_id: up.projectId,
      mcp_server_id: up.server.server_id,
      api_key_id: null,
      source: expect.stringMatching(/^[0-9A-Za-z]{8}$/),
      n: expect.any(Number),
      at: proxyEvent('mcp').requestContext.requestTimeEpoch,
      request_id: happened.requestId,
      http_method: 'POST',
      method: null,
      tool: null,
      outcome: 'refused',
      reason,
      credential: reason,
      status,
      duration_ms: expect.any(Number),
      upstream_ms: null,
      bytes_in: 0,
      bytes_out: happened.body.length,
      client: 'probe/1.0',
      ip: '203.0.113.7',
      protocol_version: null,
      trace_id: null,
      presented,
      presented_key_id: stored?.id ?? null,
      flood_since: null,
      data: null,
    });
    const text = happened.lines.join();
    expect(text).not.toContain(up.server.slug);
    expect(text).not.toContain(down.key.id);
    for (const secret of Object.values(headers)) expect(text).not.toContain(secret.replace(/^Bearer /, ''));
  });

  it.each<[string, () => Record<string, string>, object]>([
    ['no key', () => ({}), { credential: 'no_key', presented: null, presented_key_id: null }],
    ['a valid key', () => ({ 'x-api-key': up.key.secret }), { credential: 'valid', presented: null }],
    ['the key of another project', () => ({ 'x-api-key': down.key.secret }), { credential: 'other_project' }],
  ])('a foreign origin, with %s', async (_name, key, expected) => {
    const happened = await request({ headers: { ...key(), origin: 'https://evil.example' } });
    expect(happened.status).toBe(403);
    expect(recordOf(happened)).toMatchObject({
      outcome: 'refused',
      reason: 'foreign_origin',
      api_key_id: null,
      status: 403,
      bytes_out: happened.body.length,
      ...expected,
    });
    expect(happened.lines.join()).not.toContain('evil');
  });

  it.each([
    ['that cannot be one of ours', () => 'favicon.ico'],
    ['of a server that there is not', () => newSlug(up.projectId)],
    ['of a project that there is not', () => newSlug('pr_0000000000000000')],
  ])('an address %s is counted, and nothing else of it is told', async (_name, slug) => {
    const server = { ...up.server, slug: slug() };
    const { status, lines } = await request({ to: { ...up, server } });
    const { requestTimeEpoch } = proxyEvent('mcp').requestContext;
    expect(status).toBe(404);
    expect(lines).toEqual([`{"record":"portcullis","kind":"unknown_address","at":${requestTimeEpoch}}`]);
  });

  it('none, when the store fails: nothing is known of the project', async () => {
    const lines = await printed(async () => {
      store.fault = () => ({ status: 500, body: { __type: 'InternalServerError' } });
      await expect(answerTo({})).rejects.toThrow();
    });
    expect(lines.filter((line) => line.includes('"record"'))).toEqual([]);
  });

  it('and in a flood of like ones tells since when they share a row', async () => {
    const made = await gate(true);
    const since: (number | null)[] = [];
    for (let n = 0; n < 8; n++) since.push(recordOf(await request({ to: made, headers: {} })).flood_since);
    const { requestTimeEpoch } = proxyEvent('mcp').requestContext;
    expect(since).toEqual([...Array(5).fill(null), ...Array(3).fill(requestTimeEpoch)]);
  });
});

describe('a management request', () => {
  it('tells of the use of its key, and an MCP request tells of it in its record alone', async () => {
    const { handler: authorize } = await import('../../functions/authorizer.ts');
    const { secret, id } = await storeKey(table, up.projectId);
    const event = apiAuthorizerEvent('/api/v3/org/project/config', { 'x-api-key': [secret] });
    const lines = await printed(async () => {
      await authorize(authorizerEvent(up.server.slug, { 'x-api-key': [secret] }));
      for (let n = 0; n < 3; n++) await authorize(event);
    });
    const use = { projectId: up.projectId, keyId: id, usedAt: event.requestContext.requestTimeEpoch };
    expect(lines.map(readRecord)).toEqual([{ kind: 'key_use', use }]);
  });
});

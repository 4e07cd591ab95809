import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, json } from 'node:stream/consumers';
import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type ProbeOptions, probeUpstream } from '../../functions/upstream/probe.ts';
import { type ServiceProcess, startService } from '../../local/service-process.ts';
import { startUpstream, type TestUpstream } from '../support/upstream.ts';
import { type ServerCertificate, selfSignedCertificate } from './certificate.ts';

const directory = mkdtempSync(join(tmpdir(), 'portcullis-probe-'));
const defaultAuthorities = tls.getCACertificates('default');
const DAY_MS = 86_400_000;
const day = (days: number) => new Date(Date.now() + days * DAY_MS);
const valid = selfSignedCertificate('mcp.example.test', { from: day(-1), to: day(1) });
const expired = selfSignedCertificate('mcp.example.test', { from: day(-2), to: day(-1) });

let demo: ServiceProcess;
let upstream: TestUpstream;
beforeAll(async () => {
  demo = await startService('./demo-server.ts', [], join(directory, 'demo.log'));
  upstream = await startUpstream();
});
beforeEach(() => upstream.closeConnections());
afterAll(async () => {
  upstream.close();
  await demo.stop();
  rmSync(directory, { recursive: true });
  tls.setDefaultCACertificates(defaultAuthorities);
});

const SECRET = 'Bearer stored-secret';
const RULES = { allowLoopback: true, ownHost: undefined };
const probe = (change: Partial<ProbeOptions> = {}) =>
  probeUpstream({
    url: upstream.url,
    headers: { Authorization: SECRET },
    rules: RULES,
    timeoutMs: 10_000,
    ...change,
  });

/** Rules under which every name has that address. */
const resolving = (address: string) => ({
  ...RULES,
  resolve: (_host: string, _options: object, callback: (error: null, found: LookupAddress[]) => void) =>
    callback(null, [{ address, family: 4 }]),
});

interface Rpc {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: { readonly cursor?: string };
}

/** What a hand-written server of an earlier revision answers to the requests after its handshake. */
type Respond = (request: Rpc, response: ServerResponse, incoming: IncomingMessage) => void;
const INITIALIZED = {
  protocolVersion: '2025-06-18',
  capabilities: { tools: {} },
  serverInfo: { name: 'own', version: '1' },
};

const answerJson = (response: ServerResponse, message: object) =>
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', ...message }));

/** Serves the handshake of an earlier revision and leaves everything else to the test. */
function serveLegacy(
  respond: Respond,
  initialized: object = INITIALIZED,
  headers: Record<string, string> = {},
) {
  const seen: string[] = [];
  upstream.answer = async (incoming, response) => {
    if (incoming.method !== 'POST') {
      seen.push(`${incoming.method}`);
      return void response.writeHead(405).end();
    }
    const request = (await json(incoming)) as Rpc;
    seen.push(request.method);
    if (request.method === 'server/discover') return void response.writeHead(400).end();
    if (request.method === 'notifications/initialized') return void response.writeHead(202).end();
    if (request.method !== 'initialize') return respond(request, response, incoming);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answerJson(response, { id: request.id, result: initialized });
  };
  return seen;
}

describe('a probe of a real server', () => {
  it('finds the newest protocol, the server and its tools', async () => {
    const found = await probe({ url: `http://127.0.0.1:${demo.port}/mcp` });
    expect(found).toMatchObject({
      status: 'ok',
      protocol_era: 'modern',
      protocol_version: '2026-07-28',
      server: { name: expect.stringMatching(/.+/), version: expect.stringMatching(/.+/) },
      tools: expect.arrayContaining(['echo', 'add', 'countdown']),
      tool_count: expect.any(Number),
    });
    if (found.status === 'ok') expect(found.tool_count).toBe(found.tools.length);
  });

  it('of an earlier revision ends the session that it opened, and opens no stream of its own', async () => {
    const server = new McpServer({ name: 'earlier', version: '3.2.1' });
    server.registerTool('look_up', { description: 'Looks up' }, () => ({ content: [] }));
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => 'session-1' });
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    const calls: string[] = [];
    upstream.answer = (request, response) => {
      calls.push(`${request.method} ${request.headers['mcp-session-id'] ?? 'no session'}`);
      void transport.handleRequest(request, response);
    };
    expect(await probe()).toMatchObject({
      status: 'ok',
      protocol_era: 'legacy',
      protocol_version: '2025-11-25',
      server: { name: 'earlier', version: '3.2.1' },
      tools: ['look_up'],
      tool_count: 1,
    });
    expect(calls.slice(1)).toEqual([
      'POST no session',
      'POST session-1',
      'POST session-1',
      'DELETE session-1',
    ]);
    await server.close();
  });

  it('that lists no tools finds none, and does not ask for them', async () => {
    const seen = serveLegacy((_request, response) => response.end(), { ...INITIALIZED, capabilities: {} });
    expect(await probe()).toMatchObject({ status: 'ok', tools: [], tool_count: 0 });
    expect(seen).toEqual(['server/discover', 'initialize', 'notifications/initialized']);
  });

  it('follows the pages of its tools', async () => {
    serveLegacy(({ id, params }, response) =>
      answerJson(response, {
        id,
        result: params?.cursor ? { tools: [{ name: 'b' }] } : { tools: [{ name: 'a' }], nextCursor: 'next' },
      }),
    );
    expect(await probe()).toMatchObject({ status: 'ok', tools: ['a', 'b'], tool_count: 2 });
  });

  it('reads the answer out of an event stream that does not end', async () => {
    serveLegacy(({ id }, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.write('data: {"jsonrpc":"2.0","id":"s1","method":"ping"}\n\n');
      response.write(
        `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: { tools: [{ name: 'a' }] } })}\n\n`,
      );
    });
    expect(await probe()).toMatchObject({ status: 'ok', tools: ['a'] });
  });

  it('sends the stored headers with every call, asks for plain bytes and says who it is', async () => {
    const sent: unknown[] = [];
    serveLegacy(({ id }, response) => answerJson(response, { id, result: { tools: [] } }), INITIALIZED, {
      'mcp-session-id': 's',
    });
    const { answer } = upstream;
    upstream.answer = (request, response) => {
      const { authorization, 'accept-encoding': encoding, 'user-agent': agent } = request.headers;
      sent.push([request.method, authorization, encoding, agent]);
      return answer(request, response);
    };
    await probe({ headers: { Authorization: SECRET, 'User-Agent': 'stored' } });
    const [first] = sent;
    expect(first).toEqual(['POST', SECRET, 'identity', 'stored']);
    expect(sent.map((call) => String(call).replace(/^[A-Z]+/, ''))).toEqual(
      Array(5).fill(`,${SECRET},identity,stored`),
    );
    sent.length = 0;
    await probe();
    expect(sent[0]).toEqual(['POST', SECRET, 'identity', 'portcullis-probe']);
  });

  it('is not kept by a session that does not end', async () => {
    serveLegacy(({ id }, response) => answerJson(response, { id, result: { tools: [] } }), INITIALIZED, {
      'mcp-session-id': 's',
    });
    const { answer } = upstream;
    upstream.answer = (request, response) => request.method !== 'DELETE' && answer(request, response);
    const found = await probe({ timeoutMs: 500 });
    expect(found.status).toBe('ok');
    expect(found.duration_ms).toBeLessThan(500);
  });
});

describe('a probe fails', () => {
  const failure = (reason: string, warning: RegExp) => ({
    status: 'failed',
    reason,
    warning: expect.stringMatching(warning),
    duration_ms: expect.any(Number),
  });
  const answering = (status: number, headers: Record<string, string> = {}, body = 'server text') => {
    upstream.answer = (_request, response) => response.writeHead(status, headers).end(body);
  };

  it('when the name does not resolve', async () => {
    const missing = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    const rules = {
      ...RULES,
      resolve: (_host: string, _options: object, callback: (error: Error, found: LookupAddress[]) => void) =>
        callback(missing, []),
    };
    expect(await probe({ url: 'https://mcp.portcullis.invalid/mcp', rules })).toEqual(
      failure('unresolved', /looked up again/),
    );
  });

  it.each([
    ['a name', { url: 'https://mcp.portcullis.invalid/mcp', rules: resolving('10.0.0.1') }],
    ['an address', { url: 'https://10.0.0.1/mcp' }],
  ])('for %s that is not public, without dialling it', async (_name, change) => {
    expect(await probe(change)).toEqual(failure('forbidden_address', /not public/));
  });

  it('for the gateway itself', async () => {
    const { host } = new URL(upstream.url);
    expect(await probe({ rules: { ...RULES, ownHost: host } })).toEqual(failure('loop', /gateway itself/));
  });

  it('for another address of the gateway, which says that the call has been there', async () => {
    answering(508);
    expect(await probe()).toEqual(failure('loop', /gateway itself/));
  });

  it('when nobody listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    expect(await probe({ url: `http://127.0.0.1:${port}/mcp` })).toEqual(failure('unreachable', /refused/));
  });

  it('when the server breaks off within its answer', async () => {
    upstream.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{', () => response.destroy());
    };
    expect(await probe()).toEqual(failure('unreachable', /broke off/));
  });

  it.each([
    [301, 'redirect', /final address/],
    [302, 'redirect', /final address/],
    [308, 'redirect', /final address/],
    [401, 'credential', /upstream\.headers/],
    [403, 'credential', /upstream\.headers/],
    [404, 'not_found', /path/],
    [405, 'not_found', /path/],
    [410, 'not_found', /path/],
    [400, 'not_mcp', /400/],
    [429, 'not_mcp', /429/],
    [500, 'server_error', /500/],
    [503, 'server_error', /503/],
  ])('when the server answers %i: %s', async (status, reason, warning) => {
    answering(status, { location: upstream.url, 'www-authenticate': 'Bearer error="insufficient_scope"' });
    expect(await probe()).toEqual(failure(reason, warning));
    expect(await probe()).toEqual(failure(reason, new RegExp(String(status))));
  });

  it('as not_mcp when an address that has answered knows a later call no more', async () => {
    serveLegacy((_request, response) => response.writeHead(404).end());
    expect(await probe()).toEqual(failure('not_mcp', /404/));
  });

  it('when the server does not answer', async () => {
    upstream.answer = () => {};
    expect(await probe({ timeoutMs: 50 })).toEqual(failure('too_slow', /in the time/));
  });
});

describe('a probe over TLS', () => {
  async function probeTls({ key, cert }: ServerCertificate, host: string) {
    const server = https.createServer({ key, cert }).listen(0, '127.0.0.1');
    server.on('request', (_request, response) => response.writeHead(404).end());
    await once(server, 'listening');
    const url = `https://${host}:${(server.address() as AddressInfo).port}/mcp`;
    const result = await probe({ url, rules: resolving('127.0.0.1') });
    server.closeAllConnections();
    server.close();
    return result;
  }

  it.each([
    ['a self-signed certificate', valid, 'mcp.example.test', [], /self-signed/],
    ['an expired certificate', expired, 'mcp.example.test', [expired.cert], /has expired/],
    ['the certificate of another host', valid, 'other.example.test', [valid.cert], /another host name/],
  ])('refuses %s and says so', async (_name, certificate, host, authorities, warning) => {
    tls.setDefaultCACertificates(authorities);
    expect(await probeTls(certificate, host)).toMatchObject({
      reason: 'tls',
      warning: expect.stringMatching(warning),
    });
  });

  it('passes a certificate that is trusted and valid', async () => {
    tls.setDefaultCACertificates([valid.cert]);
    expect(await probeTls(valid, 'mcp.example.test')).toMatchObject({ reason: 'not_found' });
  });

  it('says when the port does not speak TLS', async () => {
    const url = upstream.url.replace('http:', 'https:');
    expect(await probe({ url })).toMatchObject({
      reason: 'tls',
      warning: expect.stringMatching(/speaks https/),
    });
  });
});

describe('what a hostile server sends', () => {
  const TIMEOUT_MS = 1_000;
  /** For the timer itself, and for a test machine under load. */
  const SLACK_MS = 1_000;
  const hostile = async () => {
    const started = performance.now();
    const result = await probe({ timeoutMs: TIMEOUT_MS });
    expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    return result;
  };
  const flood = (response: ServerResponse, chunk: string) => {
    const more = () => {
      while (response.writable && response.write(chunk));
    };
    response.on('drain', more);
    more();
  };

  it.each([
    ['a page', 'text/html', '<!doctype html><title>server text</title>'],
    ['nothing', 'application/json', ''],
    ['no JSON', 'application/json', '{"jsonrpc":'],
    ['null', 'application/json', 'null'],
    ['an empty batch', 'application/json', '[]'],
    ['the answer to another request', 'application/json', '{"jsonrpc":"2.0","id":999,"result":{}}'],
    ['a result that is none', 'application/json', '{"jsonrpc":"2.0","id":0,"result":null}'],
    ['JSON that is nested too deep', 'application/json', '['.repeat(100_000)],
    ['an event stream without an answer', 'text/event-stream', 'data: server text\n\n'],
  ])('is no MCP: %s', async (_name, type, body) => {
    upstream.answer = (_request, response) => response.setHeader('content-type', type).end(body);
    expect(await hostile()).toMatchObject({ status: 'failed', reason: 'not_mcp' });
  });

  it('is no MCP: an encoded answer, which was not asked for', async () => {
    serveLegacy(({ id }, response) =>
      answerJson(response.setHeader('content-encoding', 'gzip'), { id, result: { tools: [] } }),
    );
    expect(await hostile()).toMatchObject({ reason: 'not_mcp' });
  });

  it.each([
    ['speaks no HTTP', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 'not_mcp'],
    ['closes at once', (socket: Socket) => socket.destroy(), 'unreachable'],
  ])('is told apart when it %s', async (_name, talk, reason) => {
    const raw = createServer((socket) => talk(socket.on('error', () => {}))).listen(0, '127.0.0.1');
    await once(raw, 'listening');
    const url = `http://127.0.0.1:${(raw.address() as AddressInfo).port}/mcp`;
    expect(await probe({ url })).toMatchObject({ status: 'failed', reason });
    raw.close();
  });

  it.each([
    ['application/json', '{"jsonrpc":"2.0",'.repeat(4_096)],
    ['application/json', ' '.repeat(65_536)],
    ['text/event-stream', ': keep waiting\n\n'.repeat(4_096)],
    ['text/event-stream', 'data: {}\n\n'.repeat(4_096)],
    ['text/event-stream', 'data: '.padEnd(65_536, 'x')],
  ])('is read to 1 MB, not to its end: %s', async (type, chunk) => {
    upstream.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': type });
      flood(response, chunk);
    };
    expect(await hostile()).toMatchObject({ status: 'failed', reason: 'not_mcp' });
  });

  it('is read to 4 MB over all answers together', async () => {
    let bytes = 0;
    serveLegacy(({ id }, response) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id, result: { tools: [], nextCursor: `${bytes}` } });
      bytes += 1_000_000;
      response.setHeader('content-type', 'application/json').end(body.padEnd(1_000_000, ' '));
    });
    expect(await hostile()).toMatchObject({ reason: 'not_mcp' });
    expect(bytes).toBe(5_000_000);
  });

  it('ends with the time when it drips', async () => {
    upstream.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const dripping = setInterval(() => response.write(': wait\n\n'), 20);
      response.on('close', () => clearInterval(dripping));
    };
    expect(await hostile()).toMatchObject({ reason: 'too_slow' });
  });

  it('is followed for 50 pages at most, though each names another one', async () => {
    let pages = 0;
    serveLegacy(({ id }, response) =>
      answerJson(response, { id, result: { tools: [{ name: `t${pages++}` }], nextCursor: `c${pages}` } }),
    );
    expect(await hostile()).toMatchObject({ status: 'ok', tool_count: 50 });
    expect(pages).toBe(50);
  });

  it('is cut: names, versions and how many', async () => {
    const tools = [
      { name: `\u0000a\u001b[31m\u202eb\n${'x'.repeat(200)}` },
      { name: 7 },
      null,
      ...Array.from({ length: 299 }, (_, n) => ({ name: `tool-${n}` })),
    ];
    const serverInfo = { name: `\r\n${'n'.repeat(200)}`, version: `1\u0007${'v'.repeat(200)}` };
    serveLegacy(({ id }, response) => answerJson(response, { id, result: { tools } }), {
      ...INITIALIZED,
      serverInfo,
    });
    const found = await hostile();
    if (found.status !== 'ok') throw new Error(found.reason);
    expect(found.tool_count).toBe(300);
    expect(found.tools).toHaveLength(200);
    expect(found.tools[0]).toMatch(/^a\[31mbx{100,}$/);
    expect(found.tools.every((name) => name.length <= 128)).toBe(true);
    expect(found.server.name).toMatch(/^n{90,100}$/);
    expect(found.server.version).toMatch(/^1v{90,99}$/);
  });

  it('changes no prototype', async () => {
    upstream.answer = async (incoming, response) => {
      const { id, method } = (await json(incoming)) as Rpc;
      if (method === 'server/discover') return void response.writeHead(400).end();
      const polluting = '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}';
      const result = JSON.stringify({ ...INITIALIZED, tools: [] }).replace('{', `{${polluting},`);
      response.setHeader('content-type', 'application/json');
      response.end(`{${polluting},"jsonrpc":"2.0","id":${JSON.stringify(id ?? null)},"result":${result}}`);
    };
    await hostile();
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('and what is stored is in no warning', async () => {
    const warnings: string[] = [];
    for (const status of [200, 302, 400, 401, 403, 404, 418, 500, 508]) {
      upstream.answer = async (request, response) => {
        const body = await buffer(request);
        response.writeHead(status, `server text ${SECRET}`, { location: 'https://server.text/' });
        response.end(`server text ${SECRET} ${body}`);
      };
      const result = await probe();
      if (result.status === 'failed') warnings.push(result.warning);
    }
    expect(warnings).toHaveLength(9);
    expect(warnings.join('\n')).not.toMatch(/server.text|stored-secret|Bearer/);
  });

  it('leaves no connection open that is in use', async () => {
    const sockets = new Set<Socket>();
    upstream.answer = ({ socket }, response) => {
      sockets.add(socket);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': wait\n\n');
    };
    await probe({ timeoutMs: 100 });
    for (const socket of sockets) if (!socket.destroyed) await once(socket, 'close');
    expect(sockets.size).toBe(1);
  });
});

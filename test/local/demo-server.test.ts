import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { InMemoryServerEventBus } from '@modelcontextprotocol/server';
import { createDemo } from '../../local/demo-server/demo.ts';
import { EventLog } from '../../local/demo-server/event-log.ts';
import { LaunchLog } from '../../local/demo-server/launch-log.ts';
import { Sessions } from '../../local/demo-server/sessions.ts';
import { type ServiceProcess, startService } from '../../local/service-process.ts';
import { type Answer, send } from '../support/gateway.ts';

const directory = mkdtempSync(join(tmpdir(), 'portcullis-demo-'));
let demo: ServiceProcess;
let url: string;
beforeAll(async () => {
  demo = await startService('./demo-server.ts', [], join(directory, 'demo.log'));
  url = `http://127.0.0.1:${demo.port}/mcp`;
});
afterAll(async () => {
  await demo.stop();
  rmSync(directory, { recursive: true });
});

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
};

function rpc(method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}

function call(method: string, params: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
  return send('POST', url, { ...HEADERS, ...headers }, rpc(method, params));
}

/** @returns the header that names a new session */
async function newSession(): Promise<{ 'mcp-session-id': string }> {
  const { headers } = await call('initialize', INITIALIZE);
  return { 'mcp-session-id': String(headers['mcp-session-id']) };
}

/** @returns the head of the answer to a GET, its stream still to come */
async function openStream(headers: Record<string, string>): Promise<IncomingMessage> {
  const request = http.get(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response.setEncoding('utf8');
}

async function connected(era: 'legacy' | { pin: '2026-07-28' }): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: era } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  return client;
}

describe('the demo MCP server', () => {
  it.each([['legacy'], [{ pin: '2026-07-28' }]] as const)('serves the era %j with progress', async (era) => {
    const client = await connected(era);
    const { tools } = await client.listTools();
    const own = tools.map(({ name }) => name).filter((name) => !name.startsWith('test_'));
    expect(own).toEqual(['echo', 'add', 'countdown', 'whoami', 'json_schema_2020_12_tool', 'forecast']);
    const steps: number[] = [];
    const counted = await client.callTool(
      { name: 'countdown', arguments: { from: 3 } },
      { onprogress: ({ progress }) => void steps.push(progress) },
    );
    expect([steps, counted.content]).toEqual([[1, 2, 3], [{ type: 'text', text: 'lift-off' }]]);
    const sum = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } });
    expect(sum.content).toEqual([{ type: 'text', text: '5' }]);
    await client.close();
  });

  it('names the headers that reached it, never their values', async () => {
    const { body } = await call(
      'tools/call',
      { name: 'whoami', arguments: {} },
      { 'x-api-key': 'ak_secret', via: '1.1 somebody' },
    );
    expect(body).toContain('x-api-key');
    expect(body).toContain('1.1 somebody');
    expect(body).not.toContain('ak_secret');
  });

  it.each([{ host: 'evil.example.com' }, { origin: 'http://evil.example.com' }])(
    'refuses a page that is not of this machine: %j',
    async (headers) => {
      expect((await call('tools/list', {}, headers)).status).toBe(403);
    },
  );
});

describe('without a session', () => {
  it('an early client may call at once', async () => {
    const answer = await call('tools/list');
    expect(answer.status).toBe(200);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
  });

  it.each(['GET', 'DELETE'])('%s has nothing to act on: 405', async (method) => {
    expect((await send(method, url, HEADERS)).status).toBe(405);
  });

  it.each(['{"jsonrpc":', ''])('the body %j is answered 400', async (body) => {
    expect((await send('POST', url, HEADERS, body)).status).toBe(400);
  });
});

describe('a session', () => {
  it('opens with initialize and ends with DELETE: then its id is unknown', async () => {
    const session = await newSession();
    expect((await call('tools/list', {}, session)).status).toBe(200);
    expect((await send('DELETE', url, session)).status).toBe(200);
    expect((await call('tools/list', {}, session)).status).toBe(404);
  });

  it('answers a client that comes back after its stream was closed', async () => {
    const session = await newSession();
    const version = { 'mcp-protocol-version': '2025-11-25' };
    const cut = await call('tools/call', { name: 'test_reconnection' }, { ...session, ...version });
    expect(cut.body).not.toContain('You came back.');
    const [, lastEventId = ''] = /^id: (.+)$/m.exec(cut.body) ?? [];
    const rest = await send('GET', url, { ...HEADERS, ...session, 'last-event-id': lastEventId });
    expect(rest.body).toContain('You came back.');
  });

  it('replays what followed an event on its own stream, and nothing of another one', async () => {
    const log = new EventLog();
    const store = (stream: string, method: string) => log.storeEvent(stream, { jsonrpc: '2.0', method });
    const seen = await store('a', 'seen');
    await store('b', 'of another stream');
    await store('a', 'missed');
    const sent: unknown[] = [];
    const stream = await log.replayEventsAfter(seen, {
      send: async (id, message) => void sent.push([id, message]),
    });
    expect([stream, sent]).toEqual(['a', [['3', { jsonrpc: '2.0', method: 'missed' }]]]);
  });

  it('knows only events of its own', async () => {
    const stream = await openStream({ ...(await newSession()), 'last-event-id': '99' });
    expect(stream.statusCode).toBe(400);
    stream.resume();
  });

  it('has one stream for what nobody asked for, and lets another one follow it', async () => {
    const session = await newSession();
    const first = await openStream(session);
    const second = await openStream(session);
    expect([first.statusCode, second.statusCode]).toEqual([200, 409]);
    second.resume();

    first.destroy();
    let third = await openStream(session);
    // The server learns a moment later that the first one has gone.
    const deadline = performance.now() + 5_000;
    while (third.statusCode === 409 && performance.now() < deadline) {
      third.resume();
      third = await openStream(session);
    }
    expect(third.statusCode).toBe(200);
    third.destroy();
  });

  it('hears of the resource that it subscribed to, until it unsubscribes', async () => {
    const session = await newSession();
    const uri = 'test://watched-resource';
    const stream = await openStream(session);
    const launch = () => call('tools/call', { name: 'countdown', arguments: { from: 1 } });
    const changeTools = () => call('tools/call', { name: 'test_trigger_tool_change' });
    const nextMethod = async (): Promise<unknown> => {
      const [event] = (await once(stream, 'data')) as [string];
      return JSON.parse(/^data: (.+)$/m.exec(event)?.[1] ?? '').method;
    };

    await call('resources/subscribe', { uri }, session);
    const [updated] = await Promise.all([nextMethod(), launch()]);
    await call('resources/unsubscribe', { uri }, session);
    const [next] = await Promise.all([nextMethod(), launch().then(changeTools)]);
    expect([updated, next]).toEqual(['notifications/resources/updated', 'notifications/tools/list_changed']);
    stream.destroy();
  });

  it('makes room for a newer one, the one used least recently first', async () => {
    const changes = new InMemoryServerEventBus();
    const sessions = new Sessions(() => createDemo(changes, new LaunchLog(changes)), changes, 2);
    const request = () => new Request(url, { method: 'POST', headers: HEADERS });
    const open = async (): Promise<string> => {
      const body = JSON.parse(rpc('initialize', INITIALIZE));
      const response = await sessions.open(request(), body);
      await response.body?.cancel();
      return String(response.headers.get('mcp-session-id'));
    };
    const use = async (id: string): Promise<number> => {
      const named = new Request(request(), { headers: { ...HEADERS, 'mcp-session-id': id } });
      const response = await sessions.serve(id, named, JSON.parse(rpc('ping')));
      await response.body?.cancel();
      return response.status;
    };

    const [first, second] = [await open(), await open()];
    expect(await use(first)).toBe(200);
    const third = await open();
    expect([await use(first), await use(second), await use(third)]).toEqual([200, 404, 200]);
    expect(changes.listenerCount).toBe(2);
    await sessions.close();
    expect(changes.listenerCount).toBe(0);
  });
});

import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Gateway, initialize, send, startGateway } from '../support/gateway.ts';
import {
  type ManagementClient,
  managementClient,
  type Page,
  parsed,
  type RequestHeaders,
  type Resource,
  refusal,
  SERVERS,
  serverPath,
} from '../support/management.ts';
import { startUpstream, type TestUpstream } from '../support/upstream.ts';

const NOT_FOUND = { status: 404, body: '{"error": "MCP server not found"}' };
const SECRET = `hidden-${crypto.randomUUID()}`;

let gateway: Gateway;
let client: ManagementClient;
/** Two MCP servers of an earlier revision, each of which says in its answers which one it is. */
let first: TestUpstream;
let second: TestUpstream;
/** The headers of the last call that reached one of them. */
let seen: IncomingHttpHeaders;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  [first, second] = [await startUpstream(), await startUpstream()];
});
beforeEach(() => {
  serveLegacy(first, 'first');
  serveLegacy(second, 'second');
});
afterAll(async () => {
  first.close();
  second.close();
  await gateway.stop();
});

function serveLegacy(upstream: TestUpstream, name: string): void {
  upstream.answer = async (request, response) => {
    seen = request.headers;
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { id, method } = (await json(request)) as { id?: unknown; method: string };
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name, version: '1' },
      },
      'tools/list': { tools: ['look_up', 'delete_all'].map((tool) => ({ name: tool, inputSchema: {} })) },
    };
    if (id === undefined) return void response.writeHead(202).end();
    const result = results[method];
    if (result === undefined) return void response.writeHead(400).end();
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  };
}

/** @returns the first key of a project of the test's own, whose gate is down */
const newProject = async () => (await client.newProject()).key;

interface Fields {
  readonly headers?: object;
  readonly name?: string;
}
const at = (url: string, { headers, ...more }: Fields = {}) => ({
  upstream: { kind: 'http', url, ...(headers && { headers }) },
  ...more,
});
const register = (owner: string, url: string, name = 'Refused') =>
  client.call(`POST ${SERVERS}`, owner, at(url, { name }));
const registered = (owner: string, url = first.url, more: Fields = {}) =>
  client.newServer(owner, at(url, more));
const read = async (owner: string, id: string): Promise<Resource> =>
  parsed(await client.call(`GET ${serverPath(id)}`, owner));
const patch = (owner: string, id: string, body: object, headers?: RequestHeaders) =>
  client.call(`PATCH ${serverPath(id)}`, owner, body, headers);
const remove = (owner: string, id: string, headers?: RequestHeaders) =>
  client.call(`DELETE ${serverPath(id)}`, owner, undefined, headers);
const rotateUrl = (owner: string, id: string, headers?: RequestHeaders) =>
  client.call(`POST ${serverPath(id)}/rotate_url`, owner, undefined, headers);
const clients = (owner: string, id: string) => client.call(`GET ${serverPath(id)}/clients`, owner);
const list = async (owner: string, query = ''): Promise<Page> =>
  parsed(await client.call(`GET ${SERVERS}${query}`, owner));

/** @returns the name of the server that a call reaches */
const reached = async (mcpUrl: string): Promise<string> =>
  parsed(await initialize(mcpUrl)).result.serverInfo.name;
const toolNames = async (mcpUrl: string): Promise<string[]> => {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const answer = await send('POST', mcpUrl, headers, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
  return parsed(answer).result.tools.map(({ name }: { name: string }) => name);
};

describe('a new server', () => {
  it('is answered with what a client of the newest protocol finds there', async () => {
    const { probe } = await registered(await newProject(), gateway.upstreamUrl);
    expect(probe).toMatchObject({
      status: 'ok',
      protocol_era: 'modern',
      protocol_version: '2026-07-28',
      server: { name: 'portcullis-demo', version: expect.any(String) },
      tools: expect.arrayContaining(['echo', 'add']),
      tool_count: expect.any(Number),
      duration_ms: expect.any(Number),
    });
  });

  it('of an earlier protocol is answered with what a client of that finds there', async () => {
    const { probe } = await registered(await newProject());
    expect(probe).toEqual({
      status: 'ok',
      protocol_era: 'legacy',
      protocol_version: '2025-06-18',
      server: { name: 'first', version: '1' },
      tools: ['look_up', 'delete_all'],
      tool_count: 2,
      duration_ms: expect.any(Number),
    });
  });

  it.each([
    ['whose host does not resolve', async () => 'https://mcp.example.invalid/mcp', 'unresolved'],
    ['that does not run', closedPort, 'unreachable'],
    ['that does not take the credentials', async () => answering(401), 'credential'],
    ['that is somewhere else', async () => answering(404), 'not_found'],
    ['that fails', async () => answering(503), 'server_error'],
  ])('%s is there all the same, with the reason', async (_name, url, reason) => {
    const owner = await newProject();
    const server = await registered(owner, await url(), { headers: { authorization: `Bearer ${SECRET}` } });
    expect(server.probe).toEqual({
      status: 'failed',
      reason,
      warning: expect.stringMatching(/^[A-Z].*\.$/),
      duration_ms: expect.any(Number),
    });
    expect(JSON.stringify(server)).not.toContain(SECRET);
    expect(await list(owner)).toEqual({ items: [server], next_cursor: null });
  });

  it('at a private address is refused, and not there', async () => {
    const owner = await newProject();
    const refused = await register(owner, 'https://10.0.0.1/mcp');
    expect(refusal(refused)).toEqual([400, 10400]);
    expect(JSON.parse(refused.body).error.errors).toEqual([expect.stringMatching(/^upstream\.url: /)]);
    expect((await list(owner)).items).toEqual([]);
  });

  it('takes no name that another server has, however it is written', async () => {
    const owner = await newProject();
    await registered(owner, first.url, { name: 'Docs' });
    expect(refusal(await register(owner, first.url, 'DOCS '))).toEqual([409, 10409]);
    expect((await list(owner)).items).toHaveLength(1);
  });

  async function closedPort(): Promise<string> {
    const upstream = createServer().listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const address = upstream.address();
    upstream.close();
    await once(upstream, 'close');
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/mcp`;
  }

  function answering(status: number): string {
    first.answer = (request, response) => {
      request.resume();
      response.writeHead(status).end();
    };
    return first.url;
  }
});

describe('the list of servers', () => {
  it('loses and repeats nothing when servers are created and deleted between two pages', async () => {
    const owner = await newProject();
    const made = [];
    for (let n = 0; n < 6; n++) made.push(await registered(owner));
    const ids = made.map(({ id }) => id);
    const start = await list(owner, '?limit=2');
    expect(start.items).toEqual(made.slice(0, 2));
    // The row that the cursor stands on goes, and one that is to come.
    for (const id of [ids[1], ids[3]]) expect((await remove(owner, String(id))).status).toBe(204);
    const late = await registered(owner);
    const middle = await list(owner, `?limit=2&cursor=${start.next_cursor}`);
    const end = await list(owner, `?limit=2&cursor=${middle.next_cursor}`);
    expect([...middle.items, ...end.items].map(({ id }) => id)).toEqual([ids[2], ids[4], ids[5], late.id]);
    expect(end.next_cursor).toBeNull();
  });
});

describe('a server that is changed', () => {
  it('keeps its id and address, and answers as it is by then', async () => {
    const owner = await newProject();
    const server = await registered(owner);
    const change = {
      name: 'Renamed',
      allowed_tools: ['look_up'],
      allowed_origins: ['https://app.example.com'],
    };
    const changed: Resource = parsed(await patch(owner, server.id, change));
    expect(changed).toEqual({ ...server, ...change, updated_at: expect.any(String) });
    expect(Date.parse(changed.updated_at)).toBeGreaterThan(Date.parse(server.updated_at));
    expect(await read(owner, server.id)).toEqual(changed);
    expect((await list(owner)).items).toEqual([changed]);
  });

  it('shows its new tools, and lets its new origins in, from the next call on', async () => {
    const owner = await newProject();
    const { id, mcp_url } = await registered(owner);
    const origin = { origin: 'https://app.example.com' };
    for (let n = 0; n < 5; n++) {
      parsed(await patch(owner, id, { allowed_tools: ['look_up'], allowed_origins: [origin.origin] }));
      expect(await toolNames(mcp_url)).toEqual(['look_up']);
      expect((await initialize(mcp_url, origin)).status).toBe(200);
      parsed(await patch(owner, id, { allowed_tools: null, allowed_origins: [] }));
      expect(await toolNames(mcp_url)).toEqual(['look_up', 'delete_all']);
      expect((await initialize(mcp_url, origin)).status).toBe(403);
    }
  });

  it('is another upstream for the very next call, twenty times', async () => {
    const owner = await newProject();
    const { id, mcp_url } = await registered(owner);
    const names: string[] = [];
    for (let n = 0; n < 20; n++) {
      const { url } = n % 2 === 0 ? second : first;
      const changed = parsed(await patch(owner, id, { upstream: { url, headers: {} } }));
      expect(changed.upstream).toEqual({ kind: 'http', url, headers: {} });
      names.push(await reached(mcp_url));
    }
    expect(names).toEqual(Array(10).fill(['second', 'first']).flat());
  });

  it('is looked at anew with its upstream', async () => {
    const owner = await newProject();
    const { id } = await registered(owner);
    const changed = parsed(await patch(owner, id, { upstream: { url: second.url, headers: {} } }));
    expect(changed.probe).toMatchObject({ status: 'ok', server: { name: 'second' } });
    const gone = { upstream: { url: 'https://mcp.example.invalid/mcp', headers: {} } };
    expect(parsed(await patch(owner, id, gone)).probe).toMatchObject({
      status: 'failed',
      reason: 'unresolved',
    });
    expect(
      refusal(await patch(owner, id, { upstream: { url: 'https://10.0.0.1/mcp', headers: {} } })),
    ).toEqual([400, 10400]);
    expect(await read(owner, id)).toMatchObject(gone);
  });

  it('does not send its headers to another port, unless they come anew', async () => {
    const owner = await newProject();
    const headers = { authorization: `Bearer ${SECRET}` };
    const { id, mcp_url } = await registered(owner, first.url, { headers });
    const before = await read(owner, id);
    const refused = await patch(owner, id, { name: 'Else', upstream: { url: second.url } });
    expect(refusal(refused)).toEqual([400, 10400]);
    expect(JSON.parse(refused.body).error.errors).toEqual([expect.stringMatching(/^upstream\.headers: /)]);
    expect(await read(owner, id)).toEqual(before);
    expect(await reached(mcp_url)).toBe('first');

    parsed(await patch(owner, id, { upstream: { url: second.url, headers: { 'x-other': 'value' } } }));
    expect(await reached(mcp_url)).toBe('second');
    expect(seen).toMatchObject({ 'x-other': 'value' });
    expect(seen).not.toHaveProperty('authorization');
  });

  it('keeps its headers on another path of its host', async () => {
    const owner = await newProject();
    const headers = { authorization: `Bearer ${SECRET}` };
    const { id, mcp_url } = await registered(owner, first.url, { headers });
    parsed(await patch(owner, id, { upstream: { url: `${first.url}/other` } }));
    expect(await reached(mcp_url)).toBe('first');
    expect(seen).toMatchObject(headers);
  });

  it('has its new headers alone: they replace the old ones whole', async () => {
    const owner = await newProject();
    const { id, mcp_url } = await registered(owner, first.url, { headers: { 'x-a': 'one', 'x-b': 'two' } });
    const changed = parsed(await patch(owner, id, { upstream: { headers: { 'X-C': SECRET } } }));
    expect(changed.upstream.headers).toEqual({ 'x-c': 'hidd...' });
    await reached(mcp_url);
    expect(seen).toMatchObject({ 'x-c': SECRET });
    for (const gone of ['x-a', 'x-b']) expect(seen).not.toHaveProperty(gone);
  });

  it('does not take a masked value for a real one', async () => {
    const owner = await newProject();
    const headers = { authorization: `Bearer ${SECRET}`, 'x-pin': '1234' };
    const { id, mcp_url } = await registered(owner, first.url, { headers });
    const { upstream } = await read(owner, id);
    const refused = await patch(owner, id, { upstream });
    expect(refusal(refused)).toEqual([400, 10400]);
    expect(JSON.parse(refused.body).error.errors).toEqual([
      expect.stringMatching(/^upstream\.headers\.authorization: /),
      expect.stringMatching(/^upstream\.headers\.x-pin: /),
    ]);
    await reached(mcp_url);
    expect(seen).toMatchObject(headers);
  });
});

describe('a server that is deleted', () => {
  it('is not found at once on both planes, gone from the list, and leaves its name', async () => {
    const owner = await newProject();
    const { id, mcp_url } = await registered(owner, first.url, { name: 'Docs' });
    const kept = await registered(owner);
    expect(await reached(mcp_url)).toBe('first');
    expect(await remove(owner, id)).toMatchObject({ status: 204, body: '' });
    expect(await initialize(mcp_url)).toMatchObject(NOT_FOUND);
    expect(await initialize(mcp_url, { 'x-api-key': owner })).toMatchObject(NOT_FOUND);
    expect((await list(owner)).items).toEqual([kept]);
    for (const asked of [
      client.call(`GET ${serverPath(id)}`, owner),
      patch(owner, id, { name: 'Else' }),
      rotateUrl(owner, id),
      clients(owner, id),
      remove(owner, id),
    ]) {
      expect(refusal(await asked)).toEqual([404, 10404]);
    }
    expect(await reached(kept.mcp_url)).toBe('first');
    await registered(owner, first.url, { name: 'Docs' });
    expect(await initialize(mcp_url)).toMatchObject(NOT_FOUND);
  });
});

describe('the address of a server', () => {
  const ROTATIONS = 20;
  const CALLERS = 3;

  it(`is replaced: around ${ROTATIONS} rotations no call that is sent later passes at the old one`, async () => {
    const owner = await newProject();
    const { id, mcp_url } = await registered(owner);
    let current = mcp_url;
    let running = true;
    const calls: { mcpUrl: string; sentAt: number; receivedAt: number; answer: Answer }[] = [];
    const call = async (mcpUrl: string) => {
      const sentAt = performance.now();
      const answer = await initialize(mcpUrl);
      calls.push({ mcpUrl, sentAt, receivedAt: performance.now(), answer });
    };
    const callers = Array.from({ length: CALLERS }, async () => {
      while (running) await call(current);
    });
    /** When each old address went: from `sentAt` on it may be gone, and from `answeredAt` on it must be. */
    const ends = new Map<string, { sentAt: number; answeredAt: number }>();
    for (let n = 0; n < ROTATIONS; n++) {
      const old = current;
      const sentAt = performance.now();
      const rotated: Resource = parsed(await rotateUrl(owner, id));
      ends.set(old, { sentAt, answeredAt: performance.now() });
      expect(rotated).toMatchObject({ id, mcp_url: `${gateway.url}/${rotated.slug}` });
      for (const mcpUrl of [old, rotated.mcp_url, old]) await call(mcpUrl);
      current = rotated.mcp_url;
    }
    running = false;
    await Promise.all(callers);

    const isLate = ({ mcpUrl, sentAt }: (typeof calls)[number]) =>
      sentAt > (ends.get(mcpUrl)?.answeredAt ?? Number.POSITIVE_INFINITY);
    const isEarly = ({ mcpUrl, receivedAt }: (typeof calls)[number]) =>
      receivedAt < (ends.get(mcpUrl)?.sentAt ?? Number.POSITIVE_INFINITY);
    const late = calls.filter(isLate);
    expect(late.length).toBeGreaterThanOrEqual(2 * ROTATIONS);
    expect(late.map(({ answer }) => answer)).toEqual(late.map(() => expect.objectContaining(NOT_FOUND)));
    expect(calls.filter(isEarly).filter(({ answer }) => answer.status !== 200)).toEqual([]);
    expect(calls.filter(isEarly).length).toBeGreaterThanOrEqual(ROTATIONS);
    expect(await read(owner, id)).toMatchObject({ mcp_url: current });
  });
});

describe('what to paste into a client', () => {
  it('has the address and a header in every entry, and no secret', async () => {
    const owner = await newProject();
    const headers = { authorization: `Bearer ${SECRET}` };
    const { id, mcp_url } = await registered(owner, first.url, { name: 'My docs', headers });
    const answer = await clients(owner, id);
    const { mcp_url: pasted, items } = parsed(answer);
    expect(pasted).toBe(mcp_url);
    expect(items.length).toBeGreaterThanOrEqual(10);
    for (const entry of items) {
      expect(entry).toEqual({
        client: expect.stringMatching(/^[a-z0-9-]+$/),
        title: expect.any(String),
        kind: expect.stringMatching(/^(command|file|code|settings)$/),
        files: expect.any(Array),
        language: expect.any(String),
        content: expect.stringContaining(mcp_url),
        header: expect.stringMatching(/^(authorization|x-api-key)$/),
      });
      expect(entry.content).toMatch(/ak_your_api_key|PORTCULLIS_API_KEY|\$\{input:/);
    }
    expect(answer.body).not.toContain(owner);
    expect(answer.body).not.toContain(SECRET);
    expect(answer.body).not.toContain(first.url);
  });

  it('has the new address when it was replaced', async () => {
    const owner = await newProject();
    const { id, slug } = await registered(owner);
    const rotated: Resource = parsed(await rotateUrl(owner, id));
    const { body } = await clients(owner, id);
    expect(body).toContain(rotated.mcp_url);
    expect(body).not.toContain(slug);
  });
});

describe('a new server with an Idempotency-Key', () => {
  const add = (owner: string, key: string, name: string) =>
    client.call(`POST ${SERVERS}`, owner, at(first.url, { name }), { 'idempotency-key': key });

  it('is made once, and answered again as it is by then', async () => {
    const owner = await newProject();
    const made = await add(owner, 'request-1', 'Docs');
    const again = await add(owner, 'request-1', 'Docs');
    const server: Resource = parsed(made, 201);
    expect(made.headers['idempotent-replayed']).toBeUndefined();
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(parsed(again, 201)).toEqual(server);
    const changed = parsed(await patch(owner, server.id, { name: 'Renamed' }));
    expect(parsed(await add(owner, 'request-1', 'Docs'), 201)).toEqual(changed);
    expect((await list(owner)).items).toEqual([changed]);
  });

  it('is a conflict with another body, and is not made', async () => {
    const owner = await newProject();
    parsed(await add(owner, 'request-1', 'Docs'), 201);
    expect(refusal(await add(owner, 'request-1', 'Other'))).toEqual([409, 10409]);
    expect((await list(owner)).items.map(({ name }) => name)).toEqual(['Docs']);
  });
});

describe('a change of a server with If-Match', () => {
  const changes = {
    'another name': (owner: string, id: string, headers: RequestHeaders) =>
      patch(owner, id, { name: 'Changed' }, headers),
    'a new address': rotateUrl,
    'its end': remove,
  };

  it.each(Object.entries(changes))(
    '(%s) is made of the version that the client has read',
    async (_name, change) => {
      for (const anyVersion of [false, true]) {
        const owner = await newProject();
        const { id, mcp_url } = await registered(owner);
        const version = async () => (await client.read(serverPath(id), owner)).etag;
        const stale = await version();
        const touched = await patch(owner, id, { allowed_tools: null });
        expect(touched.headers.etag).toBe(await version());
        expect(touched.headers.etag).not.toBe(stale);

        const before = await read(owner, id);
        expect(refusal(await change(owner, id, { 'if-match': stale }))).toEqual([409, 10409]);
        expect(await read(owner, id)).toEqual(before);
        expect(await reached(mcp_url)).toBe('first');
        const known = anyVersion ? '*' : await version();
        expect([200, 204]).toContain((await change(owner, id, { 'if-match': known })).status);
      }
    },
  );
});

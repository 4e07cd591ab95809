import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generated } from '../../client/generate.ts';
import {
  createPortcullis,
  isPortcullisError,
  PortcullisConnectionError,
  PortcullisError,
} from '../../client/index.ts';

const KEY = 'ak_thisIsTheKeyOfTheTestAndNoOther';
const ENVELOPE = {
  message: 'Too many requests',
  code: 10429,
  slug: 'HTTP_TooManyRequests',
  status: 429,
  request_id: 'r-1',
};

let server: Server;
let url: string;
/** What the server answers, one after the other; the last one for ever. */
let script: ((request: IncomingMessage, response: ServerResponse) => void)[];
let received: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];

beforeEach(async () => {
  script = [];
  received = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    const step = script.length > 1 ? script.shift() : script[0];
    step?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const json =
  (status: number, body: unknown, headers = {}) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'r-1', ...headers });
    response.end(JSON.stringify(body));
  };
const reset = (request: IncomingMessage) => request.socket.destroy();
const error = (status: number, slug = 'HTTP_InternalServerError') =>
  json(status, { error: { ...ENVELOPE, status, slug } });
const throttled = json(429, { error: ENVELOPE }, { 'retry-after': '0' });
const page = (items: unknown[], next_cursor: string | null) => json(200, { items, next_cursor });

const client = (options = {}) =>
  createPortcullis({ url, apiKey: KEY, organizationKey: 'oak_other', ...options });

describe('a call', () => {
  it('is sent as the document says, with the key of its plane alone', async () => {
    script = [json(200, { id: 'key_1' }, { etag: '"7"' })];
    const answer = await client().request('updateApiKey', {
      path: { id: 'a/b ?' },
      headers: { 'if-match': '"6"' },
      body: { name: 'New' },
    });
    expect(received).toEqual([
      expect.objectContaining({
        method: 'PATCH',
        url: '/api/v3/org/project/api_keys/a%2Fb%20%3F',
        body: '{"name":"New"}',
      }),
    ]);
    expect(received[0]?.headers).toMatchObject({
      'x-api-key': KEY,
      'if-match': '"6"',
      'content-type': 'application/json',
    });
    expect(received[0]?.headers).not.toHaveProperty('x-org-api-key');
    expect(answer).toMatchObject({ status: 200, requestId: 'r-1', data: { id: 'key_1' } });
    expect(answer.headers.get('etag')).toBe('"7"');
    await client().listProjects();
    expect(received[1]?.headers).toMatchObject({ 'x-org-api-key': 'oak_other' });
    expect(received[1]?.headers).not.toHaveProperty('x-api-key');
  });

  it('of what has no answer is undefined', async () => {
    script = [(_, response) => response.writeHead(204).end()];
    expect(await client().revokeApiKey({ path: { id: 'key_1' } })).toBeUndefined();
  });

  it('needs its key before anything is sent', async () => {
    await expect(createPortcullis({ url }).getProjectConfig()).rejects.toThrow(
      'getProjectConfig needs an apiKey',
    );
    await expect(createPortcullis({ url, apiKey: KEY }).listProjects()).rejects.toThrow(
      'listProjects needs the organizationKey',
    );
    expect(received).toEqual([]);
  });

  it('can be ended, with the reason that is given', async () => {
    script = [() => {}];
    const ending = new AbortController();
    const call = client().getProjectConfig({ signal: ending.signal });
    const reason = new Error('enough');
    setTimeout(() => ending.abort(reason), 20);
    await expect(call).rejects.toBe(reason);
  });
});

describe('an error', () => {
  it('is told by its slug', async () => {
    script = [
      json(409, {
        error: {
          ...ENVELOPE,
          status: 409,
          slug: 'HTTP_Conflict',
          suggested_fix: 'Read it again',
          errors: ['a: b'],
        },
      }),
    ];
    const failure = await client()
      .createApiKey({ body: { name: 'x' } })
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(PortcullisError);
    expect(isPortcullisError(failure, 'HTTP_Conflict')).toBe(true);
    expect(isPortcullisError(failure, 'HTTP_NotFound')).toBe(false);
    expect(failure).toMatchObject({
      status: 409,
      requestId: 'r-1',
      suggestedFix: 'Read it again',
      errors: ['a: b'],
    });
  });

  it.each([
    ['HTML of some proxy', 502, 'text/html', '<html>Bad gateway</html>'],
    ['JSON without an error', 403, 'application/json', '{"message":"Forbidden"}'],
    ['JSON that breaks off', 200, 'application/json', '{"items":['],
    ['a page where JSON was asked for', 200, 'text/html', '<html>Sign in</html>'],
  ])('is no gateway: %s', async (_, status, type, body) => {
    script = [(__, response) => response.writeHead(status, { 'content-type': type }).end(body)];
    const failure = client({ retries: 0 }).listApiKeys();
    await expect(failure).rejects.toBeInstanceOf(PortcullisConnectionError);
    await expect(failure).rejects.toThrow(`${url} answered ${status} with something that no gateway answers`);
  });

  it('does not take a key anywhere else: a redirect is one', async () => {
    script = [(_, response) => response.writeHead(307, { location: `${url}/elsewhere` }).end()];
    await expect(client({ retries: 0 }).getProjectConfig()).rejects.toBeInstanceOf(PortcullisConnectionError);
    expect(received).toHaveLength(1);
  });

  it('says what could not be reached, and never a key', async () => {
    script = [reset];
    const failure = await client({ retries: 0 })
      .getProjectConfig()
      .catch((thrown: unknown) => thrown);
    expect(String(failure)).toContain(`${url} cannot be reached`);
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain(KEY);
    script = [() => {}];
    await expect(client({ retries: 0, timeoutMs: 50 }).getProjectConfig()).rejects.toThrow(
      'did not answer in time',
    );
  });
});

describe('what is sent again', () => {
  const NEW_SERVER = { name: 'Docs', upstream: { kind: 'http', url: 'https://x.invalid' } } as const;

  it.each([
    ['a fault', error(500)],
    ['a failed function', error(502)],
    ['a lost connection', reset],
  ])('is a reading after %s', async (_, fault) => {
    script = [fault, fault, page([], null)];
    expect(await client().listApiKeys()).toEqual({ items: [], next_cursor: null });
    expect(received).toHaveLength(3);
  });

  it('ends with the last error', async () => {
    script = [error(500)];
    await expect(client({ retries: 1 }).listApiKeys()).rejects.toMatchObject({ status: 500 });
    expect(received).toHaveLength(2);
  });

  it('is a creation that is known again by its Idempotency-Key, and no other', async () => {
    script = [reset, json(201, {})];
    await client().createMcpServer({ body: NEW_SERVER });
    const keys = received.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(received[1]?.body).toBe(JSON.stringify(NEW_SERVER));
  });

  it.each([
    ['createApiKey', { body: { name: 'x' } }],
    ['rotateApiKey', { path: { id: 'key_1' } }],
    ['updateProjectConfig', { body: {} }],
    ['revokeApiKey', { path: { id: 'key_1' } }],
    ['createProject', { body: { name: 'x' } }],
  ] as const)('is not %s, which may have happened', async (id, parameters) => {
    for (const fault of [reset, error(502)]) {
      received = [];
      script = [fault];
      await expect(client().request(id, parameters as never)).rejects.toThrow();
      expect(received).toHaveLength(1);
    }
  });

  it('is anything that was throttled, when it is told to', async () => {
    script = [throttled, json(201, {})];
    await client().createApiKey({ body: { name: 'x' } });
    expect(received).toHaveLength(2);
    script = [throttled];
    await expect(client({ retries: 0 }).listApiKeys()).rejects.toMatchObject({
      retryAfterSeconds: 0,
      slug: 'HTTP_TooManyRequests',
    });
  });
});

describe('the rows of a list', () => {
  it('come page by page, as they are asked for', async () => {
    script = [page([{ id: 1 }, { id: 2 }], 'c 1'), page([], 'c2'), page([{ id: 3 }], null)];
    const rows: unknown[] = [];
    for await (const row of client().paginate('listApiKeys', { query: { limit: 2 } })) {
      rows.push(row.id);
      if (rows.length === 1) expect(received).toHaveLength(1);
    }
    expect(rows).toEqual([1, 2, 3]);
    expect(received.map((request) => request.url)).toEqual([
      '/api/v3/org/project/api_keys?limit=2',
      '/api/v3/org/project/api_keys?limit=2&cursor=c%201',
      '/api/v3/org/project/api_keys?limit=2&cursor=c2',
    ]);
  });
});

describe('the options', () => {
  it.each([
    'gateway.example.org',
    'http://gateway.example.org',
    'https://user:secret@gateway.example.org',
    'https://gateway.example.org?x=1',
    'ftp://127.0.0.1',
  ])('refuse the address %s', (address) => {
    expect(() => createPortcullis({ url: address })).toThrow(TypeError);
  });

  it.each([{ retries: -1 }, { retries: 6 }, { retries: 1.5 }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }])(
    'refuse %j',
    (option) => {
      expect(() => createPortcullis({ url, ...option })).toThrow(TypeError);
    },
  );

  it('take a stage in the path', async () => {
    script = [json(200, { status: 'ok' })];
    await createPortcullis({ url: `${url}/prod/` }).getHealth();
    expect(received[0]?.url).toBe('/prod/health');
  });
});

describe('the types', () => {
  it('are those of the document', async () => {
    script = [json(200, { require_mcp_api_key: true })];
    const portcullis = client();
    const up: boolean = (await portcullis.getProjectConfig()).require_mcp_api_key;
    expect(up).toBe(true);
    const wrong = [
      // @ts-expect-error a key needs an id
      () => portcullis.getApiKey(),
      // @ts-expect-error there is no such field
      () => portcullis.updateProjectConfig({ body: { require_api_key: true } }),
      // @ts-expect-error a scope is one of a list
      () => portcullis.createApiKey({ body: { name: 'x', scopes: ['all'] } }),
      // @ts-expect-error no list has pages of settings
      () => portcullis.paginate('getProjectConfig'),
      // @ts-expect-error there is no such error
      () => isPortcullisError(undefined, 'HTTP_Teapot'),
    ];
    expect(wrong).toHaveLength(5);
  });

  it('are what the document gives now: npm run generate', async () => {
    for (const [name, content] of Object.entries(await generated())) {
      const committed = readFileSync(new URL(`../../client/${name}`, import.meta.url), 'utf8');
      expect(committed === content).toBe(true);
    }
  });
});

import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generated } from '../../client/generate.ts';
import {
  createPortcullis,
  isPortcullisError,
  PortcullisConnectionError,
  PortcullisError,
} from '../../client/index.ts';
import {
  breakOff,
  error,
  hang,
  json,
  reset,
  type ScriptedServer,
  type Step,
  scriptedServer,
} from './scripted-server.ts';

const KEY = 'ak_thisIsTheKeyOfTheTestAndNoOther';

let server: ScriptedServer;
let url: string;
beforeAll(async () => {
  server = await scriptedServer();
  url = server.url;
});
afterAll(async () => server[Symbol.asyncDispose]());

const client = (options = {}) =>
  createPortcullis({ url, apiKey: KEY, organizationKey: 'oak_other', retries: 0, ...options });
const page = (items: unknown[], next_cursor?: string | null) => json(200, { items, next_cursor });
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (failure: unknown) => failure,
  );
const text =
  (status: number, body: string, headers = {}): Step =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

describe('a call', () => {
  it('is sent as the document says, with the key of its plane alone', async () => {
    server.plays(json(200, { id: 'key_1' }, { etag: '"7"' }));
    const answer = await client().request('updateApiKey', {
      path: { id: 'a/b ?' },
      headers: { 'if-match': '"6"' },
      body: { name: 'New' },
    });
    expect(server.received).toEqual([
      expect.objectContaining({
        method: 'PATCH',
        url: '/api/v3/org/project/api_keys/a%2Fb%20%3F',
        body: '{"name":"New"}',
      }),
    ]);
    expect(server.received[0]?.headers).toMatchObject({
      'x-api-key': KEY,
      'if-match': '"6"',
      'content-type': 'application/json',
    });
    expect(server.received[0]?.headers).not.toHaveProperty('x-org-api-key');
    expect(answer).toMatchObject({ status: 200, requestId: 'r-1', data: { id: 'key_1' } });
    expect(answer.headers.get('etag')).toBe('"7"');
    server.plays(json(200, {}));
    await client().listProjects();
    expect(server.received[0]?.headers).toMatchObject({ 'x-org-api-key': 'oak_other' });
    expect(server.received[0]?.headers).not.toHaveProperty('x-api-key');
    server.plays(json(200, { status: 'ok' }));
    await client().getHealth();
    expect(inspect(server.received)).not.toMatch(/ak_/);
  });

  it('of what has no answer is undefined', async () => {
    server.plays(text(204, ''));
    expect(await client().revokeApiKey({ path: { id: 'key_1' } })).toBeUndefined();
  });

  it('needs its key and its id before anything is sent', async () => {
    server.plays(json(200, {}));
    await expect(createPortcullis({ url }).getProjectConfig()).rejects.toThrow(
      'getProjectConfig needs the apiKey: give it to createPortcullis',
    );
    await expect(createPortcullis({ url, apiKey: KEY }).listProjects()).rejects.toThrow(
      'listProjects needs the organizationKey: give it to createPortcullis',
    );
    for (const id of ['', '.', '..', undefined as unknown as string]) {
      await expect(client().deleteProject({ path: { id } })).rejects.toThrow('deleteProject needs path.id');
    }
    expect(server.received).toEqual([]);
  });

  it('can be ended, with the reason that is given', async () => {
    const ending = new AbortController();
    const reason = new Error('enough');
    server.plays(() => ending.abort(reason));
    const call = client().getProjectConfig({ signal: ending.signal });
    await expect(call).rejects.toBe(reason);
    await expect(client().getProjectConfig({ signal: ending.signal })).rejects.toBe(reason);
    expect(server.received).toHaveLength(1);
    const rows = client().paginate('listApiKeys', { signal: ending.signal });
    await expect(rows.next()).rejects.toBe(reason);
  });

  it('goes by the fetch that is given, as a function of nothing', async () => {
    server.plays(json(200, {}));
    const seen: unknown[] = [];
    async function ours(this: unknown, request: string | URL | Request) {
      seen.push(this, request instanceof Request && request.method);
      return fetch(request);
    }
    await client({ fetch: ours }).getProjectConfig();
    expect(seen).toEqual([undefined, 'GET']);
  });
});

describe('an error', () => {
  it('is told by its slug', async () => {
    server.plays(error(409, 'HTTP_Conflict', { suggested_fix: 'Read it again', errors: ['a: b'] }));
    const failure = await failureOf(client().createApiKey({ body: { name: 'x' } }));
    expect(failure).toBeInstanceOf(PortcullisError);
    expect(isPortcullisError(failure)).toBe(true);
    expect(isPortcullisError(failure, 'HTTP_Conflict')).toBe(true);
    expect(isPortcullisError(failure, 'HTTP_NotFound')).toBe(false);
    expect(failure).toMatchObject({
      message: 'It failed',
      status: 409,
      code: 10_409,
      requestId: 'r-1',
      suggestedFix: 'Read it again',
      errors: ['a: b'],
    });
  });

  it.each([
    ['HTML of some proxy', 502, 'text/html', '<html>Bad gateway</html>'],
    ['JSON without an error', 403, 'application/json', '{"message":"Forbidden"}'],
    ['an error of another form', 400, 'application/json', '{"error":{"message":"x","errors":"y"}}'],
    ['JSON that breaks off', 200, 'application/json', '{"items":['],
    ['a page where JSON was asked for', 200, 'text/html', '<html>Sign in</html>'],
    ['nothing', 200, 'application/json', ''],
    ['nothing, refused', 401, 'application/json', ''],
  ])('is no gateway: %s', async (_, status, type, body) => {
    server.plays(text(status, body, { 'content-type': type }));
    const failure = await failureOf(client().listApiKeys());
    expect(failure).toBeInstanceOf(PortcullisConnectionError);
    expect(failure).toMatchObject({
      status,
      message: expect.stringContaining(`${url} answered ${status} with something that no gateway answers`),
    });
  });

  it('is a redirect: a key goes nowhere else', async () => {
    server.plays(text(307, '', { location: `${url}/elsewhere` }));
    const failure = await failureOf(client({ retries: 2 }).getProjectConfig());
    expect(failure).toBeInstanceOf(PortcullisConnectionError);
    expect(String(failure)).toContain(`${url} redirects to ${url}, where no key is taken`);
    expect(server.received).toHaveLength(1);
  });

  it('says what could not be reached, and whether something may have been done', async () => {
    const away = await scriptedServer();
    await away[Symbol.asyncDispose]();
    const refused = await failureOf(client({ url: away.url }).updateProjectConfig({ body: {} }));
    expect(refused).toBeInstanceOf(PortcullisConnectionError);
    expect(String(refused)).toMatch(
      new RegExp(`${away.url} cannot be reached: .*ECONNREFUSED[^.]*127[\\d.:]+$`),
    );

    server.plays(reset);
    expect(String(await failureOf(client().getProjectConfig()))).toMatch(/cannot be reached: [^.]+$/);
    expect(String(await failureOf(client().updateProjectConfig({ body: {} })))).toMatch(
      /cannot be reached: .*It may have been done all the same/,
    );
  });

  it.each([
    ['a lost connection', reset],
    ['silence', hang],
    ['an answer that breaks off', breakOff],
    ['a fault', error(500)],
    ['a page', text(200, '<html>')],
    ['a key that breaks off', text(201, `{"key":"${KEY}`)],
    ['a redirect', text(302, '', { location: 'https://elsewhere.invalid/' })],
  ])('never shows a key: after %s', async (_, fault) => {
    server.plays(fault);
    const failure = await failureOf(client({ timeoutMs: 50 }).createApiKey({ body: { name: 'x' } }));
    expect(failure).toBeInstanceOf(Error);
    expect(inspect(failure, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toMatch(/ak_|thisIs/);
  });
});

describe('a list', () => {
  it('comes row by row, its pages as they are asked for', async () => {
    server.plays(page([{ id: 1 }, { id: 2 }], 'c 1'), page([], 'c2'), page([{ id: 3 }], null));
    const rows: unknown[] = [];
    for await (const row of client().paginate('listApiKeys', { query: { limit: 2 } })) {
      rows.push(row.id);
      if (rows.length === 1) expect(server.received).toHaveLength(1);
    }
    expect(rows).toEqual([1, 2, 3]);
    expect(server.received.map((request) => request.url)).toEqual([
      '/api/v3/org/project/api_keys?limit=2',
      '/api/v3/org/project/api_keys?limit=2&cursor=c%201',
      '/api/v3/org/project/api_keys?limit=2&cursor=c2',
    ]);
  });

  it('begins where it is told to, and ends where nothing says how it goes on', async () => {
    server.plays(page([{ id: 1 }]));
    const rows = await all(client().paginate('listApiKeys', { query: { cursor: 'c0' } }));
    expect(rows).toEqual([{ id: 1 }]);
    expect(server.received.map((request) => request.url)).toEqual(['/api/v3/org/project/api_keys?cursor=c0']);
  });

  it('can be left: no page is asked for that is not read', async () => {
    server.plays(page([{ id: 1 }], 'c1'));
    for await (const _ of client().paginate('listApiKeys')) break;
    expect(server.received).toHaveLength(1);
  });

  it('stops at the error of a page', async () => {
    server.plays(page([{ id: 1 }], 'c1'), error(400, 'HTTP_BadRequest'));
    const rows = client().paginate('listApiKeys');
    await rows.next();
    await expect(rows.next()).rejects.toMatchObject({ slug: 'HTTP_BadRequest' });
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it('is exported as the text of one file', async () => {
    server.plays(
      text(200, 'id,name\r\n1,a\r\n', { 'x-next-cursor': 'c1' }),
      text(200, 'id,name\r\n', { 'x-next-cursor': 'c2' }),
      text(200, 'id,name\r\n2,b\r\n'),
    );
    const parts = await all(client().export('listLogs', 'csv', { query: { limit: 1 } }));
    expect(parts).toEqual(['id,name\r\n1,a\r\n', '2,b\r\n']);
    expect(server.received.map((request) => request.url)).toEqual([
      '/api/v3/org/project/logs?limit=1&format=csv',
      '/api/v3/org/project/logs?limit=1&format=csv&cursor=c1',
      '/api/v3/org/project/logs?limit=1&format=csv&cursor=c2',
    ]);
    server.plays(text(200, '{"a":1}\n', { 'x-next-cursor': 'c1' }), text(200, '{"a":2}\n'));
    expect(await all(client().export('listAudit', 'jsonl'))).toEqual(['{"a":1}\n', '{"a":2}\n']);
  });
});

describe('the options', () => {
  it.each([
    'gateway.example.org',
    'http://gateway.example.org',
    'http://127.0.0.1.example.org',
    'https://user:secret@gateway.example.org',
    'https://gateway.example.org?x=1',
    'ftp://127.0.0.1',
    '',
  ])('refuse the address %j', (address) => {
    expect(() => createPortcullis({ url: address })).toThrow(TypeError);
  });

  it.each([{ retries: -1 }, { retries: 6 }, { retries: 1.5 }, { timeoutMs: 0 }, { timeoutMs: Number.NaN }])(
    'refuse %j',
    (option) => {
      expect(() => createPortcullis({ url, ...option })).toThrow(TypeError);
    },
  );

  it.each(['', ' ', `${KEY}\n`, `${KEY}\0`, `${KEY}é`])(
    'refuse a key that no header takes, unseen: %#',
    (key) => {
      for (const option of [{ apiKey: key }, { organizationKey: key }]) {
        const refusal = /^The (apiKey|organizationKey) is empty, or has characters that no key has/;
        expect(() => createPortcullis({ url, ...option })).toThrow(refusal);
      }
    },
  );

  it('take a stage in the path', async () => {
    server.plays(json(200, { status: 'ok' }));
    await createPortcullis({ url: `${url}/prod/` }).getHealth();
    expect(server.received[0]?.url).toBe('/prod/health');
  });
});

describe('the types', () => {
  it('are those of the document', async () => {
    server.plays(json(200, { require_mcp_api_key: true }));
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
      // @ts-expect-error keys are no file
      () => portcullis.export('listApiKeys', 'csv'),
      // @ts-expect-error there is no such format
      () => portcullis.export('listLogs', 'xlsx'),
      // @ts-expect-error usage is grouped by something
      () => portcullis.export('getUsage', 'csv'),
      // @ts-expect-error answers are JSON
      () => portcullis.listLogs({ query: { format: 'csv' } }),
      // @ts-expect-error there is no such error
      () => isPortcullisError(undefined, 'HTTP_Teapot'),
    ];
    expect(wrong).toHaveLength(9);
  });

  it('are what the document gives now: npm run generate', async () => {
    for (const [name, content] of Object.entries(await generated())) {
      const committed = readFileSync(new URL(`../../client/${name}`, import.meta.url), 'utf8');
      expect(committed === content).toBe(true);
    }
  });
});

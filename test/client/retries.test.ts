import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPortcullis } from '../../client/index.ts';
import {
  breakOff,
  error,
  hang,
  json,
  reset,
  type ScriptedServer,
  scriptedServer,
  stall,
  throttled,
} from './scripted-server.ts';

const NEW_SERVER = { name: 'Docs', upstream: { kind: 'http', url: 'https://x.invalid' } } as const;
const EMPTY_PAGE = { items: [], next_cursor: null };

let server: ScriptedServer;
beforeAll(async () => {
  server = await scriptedServer();
});
afterAll(async () => server[Symbol.asyncDispose]());

const client = (options = {}) =>
  createPortcullis({ url: server.url, apiKey: 'ak_1', organizationKey: 'oak_1', ...options });

describe('what is sent again', () => {
  it.each([
    ['a fault', error(500)],
    ['a failed function', error(502)],
    ['a proxy that failed', json(503, 'busy')],
    ['a lost connection', reset],
    ['an answer that broke off', breakOff],
  ])('is a reading after %s', async (_, fault) => {
    server.plays(fault, json(200, EMPTY_PAGE));
    expect(await client().listApiKeys()).toEqual(EMPTY_PAGE);
    expect(server.received).toHaveLength(2);
  });

  it('ends with the last error', async () => {
    server.plays(reset, error(502), error(500));
    await expect(client().listApiKeys()).rejects.toMatchObject({ status: 500 });
    expect(server.received).toHaveLength(3);
    server.plays(error(500), reset);
    await expect(client({ retries: 1 }).listApiKeys()).rejects.toThrow('cannot be reached');
    expect(server.received).toHaveLength(2);
  });

  it('is a creation that is known again by its Idempotency-Key', async () => {
    server.plays(reset, json(201, {}));
    await client().createMcpServer({ body: NEW_SERVER });
    const keys = server.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), keys[0]]);
    expect(server.received[1]?.body).toBe(JSON.stringify(NEW_SERVER));

    server.plays(json(201, {}));
    await client().createMcpServer({ body: NEW_SERVER });
    expect(server.received[0]?.headers['idempotency-key']).not.toBe(keys[0]);
    server.plays(json(201, {}));
    await client().createMcpServer({ body: NEW_SERVER, headers: { 'idempotency-key': 'mine' } });
    expect(server.received[0]?.headers['idempotency-key']).toBe('mine');
  });

  it.each([
    ['createApiKey', { body: { name: 'x' } }],
    [
      'createApiKey',
      { body: { name: 'x' }, headers: { 'idempotency-key': 'its answer has the key but once' } },
    ],
    ['rotateApiKey', { path: { id: 'key_1' } }],
    ['updateProjectConfig', { body: {} }],
    ['revokeApiKey', { path: { id: 'key_1' } }],
    ['createProject', { body: { name: 'x' } }],
  ] as const)('is not %s, which may have happened: %j', async (id, parameters) => {
    for (const fault of [reset, breakOff, error(502)]) {
      server.plays(fault);
      await expect(client().request(id, parameters as never)).rejects.toThrow();
      expect(server.received).toHaveLength(1);
    }
  });

  it.each([200, 400, 401, 403, 404, 409, 501])('is not what was answered: %i', async (status) => {
    server.plays(error(status));
    await client()
      .listApiKeys()
      .catch(() => {});
    expect(server.received).toHaveLength(1);
  });

  it('is not what did not answer in time, or not to its end', async () => {
    for (const silence of [hang, stall]) {
      server.plays(silence);
      await expect(client({ timeoutMs: 50 }).listApiKeys()).rejects.toThrow(
        `${server.url} did not answer within 0.05 s`,
      );
      expect(server.received).toHaveLength(1);
    }
  });
});

describe('what was throttled', () => {
  it('is sent again, whatever it is: it has reached nothing', async () => {
    server.plays(throttled(), json(201, {}));
    await client().createApiKey({ body: { name: 'x' } });
    expect(server.received).toHaveLength(2);
  });

  it('is not, for who wants no retries', async () => {
    server.plays(throttled({ 'retry-after': '7' }));
    await expect(client({ retries: 0 }).listApiKeys()).rejects.toMatchObject({
      slug: 'HTTP_TooManyRequests',
      retryAfterSeconds: 7,
    });
    expect(server.received).toHaveLength(1);
  });

  const DATE = 'Fri, 01 Jan 2027 00:00:00 GMT';
  it.each([
    ['31', 31],
    ['86400', 86_400],
    ['Fri, 01 Jan 2027 00:01:00 GMT', 60],
  ])('is told instead of waited for when it is asked to wait for long: %s', async (asked, seconds) => {
    server.plays(throttled({ 'retry-after': asked, date: DATE }));
    await expect(client().listApiKeys()).rejects.toMatchObject({ retryAfterSeconds: seconds });
    expect(server.received).toHaveLength(1);
  });

  it.each([
    ['Thu, 31 Dec 2026 00:00:00 GMT', 0],
    ['0', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('waits as it likes when it is asked for nothing: %j', async (asked, seconds) => {
    const answer = throttled({ 'retry-after': asked, date: DATE });
    server.plays(answer);
    await expect(client({ retries: 1 }).listApiKeys()).rejects.toHaveProperty('retryAfterSeconds', seconds);
    expect(server.received).toHaveLength(2);
  });

  it('waits as long as it is asked to', async () => {
    const times: number[] = [];
    const timed =
      (step: typeof reset): typeof reset =>
      (request, response) => {
        times.push(performance.now());
        step(request, response);
      };
    server.plays(timed(throttled({ 'retry-after': '1' })), timed(json(200, EMPTY_PAGE)));
    await client().listApiKeys();
    const [first = 0, second = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(990); // Never sooner; how much later is the machine's affair.
  });

  it('can be ended while it waits, with the reason that is given', async () => {
    server.plays(throttled({ 'retry-after': '20' }));
    const ending = new AbortController();
    const reason = new Error('enough');
    const call = client({
      async fetch(request: Request) {
        const answer = await fetch(request);
        setTimeout(() => ending.abort(reason), 20);
        return answer;
      },
    }).listApiKeys({ signal: ending.signal });
    await expect(call).rejects.toBe(reason);
    expect(server.received).toHaveLength(1);
  });
});

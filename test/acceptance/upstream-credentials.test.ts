import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import http, { type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  type Gateway,
  initialize,
  patchConfig,
  send,
  startGateway,
} from '../support/gateway.ts';

const SERVERS_PATH = '/api/v3/mcp/servers';
/** Random enough that no file holds it by chance. */
const SECRET = `hidden-${crypto.randomUUID()}`;
const HEADERS = {
  Authorization: `Bearer ${SECRET}`,
  'X-Pin': '1234',
  cookie: `session=${SECRET}; theme="dark"`,
};
const IN_CLEAR = { authorization: `Bearer ${SECRET}`, 'x-pin': '1234', cookie: HEADERS.cookie };
const MASKED = { authorization: 'Bear...', 'x-pin': '...', cookie: 'sess...' };

let stateDir: string;
let gateway: Gateway;
/** An MCP server of the test's own, and the headers of the last call that reached it. */
let upstream: Server;
let answer: RequestListener;
let seen: IncomingHttpHeaders | undefined;
/** Everything that the gateway has answered. */
const answers: Answer[] = [];

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'portcullis-credentials-'));
  gateway = await startGateway({ stateDir });
  upstream = http
    .createServer((request, response) => {
      seen = request.headers;
      answer(request, response);
    })
    .listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});
beforeEach(async () => {
  seen = undefined;
  answer = (_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  await mask(true);
});
afterAll(async () => {
  upstream.close();
  await gateway.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

async function recorded(asked: Promise<Answer>): Promise<Answer> {
  const given = await asked;
  answers.push(given);
  return given;
}

const mask = (mask_secret_keys_in_connected_account: boolean) =>
  patchConfig(gateway, gateway.key, { mask_secret_keys_in_connected_account });

const upstreamUrl = (port = (upstream.address() as AddressInfo).port) => `http://127.0.0.1:${port}/mcp`;

const register = (headers: object | undefined, url = upstreamUrl()): Promise<Answer> =>
  send(
    'POST',
    gateway.url + SERVERS_PATH,
    { 'content-type': 'application/json', 'x-api-key': gateway.key },
    JSON.stringify({ name: `Own ${crypto.randomUUID()}`, upstream: { kind: 'http', url, headers } }),
  );

async function registered(headers: object | undefined, url?: string) {
  const created = await recorded(register(headers, url));
  expect(created.status).toBe(201);
  return JSON.parse(created.body);
}

async function listed(id: string) {
  const { body } = await send('GET', `${gateway.url}${SERVERS_PATH}?limit=100`, { 'x-api-key': gateway.key });
  return JSON.parse(body).items.find((item: { id: string }) => item.id === id);
}

describe('the headers of an upstream', () => {
  it('are sent with every call, and with those of no other server', async () => {
    const { mcp_url } = await registered(HEADERS);
    const { mcp_url: without } = await registered(undefined);
    for (const _ of [1, 2]) {
      expect((await recorded(initialize(mcp_url))).status).toBe(200);
      expect(seen).toMatchObject(IN_CLEAR);
    }
    expect((await recorded(initialize(without))).status).toBe(200);
    expect(seen).toMatchObject({ 'content-type': 'application/json' });
    for (const name of Object.keys(IN_CLEAR)) expect(seen).not.toHaveProperty([name]);
  });

  it('cannot be replaced or joined by the caller’s', async () => {
    const { mcp_url } = await registered(HEADERS);
    const own = { authorization: `Bearer ${gateway.key}`, 'x-pin': '9', cookie: 'session=mine' };
    expect((await recorded(initialize(mcp_url, own))).status).toBe(200);
    expect(seen).toMatchObject(IN_CLEAR);
  });

  it('win over those of the caller that are passed through', async () => {
    const { mcp_url } = await registered({ 'User-Agent': 'stored-agent' });
    expect((await initialize(mcp_url, { 'user-agent': 'caller' })).status).toBe(200);
    expect(seen).toMatchObject({ 'user-agent': 'stored-agent' });
  });

  it('are shown masked, unless the project has them shown', async () => {
    const created = await registered(HEADERS);
    expect(created.upstream).toEqual({ kind: 'http', url: upstreamUrl(), headers: MASKED });
    expect(await listed(created.id)).toEqual(created);

    await mask(false);
    const inClear = { ...created, upstream: { ...created.upstream, headers: IN_CLEAR } };
    expect(await listed(created.id)).toEqual(inClear);
    expect(JSON.parse((await register(HEADERS)).body).upstream.headers).toEqual(IN_CLEAR);

    await mask(true);
    expect(await listed(created.id)).toEqual(created);
  });

  it.each([
    ['one that the gateway sends itself', { Host: SECRET }],
    ['one with a line break', { 'x-a': `${SECRET}\r\nx-b: c` }],
    ['the same in two cases', { 'x-a': SECRET, 'X-A': SECRET }],
  ])('are refused with %s, by the name alone', async (_name, headers) => {
    const refused = await recorded(register(headers));
    expect(refused.status).toBe(400);
    const [name = ''] = Object.keys(headers).toReversed();
    expect(JSON.parse(refused.body).error.errors).toEqual([
      expect.stringContaining(`upstream.headers.${name}: `),
    ]);
  });

  it('are told to nobody when the upstream does not take them', async () => {
    const { mcp_url } = await registered(HEADERS);
    answer = (request, response) =>
      response
        .writeHead(401, { 'www-authenticate': `Bearer error="${request.headers.authorization}"` })
        .end(`Not accepted: ${request.headers.authorization}`);
    const refused = await recorded(initialize(mcp_url));
    expect(refused.status).toBe(502);
    expect(JSON.stringify(refused)).not.toContain(SECRET);
  });

  it('are told to nobody when the upstream is not there', async () => {
    const nobody = createServer().listen(0, '127.0.0.1');
    await once(nobody, 'listening');
    const { port } = nobody.address() as AddressInfo;
    nobody.close();
    const { mcp_url } = await registered(HEADERS, upstreamUrl(port));
    const failed = await recorded(initialize(mcp_url));
    expect(failed.status).toBe(502);
  });

  it('are still known after a restart of the gateway', async () => {
    const { slug } = await registered(HEADERS);
    await gateway.stop();
    gateway = await startGateway({ stateDir });
    expect((await recorded(initialize(`${gateway.url}/${slug}`))).status).toBe(200);
    expect(seen).toMatchObject(IN_CLEAR);
  });
});

describe('the value of an upstream header', () => {
  const forms = [
    SECRET,
    encodeURIComponent(SECRET),
    Buffer.from(`Bearer ${SECRET}`).toString('base64').slice(0, -4),
  ];

  it('is in no answer of a project that masks it', () => {
    expect(answers.length).toBeGreaterThan(10);
    for (const form of forms) expect(JSON.stringify(answers)).not.toContain(form);
  });

  it('is in no log', () => {
    for (const form of forms) expect(gateway.output()).not.toContain(form);
  });

  it('is in no file of the gateway: table, logs, keys', async () => {
    // The store has all on disk once its process has ended.
    await gateway.stop();
    const files = globSync('**/*', { cwd: stateDir })
      .map((name) => join(stateDir, name))
      .filter((file) => statSync(file).isFile());
    const holding = (text: string) => files.filter((file) => readFileSync(file).includes(text));
    expect(holding('kms1.').some((file) => file.includes('dynamodb'))).toBe(true);
    for (const form of forms) expect(holding(form)).toEqual([]);
  });
});

import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, type Gateway, patchConfig, send, startGateway } from '../support/gateway.ts';
import { KEYS, type ManagementClient, managementClient, SERVERS, serverPath } from '../support/management.ts';
import { addServer, startUpstream, type TestUpstream } from '../support/upstream.ts';

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
const JSON_TYPE = { 'content-type': 'application/json' };

let gateway: Gateway;
let client: ManagementClient;
let upstream: TestUpstream;
let mcpUrl: string;
let slug: string;
/** What reached the server: the bodies, in order. */
let received: string[];

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  upstream = await startUpstream();
  mcpUrl = await addServer(gateway, gateway.key, upstream.url);
  slug = new URL(mcpUrl).pathname.slice(1);
});
afterAll(async () => {
  upstream.close();
  await gateway.stop();
});
beforeEach(() => {
  received = [];
  upstream.answer = async (request, response) => {
    received.push(await text(request));
    response.writeHead(200, JSON_TYPE).end('{}');
  };
});

const setGate = async (require_mcp_api_key: boolean) => {
  expect((await patchConfig(gateway, gateway.key, { require_mcp_api_key })).status).toBe(200);
};

/** Sends bytes as they are. @returns the statuses of the answers that came until the gateway closed the connection */
async function statusesOf(bytes: string): Promise<number[]> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => {}); // What is refused while it is sent may be reset.
  socket.setTimeout(60_000, () => socket.destroy()); // One that is left open has had no answer.
  socket.write(bytes, 'latin1');
  const answers = (await buffer(socket).catch(() => Buffer.alloc(0))).toString('latin1');
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

const POST = 'POST /slug HTTP/1.1';
/** A request of a client that closes after its answer. `key` in a header is the valid key, `/slug` the address. */
const rawRequest = (fields: string, body = PING, line = POST) =>
  `${line}\r\nHost: gateway\r\nContent-Type: application/json\r\n${fields}\r\n\r\n${body}`
    .replaceAll('/slug', `/${slug}`)
    .replace(/(?<=[:\s",])key(?=[\s",\0])/gi, gateway.key);
const LENGTH = `Content-Length: ${PING.length}`;
const CLOSE = 'Connection: close';
const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`;

describe('a raised gate, spoken to byte by byte', () => {
  beforeAll(() => setGate(true));

  /** What would be let in, if it were ever read as a request of its own. */
  const hidden = () => rawRequest(`x-api-key: key\r\n${CLOSE}\r\n${LENGTH}`);

  it('lets the key in, in whole bytes and in chunks', async () => {
    expect(await statusesOf(hidden())).toEqual([200]);
    const chunked = `x-api-key: key\r\n${CLOSE}\r\nTransfer-Encoding: chunked`;
    expect(await statusesOf(rawRequest(chunked, `${chunk(PING)}0\r\n\r\n`))).toEqual([200]);
    expect(await statusesOf(rawRequest(chunked, `28;a="b"\r\n${PING}\r\n0\r\n\r\n`))).toEqual([200]);
    expect(received).toEqual([PING, PING, PING]);
  });

  it.each([
    ['CL.TE', `${LENGTH}\r\nTransfer-Encoding: chunked`, '0\r\n\r\n'],
    ['TE.CL', 'Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'],
    ['TE.TE, the second unknown', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: x', '0\r\n\r\n'],
    ['a last coding that is not chunked', 'Transfer-Encoding: chunked, identity', '0\r\n\r\n'],
    ['a coding that is nearly chunked', 'Transfer-Encoding: xchunked', '0\r\n\r\n'],
    ['a vertical tab before chunked', 'Transfer-Encoding: \vchunked', '0\r\n\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked', '0\r\n\r\n'],
    ['two lengths', `Content-Length: 0\r\n${LENGTH}`, ''],
    ['the same length twice', 'Content-Length: 0\r\nContent-Length: 0', ''],
    ['a list of lengths', 'Content-Length: 0, 0', ''],
    ['a length with a sign', 'Content-Length: +0', ''],
    ['a length below zero', 'Content-Length: -1', ''],
    ['a length in hexadecimal', 'Content-Length: 0x0', ''],
    ['a length beyond 64 bits', 'Content-Length: 18446744073709551616', ''],
    ['a chunk size with a prefix', 'Transfer-Encoding: chunked', '0x0\r\n\r\n'],
    ['a chunk size with a space', 'Transfer-Encoding: chunked', '0 \r\n\r\n'],
    ['a chunk size beyond 64 bits', 'Transfer-Encoding: chunked', '10000000000000000\r\n\r\n'],
    ['a chunk that ends with a bare LF', 'Transfer-Encoding: chunked', '0\n\n'],
    ['a chunk extension that ends with a bare LF', 'Transfer-Encoding: chunked', '0;a\n\r\n'],
    ['a chunk that is longer than it says', 'Transfer-Encoding: chunked', '1\r\nab0\r\n\r\n'],
    ['a header that ends with a bare LF', 'X-A: b\nContent-Length: 0', ''],
    ['a header that ends with a bare CR', 'X-A: b\rContent-Length: 0', ''],
  ])('reads %s in no two ways: 400, and the connection is closed', async (_name, fields, body) => {
    expect(await statusesOf(rawRequest(`x-api-key: key\r\n${fields}`, body) + hidden())).toEqual([400]);
    expect(received).toEqual([]);
  });

  it('judges each of two requests on one connection by its own key', async () => {
    const withKey = rawRequest(`x-api-key: key\r\n${LENGTH}`);
    expect(await statusesOf(withKey + rawRequest(`${CLOSE}\r\n${LENGTH}`))).toEqual([200, 401]);
    expect(await statusesOf(rawRequest(LENGTH) + hidden())).toEqual([401, 200]);
    expect(received).toEqual([PING, PING]);
  });

  it('sends a body that looks like a request on as a body', async () => {
    const body = hidden();
    const fields = `x-api-key: key\r\n${CLOSE}\r\nContent-Length: ${body.length}`;
    expect(await statusesOf(rawRequest(fields, body))).toEqual([200]);
    expect(received).toEqual([body]);
  });

  it.each([
    ['with a NUL behind it', 'x-api-key: key\0', 400],
    ['with a NUL behind its name', 'x-api-key\0: key', 400],
    ['folded into a second line', 'x-api-key:\r\n key', 400],
    ['folded before the first header', ' x-api-key: key', 400],
    ['behind a bare LF', 'X-A: b\nx-api-key: key', 400],
    ['behind a bare CR', 'X-A: b\rx-api-key: key', 400],
    ['with a space before the colon', 'x-api-key : key', 400],
    ['behind a vertical tab', 'x-api-key: \vkey', 400],
    ['behind a no-break space', 'x-api-key: \xa0key', 401],
    ['with an underscore in the name', 'x_api_key: key', 401],
    ['twice in one header', 'x-api-key: key, key', 401],
    ['in quotes', 'x-api-key: "key"', 401],
    ['beside another in other case', 'x-api-key: key\r\nX-API-KEY: nonsense', 401],
    ['beside another in Authorization', 'x-api-key: nonsense\r\nAuthorization: Bearer key', 401],
    ['behind a second scheme', 'Authorization: Basic Bearer key', 401],
    ['in a cookie', 'Cookie: x-api-key=key', 401],
    ['in the header of another product', 'x-amz-security-token: key\r\nProxy-Authorization: Bearer key', 401],
  ])('knows no key %s', async (_name, fields, status) => {
    expect(await statusesOf(rawRequest(`${fields}\r\n${CLOSE}\r\n${LENGTH}`))).toEqual([status]);
    expect(received).toEqual([]);
  });

  it('knows no key in a trailer', async () => {
    const fields = `${CLOSE}\r\nTrailer: x-api-key\r\nTransfer-Encoding: chunked`;
    expect(await statusesOf(rawRequest(fields, `${chunk(PING)}0\r\nx-api-key: key\r\n\r\n`))).toEqual([401]);
    expect(received).toEqual([]);
  });

  it.each([
    ['another method in headers', 'X-HTTP-Method-Override: OPTIONS\r\nX-Method-Override: OPTIONS'],
    ['another method in the query', '', 'POST /slug?_method=OPTIONS&method=OPTIONS HTTP/1.1'],
    ['another path in headers', 'X-Original-URL: /health\r\nX-Rewrite-URL: /health'],
    [
      'an address of this machine',
      'X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nForwarded: for=::1',
    ],
    ['a principal in headers', 'X-Amzn-Principal: key\r\nX-Authorizer-Outcome: forward\r\nkeyId: key'],
    ['a key as a header of the connection', `x-api-key: nonsense\r\nConnection: x-api-key, close`],
    ['two hosts', 'Host: other.invalid'],
    ['HTTP/1.0', '', 'POST /slug HTTP/1.0'],
    ['another protocol to change to', 'Connection: Upgrade, close\r\nUpgrade: h2c', 'GET /slug HTTP/1.1'],
    ['HEAD', '', 'HEAD /slug HTTP/1.1'],
    ['PUT', '', 'PUT /slug HTTP/1.1'],
  ])('is not passed by %s', async (_name, fields, line = POST) => {
    const all = [fields, CLOSE, LENGTH].filter((field) => field !== '').join('\r\n');
    expect(await statusesOf(rawRequest(all, PING, line))).toEqual([401]);
    expect(received).toEqual([]);
  });

  it.each(['TRACE', 'PROPFIND', 'QUERY', 'FOO', 'post'])('has no method %s', async (method) => {
    const [status] = await statusesOf(rawRequest(`${CLOSE}\r\n${LENGTH}`, PING, `${method} /slug HTTP/1.1`));
    expect([400, 404]).toContain(status);
    expect(received).toEqual([]);
  });

  it('is no proxy', async () => {
    for (const line of ['CONNECT 127.0.0.1:22 HTTP/1.1', 'GET http://169.254.169.254/ HTTP/1.1'])
      expect(await statusesOf(rawRequest(CLOSE, '', line))).not.toContain(200);
    expect(received).toEqual([]);
  });

  it.each([
    '//slug',
    '/slug/',
    '/slug//',
    '/./slug',
    '/x/../slug',
    '/slug/..',
    '/slug/../slug',
    '/health/../slug',
    '/health%2f..%2fslug',
    '/.well-known/..%2fslug',
    '/.well-known/../slug',
    '/dashboard/..%2fslug',
    '/docs/../slug',
    '/slug.',
    '/slug%2e',
    '/slug;x=1',
    '/slug%20',
    '/slug%00',
    '/slug%0d%0a',
    '/slug#x',
    '/slug?',
    '/slug?x-api-key=key ',
    '/slug*',
    '/slug\\',
    '/\\slug',
    '/slug%c0%af',
    '/slug%ef%bc%8f',
    '/slug%',
    '/SLUG',
    '/%73lug',
  ])('is not passed by the path %s', async (path) => {
    const escaped = path.replace('%73lug', `%${slug.charCodeAt(0).toString(16)}${slug.slice(1)}`);
    const line = `POST ${escaped.replace('SLUG', slug.toUpperCase())} HTTP/1.1`;
    const [status] = await statusesOf(
      rawRequest(`${CLOSE}\r\n${LENGTH}`, PING, line.replace(/(?<![\w/])slug/, slug)),
    );
    expect([400, 401, 404, 405]).toContain(status);
    expect(received).toEqual([]);
  });

  it.each([
    '//api/v3/org/project/config',
    '/api//v3/org/project/config',
    '/api/./v3/org/project/config',
    '/health/../api/v3/org/project/config',
    '/API/v3/org/project/config',
    '/api/v3/org/project/config/',
    '/api/v3/org/project/config%2f',
    '/api/v3/org/project/%63onfig',
    '/api/v3/org/project/config;x',
    '/api/v3/org/project/config?x-api-key=key ',
    '/api%2fv3%2forg%2fproject%2fconfig',
    '/docs/..%2fapi%2fv3%2forg%2fproject%2fconfig',
  ])('is not lowered without a key through the path %s', async (path) => {
    const body = '{"require_mcp_api_key":false}';
    const fields = `${CLOSE}\r\nContent-Length: ${body.length}`;
    const [status] = await statusesOf(rawRequest(fields, body, `PATCH ${path} HTTP/1.1`));
    expect([401, 404, 405]).toContain(status);
    expect((await send('POST', mcpUrl, JSON_TYPE, PING)).status).toBe(401);
  });
});

describe('who guesses an address', () => {
  it.each([true, false])('learns nothing from where he is wrong (gate up: %s)', async (isUp) => {
    await setGate(isUp);
    const rotated = await client.newServer(gateway.key);
    await client.must(`POST ${serverPath(rotated.id)}/rotate_url`, gateway.key);
    const deleted = await client.newServer(gateway.key);
    await client.must(`DELETE ${serverPath(deleted.id)}`, gateway.key);
    const gone = await client.newProject();
    const ofGone = await client.newServer(gone.key);
    await client.must(`DELETE /api/v3/org/owner/project/${gone.id}`, client.organization);
    const guesses = [
      'favicon.ico',
      'mcp_',
      `mcp_${'A'.repeat(38)}`,
      slug.slice(0, -1) + (slug.endsWith('a') ? 'b' : 'a'),
      `${slug}0`,
      slug.slice(0, -1),
      slug.toLowerCase(),
      ...[rotated, deleted, ofGone].map((server) => server.slug),
    ];
    const credentials = [{}, { 'x-api-key': gateway.key }, { 'x-api-key': 'nonsense' }];
    const answers = await Promise.all(
      guesses.flatMap((guess) =>
        credentials.map((credential) =>
          send('POST', `${gateway.url}/${guess}`, { ...JSON_TYPE, ...credential }, PING),
        ),
      ),
    );
    const [first] = answers.map(withoutIds);
    expect(first).toMatchObject({ status: 404, body: '{"error": "MCP server not found"}' });
    for (const answer of answers) expect(withoutIds(answer)).toEqual(first);
  });

  const withoutIds = ({ headers, ...answer }: Answer) => ({
    ...answer,
    headers: Object.entries(headers).filter(([name]) => !/^(date|x-request-id|x-amz.*)$/.test(name)),
  });
});

describe('a session that was stolen', () => {
  const SESSION = 'mcp-session-id';
  const post = (headers: Record<string, string>, url = mcpUrl) =>
    send('POST', url, { ...JSON_TYPE, ...headers }, PING);

  /** @returns the session that the server gives to whoever has that key */
  async function sessionOf(key: string): Promise<string> {
    upstream.answer = (request, response) => {
      request.resume();
      response.writeHead(200, { ...JSON_TYPE, [SESSION]: 'upstream-session' }).end('{}');
    };
    const { status, headers } = await post({ 'x-api-key': key });
    expect(status).toBe(200);
    return String(headers[SESSION]);
  }

  it('is unknown to every other key, project, server and caller, and ends with its key', async () => {
    await setGate(true);
    const owner = await client.newKey(gateway.key);
    const other = await client.newKey(gateway.key);
    const stranger = await client.newProject();
    const strangersUrl = await addServer(gateway, stranger.key, upstream.url);
    const session = await sessionOf(owner.key);
    let calls = 0;
    upstream.answer = (_request, response) => {
      calls++;
      response.end();
    };
    const status = async (headers: Record<string, string>, url?: string) =>
      (await post({ ...headers, [SESSION]: session }, url)).status;

    expect(await status({ 'x-api-key': other.key })).toBe(404);
    expect(await status({ 'x-api-key': stranger.key })).toBe(401);
    expect(await status({ 'x-api-key': stranger.key }, strangersUrl)).toBe(404);
    expect(await status({}, strangersUrl)).toBe(404);
    expect(await status({})).toBe(401);
    const twice = { 'x-api-key': other.key, [SESSION]: [session, session] };
    expect((await send('POST', mcpUrl, { ...JSON_TYPE, ...twice }, PING)).status).toBe(404);

    const rotated = await client.must(`POST ${KEYS}/${owner.id}/rotate`, gateway.key);
    expect(await status({ 'x-api-key': owner.key })).toBe(401);
    expect(calls).toBe(0);
    expect(await status({ 'x-api-key': rotated.key })).toBe(200);
    expect(calls).toBe(1);

    await client.must(`DELETE ${KEYS}/${owner.id}`, gateway.key);
    expect(await status({ 'x-api-key': rotated.key })).toBe(401);
    await setGate(false);
    expect(await status({ 'x-api-key': rotated.key })).toBe(404);
    expect(await status({})).toBe(404);
    expect(calls).toBe(1);
  });
});

describe('a list of tools', () => {
  const toolCall = (name: string) =>
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${JSON.stringify(name)}}}`;
  let listedUrl: string;

  beforeAll(async () => {
    await setGate(false);
    listedUrl = await addServer(gateway, gateway.key, upstream.url, { allowed_tools: ['echo', 'caf\u00e9'] });
  });

  it('takes an allowed name in whatever way JSON writes it, and sends it on as it came', async () => {
    const escaped = toolCall('echo')
      .replace('tools/call', 't\\u006fols\\/call')
      .replace('echo', '\\u0065cho');
    const body = `\t${escaped.replace('"id":1', '"id":123456789012345678901234567890.0e-1')}\r\n`;
    expect((await send('POST', listedUrl, JSON_TYPE, body)).status).toBe(200);
    expect(received).toEqual([body]);
  });

  it.each([
    ['a method and then another', '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}'],
    ['a tool and then another', toolCall('echo').replace('}}', ',"name":"delete_all"}}')],
    ['a tool and then another, escaped', toolCall('echo').replace('}}', ',"n\\u0061me":"delete_all"}}')],
    ['an escaped method', toolCall('delete_all').replace('tools', '\\u0074ools')],
    ['an escaped name', toolCall('delete_all').replace('delete', '\\u0064elete')],
    ['half of a surrogate pair behind the method', toolCall('delete_all').replace('call"', 'call\\ud800"')],
    ['a letter of another script', toolCall('\u0435cho')],
    ['the same letters, composed otherwise', toolCall('cafe\u0301')],
    ['an invisible character', toolCall('ec\u200bho')],
    ['a name that has the allowed one inside', toolCall('echo\ndelete_all')],
    ['a batch with one that is not allowed', `[${toolCall('echo')},${toolCall('delete_all')}]`],
    ['a batch in a batch', `[[${toolCall('delete_all')}]]`],
    ['a byte order mark', `\ufeff${toolCall('delete_all')}`],
    ['UTF-16', Buffer.from(toolCall('delete_all'), 'utf16le')],
    ['an overlong letter', Buffer.from(toolCall('\xc1\xa5cho'), 'latin1')],
    ['deep nesting', toolCall('echo').replace('}}', `,"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`)],
    ['a million quotes', `{"a":"${'\\"'.repeat(1_000_000)}`],
    ['two messages', `${toolCall('echo')}\n${toolCall('delete_all')}`],
  ])('is not passed by %s', async (_name, body) => {
    const answer = await send('POST', listedUrl, JSON_TYPE, body);
    expect(JSON.stringify(JSON.parse(answer.body))).toContain('"error":{"code":-32');
    expect(received).toEqual([]);
  });

  it.each([
    ['GET', '', 400],
    ['DELETE', '', 400],
    ['POST', '?method=tools/call&name=delete_all', 200],
  ])('is not passed by %s%s', async (method, query, status) => {
    const body = method === 'POST' ? toolCall('echo') : toolCall('delete_all');
    const headers = { ...JSON_TYPE, 'x-http-method-override': 'POST' };
    expect((await send(method, listedUrl + query, headers, body)).status).toBe(status);
    expect(received).toEqual(status === 200 ? [body] : []);
  });
});

describe('an address that no server may have', () => {
  it.each([
    'https://2852039166/',
    'https://[::ffff:169.254.169.254]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://%31%36%39.254.169.254/',
    'https://\u2460\u2466\u2461.16.0.1/',
    'https://10\u30020\u30020\u30021/',
    'https://user:password@mcp.portcullis.invalid/',
    'http://mcp.portcullis.invalid/',
    'file:///etc/passwd',
  ])('%s is refused at registration', async (url) => {
    const body = { name: `Hostile ${url}`, upstream: { kind: 'http', url } };
    const answer = await client.call(`POST ${SERVERS}`, gateway.key, body);
    expect(answer.status).toBe(400);
  });
});

import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import {
  type Answer,
  CONFIG_PATH,
  type Gateway,
  initialize,
  patchConfig,
  send,
  startGateway,
} from '../support/gateway.ts';

const REQUIRED = '{"error": "API key is required in headers for security reasons"}';
const NOT_VALID = '{"error": "API key is not valid for this MCP server"}';
const CONFLICTING = '{"error": "Conflicting API keys in headers"}';

let gateway: Gateway;
/** A key of another project of the same organization. */
let foreignKey: string;

beforeAll(async () => {
  gateway = await startGateway();
  foreignKey = (await newProject({ name: 'Other', should_create_api_key: true })).api_key;
});
afterAll(() => gateway.stop());

async function newProject(body: object): Promise<{ id: string; api_key: string }> {
  const answer = await send(
    'POST',
    `${gateway.url}/api/v3/org/owner/project/new`,
    { 'content-type': 'application/json', 'x-org-api-key': gateway.orgKey },
    JSON.stringify(body),
  );
  expect(answer.status).toBe(201);
  return JSON.parse(answer.body);
}

/** A key of the right form that nobody made: its checksum is right. */
function unknownKey(): string {
  const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const random = 'Q'.repeat(30);
  let rest = crc32(random);
  let digits = '';
  for (let n = 0; n < 6; n++) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return `ak_${random}${digits}`;
}

function expectForwarded(answer: Answer): void {
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status: 200,
    body: expect.stringContaining('serverInfo'),
  });
}

function expect401(answer: Answer, body: string): void {
  expect(answer.body).toBe(body);
  expect(answer.status).toBe(401);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json',
    'www-authenticate': 'ApiKey realm="portcullis"',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': expect.any(String),
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
}

const raise = () => patchConfig(gateway, gateway.key, { require_mcp_api_key: true });
const lower = () => patchConfig(gateway, gateway.key, { require_mcp_api_key: false });

describe('When the setting is disabled (default)', () => {
  beforeEach(async () => {
    await lower();
  });

  it('This opt-in setting is off by default', async () => {
    const project = await newProject({ name: 'Fresh', should_create_api_key: true });
    const answer = await send('GET', gateway.url + CONFIG_PATH, { 'x-api-key': project.api_key });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({
      require_mcp_api_key: false,
      is_2FA_enabled: true,
      mask_secret_keys_in_connected_account: true,
      log_visibility_setting: 'show_all',
    });
  });

  it('MCP servers work without API key authentication', async () => {
    expectForwarded(await initialize(gateway.mcpUrl));
  });

  it('Existing integrations continue to function unchanged', async () => {
    const direct = await initialize(gateway.upstreamUrl);
    const through = await initialize(gateway.mcpUrl);
    expect(through.body).toBe(direct.body);
    expect(through.status).toBe(direct.status);
    expect(through.headers['content-type']).toBe(direct.headers['content-type']);
  });

  it.each([
    ['an unknown key', () => ({ 'x-api-key': unknownKey() })],
    ['a malformed key', () => ({ 'x-api-key': 'nonsense' })],
    ["another project's key", () => ({ 'x-api-key': foreignKey })],
    ['two different keys', () => ({ 'x-api-key': gateway.key, authorization: `Bearer ${foreignKey}` })],
    ["somebody else's Bearer token", () => ({ authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9' })],
  ])('even %s is forwarded', async (_name, headers) => {
    expectForwarded(await initialize(gateway.mcpUrl, headers()));
  });
});

describe('When the setting is enabled', () => {
  beforeEach(async () => {
    expect((await raise()).status).toBe(200);
  });

  it('All MCP requests must include the x-api-key header with a valid API key', async () => {
    expect401(await initialize(gateway.mcpUrl), REQUIRED);
    expectForwarded(await initialize(gateway.mcpUrl, { 'x-api-key': gateway.key }));
  });

  it('Requests without a valid API key receive 401 Unauthorized', async () => {
    expect401(await initialize(gateway.mcpUrl, { 'x-api-key': unknownKey() }), NOT_VALID);
    expect401(await initialize(gateway.mcpUrl, { 'x-api-key': 'nonsense' }), NOT_VALID);
  });

  it('Only API keys belonging to the same project are accepted', async () => {
    expect401(await initialize(gateway.mcpUrl, { 'x-api-key': foreignKey }), NOT_VALID);
    expect401(await initialize(gateway.mcpUrl, { authorization: `Bearer ${foreignKey}` }), NOT_VALID);
  });

  it.each(['GET', 'POST', 'DELETE', 'PUT', 'PATCH'])(
    'the 401 comes for %s alike, before the body is looked at',
    async (method) => {
      expect401(await send(method, gateway.mcpUrl, {}, method === 'GET' ? undefined : '{not json'), REQUIRED);
    },
  );

  it.each([
    ['x-api-key in lower case', (key: string) => ({ 'x-api-key': key })],
    ['X-API-KEY in capitals', (key: string) => ({ 'X-API-KEY': key })],
    ['x-Api-Key in mixed case', (key: string) => ({ 'x-Api-Key': key })],
    ['Authorization: Bearer', (key: string) => ({ Authorization: `Bearer ${key}` })],
    ['authorization: bearer', (key: string) => ({ authorization: `bearer ${key}` })],
    ['AUTHORIZATION: BEARER', (key: string) => ({ AUTHORIZATION: `BEARER ${key}` })],
    ['the same key in both', (key: string) => ({ 'x-api-key': key, authorization: `Bearer ${key}` })],
    ['the same key twice', (key: string) => ({ 'x-api-key': [key, key] })],
    [
      'an empty x-api-key beside a Bearer key',
      (key: string) => ({ 'x-api-key': '', authorization: `Bearer ${key}` }),
    ],
    [
      "somebody else's Bearer token beside a key",
      (key: string) => ({ 'x-api-key': key, authorization: 'Bearer eyJ' }),
    ],
  ])('a valid key is accepted as %s', async (_name, headers) => {
    expectForwarded(await initialize(gateway.mcpUrl, headers(gateway.key)));
  });

  it.each([
    ['an empty x-api-key', { 'x-api-key': '' }, REQUIRED],
    ['a blank x-api-key', { 'x-api-key': '   ' }, REQUIRED],
    ['Bearer without a value', { authorization: 'Bearer ' }, REQUIRED],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }, REQUIRED],
    ["somebody else's Bearer token alone", { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9' }, NOT_VALID],
    ['8 KB of key', { 'x-api-key': 'a'.repeat(8_192) }, NOT_VALID],
    ['8 KB of key in the right alphabet', { 'x-api-key': `ak_${'0'.repeat(8_189)}` }, NOT_VALID],
    ['x-api-key twice with different values', { 'x-api-key': ['one', 'two'] }, CONFLICTING],
  ])('%s is refused', async (_name, headers, body) => {
    expect401(await initialize(gateway.mcpUrl, headers), body);
  });

  it('two different keys in two headers are refused, even if one is valid', async () => {
    expect401(
      await initialize(gateway.mcpUrl, { 'x-api-key': gateway.key, authorization: `Bearer ${foreignKey}` }),
      CONFLICTING,
    );
  });

  it('a key in the query string is never read', async () => {
    expect401(
      await initialize(`${gateway.mcpUrl}?x-api-key=${gateway.key}&api_key=${gateway.key}`),
      REQUIRED,
    );
  });

  it('the gate is the whole project: a second server of it is behind the gate too', async () => {
    const created = await send(
      'POST',
      `${gateway.url}/api/v3/mcp/servers`,
      { 'content-type': 'application/json', 'x-api-key': gateway.key },
      JSON.stringify({ name: 'Second', upstream: { kind: 'http', url: gateway.upstreamUrl } }),
    );
    expect(created.status).toBe(201);
    const { mcp_url } = JSON.parse(created.body);
    expect401(await initialize(mcp_url), REQUIRED);
    expectForwarded(await initialize(mcp_url, { 'x-api-key': gateway.key }));
  });

  it("another project's gate stays where it is", async () => {
    const project = await newProject({ name: 'Open', should_create_api_key: true });
    const created = await send(
      'POST',
      `${gateway.url}/api/v3/mcp/servers`,
      { 'content-type': 'application/json', 'x-api-key': project.api_key },
      JSON.stringify({ name: 'Open', upstream: { kind: 'http', url: gateway.upstreamUrl } }),
    );
    expectForwarded(await initialize(JSON.parse(created.body).mcp_url));
  });

  it('an MCP client with the key works, and one without is refused', async () => {
    const connect = async (headers: Record<string, string>) => {
      const client = new Client({ name: 'acceptance', version: '1' });
      await client.connect(
        new StreamableHTTPClientTransport(new URL(gateway.mcpUrl), { requestInit: { headers } }),
      );
      const { tools } = await client.listTools();
      await client.close();
      return tools.map(({ name }) => name);
    };
    expect(await connect({ 'x-api-key': gateway.key })).toContain('echo');
    expect(await connect({ authorization: `Bearer ${gateway.key}` })).toContain('echo');
    await expect(connect({})).rejects.toThrow();
  });
});

describe.each([true, false])('Whatever the setting says (enabled: %s)', (enabled) => {
  beforeEach(async () => {
    await (enabled ? raise() : lower());
  });

  it.each(['mcp_unknown', 'favicon.ico', `mcp_${'A'.repeat(38)}`, '%6dcp_x', 'x'.repeat(2_000)])(
    '/%s is 404',
    async (segment) => {
      const answer = await initialize(`${gateway.url}/${segment}`, { 'x-api-key': gateway.key });
      expect(answer).toMatchObject({ status: 404, body: '{"error": "MCP server not found"}' });
    },
  );

  it('a foreign origin is refused before any key is judged', async () => {
    for (const headers of [{}, { 'x-api-key': gateway.key }, { 'x-api-key': 'nonsense' }]) {
      const answer = await initialize(gateway.mcpUrl, { origin: 'https://evil.example', ...headers });
      expect(answer).toMatchObject({
        status: 403,
        body: '{"error": "Origin is not allowed for this MCP server"}',
      });
    }
  });

  it('OPTIONS is answered without a key, for any address, and allows the key headers', async () => {
    for (const url of [gateway.mcpUrl, `${gateway.url}/mcp_unknown`, gateway.url + CONFIG_PATH]) {
      const answer = await send('OPTIONS', url, {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
      });
      expect(answer).toMatchObject({
        status: 204,
        body: '',
        headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*, Authorization' },
      });
    }
  });

  it('a key is needed for the settings', async () => {
    expect((await send('GET', gateway.url + CONFIG_PATH)).status).toBe(401);
    expect((await send('PATCH', gateway.url + CONFIG_PATH, {}, '{}')).status).toBe(401);
  });

  it('every answer of the relay is fenced in and carries its request id', async () => {
    const answer = await initialize(gateway.mcpUrl, { 'x-api-key': gateway.key });
    expect(answer.headers).toMatchObject({
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

describe('What passes', () => {
  beforeEach(async () => {
    await lower();
  });

  it('a notification is answered 202, with an empty body and no content type', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
    const answer = await send(
      'POST',
      gateway.mcpUrl,
      { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body,
    );
    expect(answer).toMatchObject({ status: 202, body: '' });
    expect(answer.headers['content-type']).toBeUndefined();
  });

  it("the server's own refusal of a method keeps its status and body", async () => {
    for (const method of ['GET', 'DELETE']) {
      const direct = await send(method, gateway.upstreamUrl, { accept: 'text/event-stream' });
      const through = await send(method, gateway.mcpUrl, { accept: 'text/event-stream' });
      expect([through.status, through.body]).toEqual([direct.status, direct.body]);
    }
  });

  it('a method that MCP does not use is answered 405', async () => {
    const answer = await send('PUT', gateway.mcpUrl, {}, 'x');
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, POST, DELETE' } });
  });

  it('no key reaches the server', async () => {
    const call = JSON.stringify({
      jsonrpc: '2.0',
      id: 2,
      method: 'tools/call',
      params: { name: 'whoami', arguments: {} },
    });
    const answer = await send(
      'POST',
      gateway.mcpUrl,
      {
        'content-type': 'application/json',
        'x-api-key': gateway.key,
        authorization: `Bearer ${gateway.key}`,
        cookie: 'a=b',
      },
      call,
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('1.1 portcullis');
    expect(answer.body).not.toMatch(/x-api-key|authorization|cookie|ak_/i);
  });

  it('a request that has been through this gateway is a loop', async () => {
    const answer = await initialize(gateway.mcpUrl, { via: '1.1 portcullis' });
    expect(answer.status).toBe(508);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -32000 } });
  });

  it('a request over the size limit is 413', async () => {
    const answer = await send(
      'POST',
      gateway.mcpUrl,
      { 'content-type': 'application/json' },
      Buffer.alloc(6_000_000, 0x20),
    );
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body).error).toMatchObject({
      code: 10413,
      slug: 'HTTP_PayloadTooLarge',
      status: 413,
    });
  });

  it('an unreachable server is 502 with the id of the request', async () => {
    const created = await send(
      'POST',
      `${gateway.url}/api/v3/mcp/servers`,
      { 'content-type': 'application/json', 'x-api-key': gateway.key },
      JSON.stringify({
        name: 'Gone',
        upstream: { kind: 'http', url: 'https://gone.portcullis.invalid/mcp' },
      }),
    );
    const answer = await initialize(JSON.parse(created.body).mcp_url);
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', id: 1, error: { code: -32000 } });
  });
});

describe('Clients that look for OAuth', () => {
  it.each([
    '/.well-known/oauth-authorization-server',
    '/.well-known/oauth-protected-resource',
    '/.well-known/openid-configuration',
    '/.well-known/oauth-protected-resource/mcp_x',
    '/.well-known',
  ])('%s is a JSON 404', async (path) => {
    for (const method of ['GET', 'POST']) {
      const answer = await send(method, gateway.url + path);
      expect(answer).toMatchObject({ status: 404, headers: { 'content-type': 'application/json' } });
      JSON.parse(answer.body);
    }
  });

  it('are told at registration what to do instead', async () => {
    const answer = await send(
      'POST',
      `${gateway.url}/register`,
      { 'content-type': 'application/json' },
      '{}',
    );
    expect(answer).toMatchObject({
      status: 400,
      body: '{"error":"invalid_request","error_description":"This gateway does not use OAuth. Send your API key in the x-api-key header or as Authorization: Bearer."}',
    });
  });
});

describe('Paths that are no route', () => {
  it.each(['/', '/health/x', '/register/x/y', '/mcp_x/y', '/a/b/c'])('%s is a JSON 404', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await send(method, gateway.url + path, { authorization: 'Bearer secret-of-somebody' });
      expect(answer).toMatchObject({ status: 404, headers: { 'content-type': 'application/json' } });
      expect(answer.body).not.toContain('secret-of-somebody');
      JSON.parse(answer.body);
    }
  });

  it.each([
    '/api',
    '/api/',
    '/api/v3',
    '/api/v3/org',
    '/api/v3/org/project',
    '/api/v3/nothing',
    '/api/v3/org/project/config/x',
  ])('%s is a 404 in the envelope', async (path) => {
    const answer = await send('GET', gateway.url + path, { 'x-api-key': gateway.key });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body).error).toMatchObject({ code: 10404, slug: 'HTTP_NotFound', status: 404 });
  });

  it('health is 200', async () => {
    expect(await send('GET', `${gateway.url}/health`)).toMatchObject({
      status: 200,
      body: '{"status":"ok"}',
    });
  });

  it.each(['HEAD', 'POST', 'PUT', 'DELETE'])('health has no %s', async (method) => {
    const answer = await send(method, `${gateway.url}/health`);
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, OPTIONS' } });
  });
});

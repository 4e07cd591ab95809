import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  CONFIG_PATH,
  type Gateway,
  initialize,
  patchConfig,
  send,
  startGateway,
} from '../support/gateway.ts';

const SERVERS_PATH = '/api/v3/mcp/servers';
const NEW_PROJECT_PATH = '/api/v3/org/owner/project/new';
const DEFAULTS = {
  require_mcp_api_key: false,
  is_2FA_enabled: true,
  mask_secret_keys_in_connected_account: true,
  log_visibility_setting: 'show_all',
};

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const json = { 'content-type': 'application/json' };
const getConfig = (key: string) => send('GET', gateway.url + CONFIG_PATH, { 'x-api-key': key });
const post = (path: string, headers: Record<string, string>, body: unknown) =>
  send(
    'POST',
    gateway.url + path,
    { ...json, ...headers },
    typeof body === 'string' ? body : JSON.stringify(body),
  );

async function newProject(body: object = {}): Promise<{ id: string; api_key: string; config: object }> {
  const answer = await post(
    NEW_PROJECT_PATH,
    { 'x-org-api-key': gateway.orgKey },
    { name: 'Test', should_create_api_key: true, ...body },
  );
  expect(answer.status).toBe(201);
  return JSON.parse(answer.body);
}

function expectError(
  answer: Answer,
  status: number,
  code: number,
  slug: string,
): { message: string; errors?: string[] } {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/json');
  const { error } = JSON.parse(answer.body);
  expect(error).toMatchObject({
    message: expect.any(String),
    code,
    slug,
    status,
    request_id: answer.headers['x-request-id'],
  });
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  return error;
}

describe('the settings of a project', () => {
  it('are its defaults at first, whole', async () => {
    const { api_key } = await newProject();
    const answer = await getConfig(api_key);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual(DEFAULTS);
  });

  it('change only where a patch says so, and are answered whole', async () => {
    const { api_key } = await newProject();
    const answer = await patchConfig(gateway, api_key, { require_mcp_api_key: true, display_name: 'Café' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ ...DEFAULTS, require_mcp_api_key: true, display_name: 'Café' });
    expect(JSON.parse((await getConfig(api_key)).body)).toEqual({
      ...DEFAULTS,
      require_mcp_api_key: true,
      display_name: 'Café',
    });
  });

  it('take a key as Bearer too', async () => {
    const answer = await send('GET', gateway.url + CONFIG_PATH, { authorization: `Bearer ${gateway.key}` });
    expect(answer.status).toBe(200);
  });

  it('stay as they are with an empty patch', async () => {
    const { api_key } = await newProject({ config: { is_2FA_enabled: false } });
    const answer = await patchConfig(gateway, api_key, {});
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ ...DEFAULTS, is_2FA_enabled: false });
  });

  it('of concurrent patches of different fields keep all', async () => {
    const { api_key } = await newProject();
    for (let round = 0; round < 10; round++) {
      const on = round % 2 === 0;
      const answers = await Promise.all([
        patchConfig(gateway, api_key, { require_mcp_api_key: on }),
        patchConfig(gateway, api_key, { is_2FA_enabled: on }),
        patchConfig(gateway, api_key, { mask_secret_keys_in_connected_account: on }),
        patchConfig(gateway, api_key, { display_name: `Round ${round}` }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(JSON.parse((await getConfig(api_key)).body)).toEqual({
        require_mcp_api_key: on,
        is_2FA_enabled: on,
        mask_secret_keys_in_connected_account: on,
        log_visibility_setting: 'show_all',
        display_name: `Round ${round}`,
      });
    }
  });

  it.each([
    ['an unknown field', { require_mcp_api_key: true, nonsense: 1 }, 1],
    ['a wrong type', { require_mcp_api_key: 'true' }, 1],
    ['null', { require_mcp_api_key: null }, 1],
    ['three problems', { require_mcp_api_key: 1, is_2FA_enabled: 'x', log_visibility_setting: 'hide' }, 3],
    ['a display name of 101 characters', { display_name: 'x'.repeat(101) }, 1],
    ['a logo over http', { logo_url: 'http://example.com/logo.png' }, 1],
    ['a field in another case', { is_2fa_enabled: true }, 1],
    ['an array', [], 1],
    ['a string', '"x"', 1],
    ['invalid JSON', '{"require_mcp_api_key": tru', 1],
    ['an empty body', '', 1],
    ['a prototype', '{"__proto__": {"require_mcp_api_key": true}}', 1],
  ])('refuse %s and stay as they are, with every problem listed', async (_name, patch, problems) => {
    const { api_key } = await newProject();
    const error = expectError(await patchConfig(gateway, api_key, patch), 400, 10400, 'HTTP_BadRequest');
    expect(error.errors).toHaveLength(problems);
    expect(JSON.parse((await getConfig(api_key)).body)).toEqual(DEFAULTS);
  });

  it('refuse a body that is not UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"display_name":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    const answer = await send(
      'PATCH',
      gateway.url + CONFIG_PATH,
      { ...json, 'x-api-key': gateway.key },
      body,
    );
    expectError(answer, 400, 10400, 'HTTP_BadRequest');
  });
});

describe('a credential that is not enough for the management plane', () => {
  const masked = (key: string) => `ak_**${key.slice(-4)}`;

  it.each([CONFIG_PATH, SERVERS_PATH])('none, on %s', async (path) => {
    expectError(await send('GET', gateway.url + path), 401, 906, 'Auth_NoAuthProvided');
  });

  it('a malformed key, of which nothing is shown', async () => {
    const error = expectError(await getConfig('not-a-key-at-all'), 401, 801, 'APIKey_InvalidAPIKey');
    expect(error.message).toContain('ak_**');
    expect(error.message).not.toContain('not-a-key');
  });

  it('a key with a wrong checksum, shown masked', async () => {
    const key = gateway.key.slice(0, -1) + (gateway.key.endsWith('0') ? '1' : '0');
    const error = expectError(await getConfig(key), 401, 801, 'APIKey_InvalidAPIKey');
    expect(error.message).toContain(masked(key));
    expect(error.message).not.toContain(key.slice(3, 20));
  });

  it('two different keys', async () => {
    const { api_key } = await newProject();
    const answer = await send('GET', gateway.url + CONFIG_PATH, { 'x-api-key': [gateway.key, api_key] });
    expectError(answer, 401, 10401, 'HTTP_Unauthorized');
  });

  it('a project key for the organization', async () => {
    const answer = await post(NEW_PROJECT_PATH, { 'x-api-key': gateway.key }, { name: 'X' });
    expectError(answer, 401, 906, 'Auth_NoAuthProvided');
  });

  it('a project key in the header of the organization', async () => {
    const answer = await post(NEW_PROJECT_PATH, { 'x-org-api-key': gateway.key }, { name: 'X' });
    expectError(answer, 401, 801, 'APIKey_InvalidAPIKey');
  });

  it('the organization key for a project', async () => {
    expectError(await getConfig(gateway.orgKey), 401, 801, 'APIKey_InvalidAPIKey');
  });
});

describe('a new project', () => {
  it('has the settings that it is given, and the defaults for the rest', async () => {
    const { api_key, config } = await newProject({ config: { require_mcp_api_key: true } });
    expect(config).toEqual({ ...DEFAULTS, require_mcp_api_key: true });
    expect(JSON.parse((await getConfig(api_key)).body)).toEqual({ ...DEFAULTS, require_mcp_api_key: true });
  });

  it('has a key only if one is asked for', async () => {
    const answer = await post(NEW_PROJECT_PATH, { 'x-org-api-key': gateway.orgKey }, { name: 'No key' });
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.body)).toEqual({
      id: expect.stringMatching(/^pr_/),
      name: 'No key',
      config: DEFAULTS,
      created_at: expect.any(String),
    });
  });

  it.each([
    ['no name', {}],
    ['an empty name', { name: ' ' }],
    ['a name of 10,000 characters', { name: 'x'.repeat(10_000) }],
    ['an unknown setting', { name: 'X', config: { nonsense: 1 } }],
    ['an unknown field', { name: 'X', nonsense: 1 }],
  ])('with %s is refused', async (_name, body) => {
    expectError(
      await post(NEW_PROJECT_PATH, { 'x-org-api-key': gateway.orgKey }, body),
      400,
      10400,
      'HTTP_BadRequest',
    );
  });
});

describe('the servers of a project', () => {
  const add = (key: string, body: object) => post(SERVERS_PATH, { 'x-api-key': key }, body);
  const list = async (key: string, query = '') => {
    const answer = await send('GET', `${gateway.url}${SERVERS_PATH}${query}`, { 'x-api-key': key });
    expect(answer.status).toBe(200);
    return JSON.parse(answer.body);
  };

  it('are answered with the address to paste into a client', async () => {
    const { api_key } = await newProject();
    const answer = await add(api_key, { name: 'Docs', upstream: { kind: 'http', url: gateway.upstreamUrl } });
    expect(answer.status).toBe(201);
    const server = JSON.parse(answer.body);
    expect(server).toMatchObject({
      name: 'Docs',
      upstream: { kind: 'http', url: gateway.upstreamUrl },
      mcp_url: `${gateway.url}/${server.slug}`,
    });
    expect((await initialize(server.mcp_url)).status).toBe(200);
    expect(await list(api_key)).toEqual({ items: [server], next_cursor: null });
  });

  it('are listed in the order of creation, page by page, and never with those of another project', async () => {
    const { api_key } = await newProject();
    for (const name of ['a', 'b', 'c'])
      await add(api_key, { name, upstream: { kind: 'http', url: gateway.upstreamUrl } });
    const first = await list(api_key, '?limit=2');
    const second = await list(api_key, `?limit=2&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.items].map(({ name }: { name: string }) => name)).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(second.next_cursor).toBeNull();
  });

  it.each([
    ...['?limit=0', '?limit=101', '?limit=x', '?limit=0x5', '?limit=1e1', '?limit=1&limit=2'],
    ...['?cursor=nonsense', '?cursor=', '?nonsense=1'],
  ])('refuse the query %s', async (query) => {
    const answer = await send('GET', `${gateway.url}${SERVERS_PATH}${query}`, { 'x-api-key': gateway.key });
    expectError(answer, 400, 10400, 'HTTP_BadRequest');
  });

  it.each([
    ['a private address', 'https://10.0.0.1/mcp'],
    ['the metadata address', 'https://169.254.169.254/latest'],
    ['http to a public host', 'http://mcp.example.com/mcp'],
    ['credentials in the URL', 'https://user:secret@mcp.example.com/mcp'],
    ['no URL', 'nonsense'],
  ])('refuse %s as upstream', async (_name, url) => {
    const error = expectError(
      await add(gateway.key, { name: 'X', upstream: { kind: 'http', url } }),
      400,
      10400,
      'HTTP_BadRequest',
    );
    expect(error.errors?.[0]).toMatch(/^upstream\.url: /);
  });

  it('are told every problem at once, that of the address too', async () => {
    const upstream = { kind: 'http', url: 'https://10.0.0.1/mcp', headers: { Host: 'x' } };
    const error = expectError(
      await add(gateway.key, { name: '', upstream, allowed_origins: ['x'] }),
      400,
      10400,
      'HTTP_BadRequest',
    );
    expect(error.errors?.map((problem) => problem.split(':', 1)[0]).toSorted()).toEqual([
      'allowed_origins.0',
      'name',
      'upstream.headers.Host',
      'upstream.url',
    ]);
  });

  it('refuse the gateway itself as upstream', async () => {
    const error = expectError(
      await add(gateway.key, { name: 'X', upstream: { kind: 'http', url: gateway.mcpUrl } }),
      400,
      10400,
      'HTTP_BadRequest',
    );
    expect(error.errors).toEqual(['upstream.url: must not be the gateway itself']);
  });

  it('let an allowed origin pass', async () => {
    const { api_key } = await newProject();
    const answer = await add(api_key, {
      name: 'Page',
      upstream: { kind: 'http', url: gateway.upstreamUrl },
      allowed_origins: ['https://app.example.com'],
    });
    const { mcp_url } = JSON.parse(answer.body);
    const allowed = await initialize(mcp_url, { origin: 'https://app.example.com' });
    expect(allowed).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': '*' } });
    expect((await initialize(mcp_url, { origin: 'https://app.example.com.evil.example' })).status).toBe(403);
  });
});

import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import type { Schemas } from '../../client/index.ts';
import {
  expectAccessible,
  expectFocus,
  expectHeard,
  expectToFit,
  PHONE,
  startDashboard,
  type TestDashboard,
} from '../support/dashboard.ts';
import { initialize, patchConfig, send } from '../support/gateway.ts';
import { startUpstream, type TestUpstream } from '../support/upstream.ts';

type Server = Schemas['McpServer'];

const SECRET = 'Bearer of-the-upstream-itself';
const HOSTILE_TOOL = '<img src=x onerror=alert(1)>';
const HOSTILE_NAME = '"><script>alert(1)</script>';

let dashboard: TestDashboard;
let upstream: TestUpstream;
let named = 0;

beforeAll(async () => {
  [dashboard, upstream] = await Promise.all([startDashboard(), startUpstream()]);
  serveTools(upstream, [HOSTILE_TOOL, 'look_up', 'x'.repeat(128)]);
});
afterEach(async () => {
  const { portcullis } = dashboard;
  for await (const { id, upstream } of portcullis.paginate('listMcpServers')) {
    if (upstream.url !== dashboard.gateway.upstreamUrl) await portcullis.deleteMcpServer({ path: { id } });
  }
});
afterAll(async () => {
  upstream.close();
  await dashboard.close();
});

/** An MCP server of an earlier revision that has these tools. */
function serveTools({ url }: TestUpstream, tools: readonly string[]): void {
  const results: Record<string, object> = {
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: '<b>own</b>', version: new URL(url).protocol },
    },
    'tools/list': { tools: tools.map((name) => ({ name, inputSchema: { type: 'object' } })) },
  };
  upstream.answer = async (incoming, response) => {
    if (incoming.method !== 'POST') return void response.writeHead(405).end();
    const { id, method } = (await json(incoming)) as { id?: number; method: string };
    const result = results[method];
    if (id === undefined) return void response.writeHead(202).end();
    if (result === undefined) return void response.writeHead(400).end();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  };
}

const newServer = (fields: Partial<Schemas['NewMcpServer']> = {}): Promise<Server> =>
  dashboard.portcullis.createMcpServer({
    body: { name: `Server ${++named}`, upstream: { kind: 'http', url: upstream.url }, ...fields },
  });
const stored = ({ id }: Server): Promise<Server> => dashboard.portcullis.getMcpServer({ path: { id } });
async function serverNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of dashboard.portcullis.paginate('listMcpServers')) names.push(name);
  return names;
}

/** What the browser itself says of an answer that is no success. */
const refused = (status: number) =>
  expect.stringContaining(`the server responded with a status of ${status}`);

const field = (page: Page, label: string): Locator =>
  page.locator('input, textarea').and(page.getByLabel(label, { exact: true }));
const button = (page: Page | Locator, name: string): Locator =>
  page.getByRole('button', { name, exact: true });
const heading = (page: Page, name: string): Locator => page.getByRole('heading', { level: 1, name });

/** Looks at a page as it is on a phone. */
async function expectGoodOnPhone(page: Page): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize(PHONE);
  await expectAccessible(page);
  await expectToFit(page);
  if (before !== null) await page.setViewportSize(before);
}

describe('the list of servers', () => {
  it('tells of each what it is, what was found and what is allowed; the filter stands in the address', async () => {
    await newServer({ name: 'Docs', allowed_tools: ['look_up'] });
    await newServer({ name: HOSTILE_NAME });
    await using opened = await dashboard.open('/servers');
    const { page, problems } = opened;
    const docs = page.getByRole('row').filter({ hasText: 'Docs' });
    expect(await docs.innerText()).toContain(upstream.url);
    expect(await docs.innerText()).toContain('3 tools');
    expect(await docs.innerText()).toContain('look_up');
    expect(await page.getByRole('link', { name: HOSTILE_NAME }).count()).toBe(1);
    await expectAccessible(page);

    await page.getByRole('searchbox', { name: 'Filter the MCP servers' }).fill('docs');
    await page.getByText('1 found').first().waitFor();
    await page.waitForURL('**/servers?filter=docs');
    await page.getByRole('link', { name: 'Docs' }).click();
    await heading(page, 'Docs').waitFor();
    await page.goBack();
    await page.getByText('1 found').first().waitFor();
    await expectGoodOnPhone(page);
    expect(problems).toEqual([]);
  });

  it('leads to adding the first server where there is none', async () => {
    const { gateway } = dashboard;
    const project = await send(
      'POST',
      `${gateway.url}/api/v3/org/owner/project/new`,
      { 'content-type': 'application/json', 'x-org-api-key': gateway.orgKey },
      JSON.stringify({ name: 'Empty', should_create_api_key: true }),
    );
    const { api_key } = JSON.parse(project.body) as { api_key: string };
    await using opened = await dashboard.open('/servers', { key: api_key, viewport: PHONE });
    const { page, problems } = opened;
    await page.getByText('No MCP servers yet').waitFor();
    await expectAccessible(page);
    await expectToFit(page);
    await page.getByRole('row').getByRole('link', { name: 'Add server' }).click();
    await heading(page, 'Add an MCP server').waitFor();
    expect(problems).toEqual([]);
  });

  it('says why a key without the scope is not shown it', async () => {
    const { key } = await dashboard.portcullis.createApiKey({
      body: { name: 'Invoker', scopes: ['mcp:invoke'] },
    });
    await using opened = await dashboard.open('/servers', { key });
    const { page, problems } = opened;
    for (const path of ['/servers', '/servers/add', '/servers/srv_0mwzie3pacvezPyYmLqoUVD']) {
      await page.goto(`${dashboard.gateway.url}/dashboard${path}`);
      await page.getByText('It needs the scope servers:manage').waitFor();
      expect(await page.getByRole('link', { name: 'Add server' }).count()).toBe(0);
    }
    await expectAccessible(page);
    expect(problems).toEqual([]);
  });

  it('shows a key that is held to some servers those alone, and says that it cannot add others', async () => {
    const { id } = await newServer({ name: 'Its own' });
    await newServer({ name: 'Not its own' });
    const { key } = await dashboard.portcullis.createApiKey({
      body: { name: `Held ${++named}`, scopes: ['servers:manage'], mcp_server_ids: [id] },
    });
    await using opened = await dashboard.open('/servers', { key });
    const { page, problems } = opened;
    await page.getByRole('link', { name: 'Its own' }).waitFor();
    expect(await page.getByRole('link', { name: 'Not its own' }).count()).toBe(0);
    await page.getByText('The others are not shown.').waitFor();
    expect(await page.getByRole('link', { name: 'Add server' }).getAttribute('aria-disabled')).toBe('true');
    expect(problems).toEqual([]);
  });

  it('says that the gateway is still waited for', async () => {
    const { id } = await newServer();
    await using opened = await dashboard.open('/servers');
    const { page, problems } = opened;
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    await page.route(/\/api\/v3\/mcp\//, async (route) => {
      await answered;
      await route.fallback();
    });
    for (const path of ['/servers', `/servers/${id}`]) {
      await page.goto(`${dashboard.gateway.url}/dashboard${path}`);
      await page.getByText('Still waiting for the gateway').first().waitFor();
    }
    answer();
    await button(page, 'Look again').waitFor();
    expect(problems).toEqual([]);
  });
});

describe('adding a server', () => {
  it('shows what the gateway found, as text whatever it is, and leads on to the clients', async () => {
    await using opened = await dashboard.open('/servers/add');
    const { page, problems } = opened;
    await field(page, 'Name').fill('Own server');
    await field(page, 'URL').fill(upstream.url);
    await button(page, 'Add header').click();
    await field(page, 'Header name').fill('Authorization');
    await field(page, 'Value').fill(SECRET);
    expect(await field(page, 'Value').getAttribute('type')).toBe('password');
    await page.getByRole('radio', { name: 'Only these tools' }).check();
    await page.getByRole('combobox', { name: 'Chosen tools' }).fill('look_up');
    await page.keyboard.press('Enter');
    await button(page, 'Remove look_up').waitFor();
    await field(page, 'Allowed origins - optional').fill('https://app.example.com');
    await expectGoodOnPhone(page);
    await button(page, 'Add server').click();

    await heading(page, 'Own server').waitFor();
    await page.getByText('The gateway found 3 tools.').waitFor();
    await page.getByText('<b>own</b> http:').waitFor();
    await page.getByText('2025-06-18 (legacy)').waitFor();
    await page.getByText(HOSTILE_TOOL, { exact: true }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.content()).not.toContain(SECRET);
    await expectGoodOnPhone(page);

    const { items } = await dashboard.portcullis.listMcpServers();
    expect(items.find(({ name }) => name === 'Own server')).toMatchObject({
      name: 'Own server',
      upstream: { url: upstream.url, headers: { authorization: 'Bear...' } },
      allowed_tools: ['look_up'],
      allowed_origins: ['https://app.example.com'],
    });
    await page.getByRole('link', { name: 'Connect a client' }).click();
    await heading(page, 'Connect to Own server').waitFor();
    expect(problems).toEqual([]);
  });

  it('keeps a server that cannot be reached, and says what was wrong until it can be', async () => {
    const gone = await startUpstream();
    gone.close();
    await using opened = await dashboard.open('/servers/add');
    const { page, problems } = opened;
    await field(page, 'Name').fill('Unreachable');
    await field(page, 'URL').fill(gone.url);
    await button(page, 'Add server').click();
    await heading(page, 'Unreachable').waitFor();
    await page.getByText('The gateway could not use this server').waitFor();
    await page.getByText('check that the server runs').first().waitFor();
    expect(await serverNames()).toContain('Unreachable');
    await expectAccessible(page);

    await page.getByRole('link', { name: 'change its URL or headers' }).click();
    await field(page, 'URL').fill(upstream.url);
    await button(page, 'Save').click();
    await page.getByText('<b>own</b> http:').waitFor();
    expect(problems).toEqual([]);
  });

  it('tells what is wrong at its field, and adds nothing', async () => {
    const before = await serverNames();
    await using opened = await dashboard.open('/servers/add');
    const { page, problems } = opened;
    await button(page, 'Add server').click();
    await page.getByText('Enter a name.').waitFor();
    // The first of the fields is where the keyboard is.
    await page.keyboard.type('Bad');
    expect(await field(page, 'Name').inputValue()).toBe('Bad');

    const wrong = [
      ['http://mcp.example.com/mcp', 'The URL must be an https URL.'],
      ['https://me:secret@mcp.example.com/', 'The URL must not contain credentials'],
      ['mcp.example.com', 'Enter the whole URL'],
    ] as const;
    for (const [url, sentence] of wrong) {
      await field(page, 'URL').fill(url);
      await page.getByText(sentence).waitFor();
    }
    await expectAccessible(page);
    // What the gateway alone knows.
    await field(page, 'URL').fill('https://10.0.0.1/mcp');
    await button(page, 'Add server').click();
    await page.getByText('The URL must have a public address.').waitFor();

    await field(page, 'URL').fill(upstream.url);
    await button(page, 'Add header').click();
    await field(page, 'Header name').fill('Mcp-Session-Id');
    await button(page, 'Add server').click();
    await page.getByText('Enter the value, or remove the header.').waitFor();
    await field(page, 'Value').fill('1');
    await button(page, 'Add server').click();
    await page.getByText('The header is not for you to set.').waitFor();
    await expectGoodOnPhone(page);

    await field(page, 'Header name').fill('x-own');
    await field(page, 'Name').fill(before[0] ?? '');
    await button(page, 'Add server').click();
    await page.getByText('The project has an MCP server of that name already.').waitFor();
    expect(await serverNames()).toEqual(before);
    expect(problems).toEqual([refused(400), refused(400), refused(409)]);
  });

  it('asks before what was typed is lost', async () => {
    await using opened = await dashboard.open('/servers/add');
    const { page, problems } = opened;
    await field(page, 'Name').fill('Half');
    await page.getByRole('link', { name: 'Cancel' }).click();
    const dialog = page.getByRole('dialog', { name: 'Leave this page?' });
    await button(dialog, 'Stay').click();
    expect(await field(page, 'Name').inputValue()).toBe('Half');
    await page.getByRole('link', { name: 'Cancel' }).click();
    await button(dialog, 'Leave').click();
    await heading(page, 'MCP servers').waitFor();
    expect(problems).toEqual([]);
  });

  it('is not offered to a key that is held to some servers', async () => {
    const { id } = await newServer();
    const { key } = await dashboard.portcullis.createApiKey({
      body: { name: `Held ${++named}`, scopes: ['servers:manage'], mcp_server_ids: [id] },
    });
    await using opened = await dashboard.open('/servers/add', { key });
    const { page, problems } = opened;
    await page.getByText('Your key may not add MCP servers').waitFor();
    await page.getByText('is held to one of them').waitFor();
    expect(await field(page, 'Name').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('adds one, however fast the button is clicked', async () => {
    await using opened = await dashboard.open('/servers/add');
    const { page, problems } = opened;
    await field(page, 'Name').fill('Once');
    await field(page, 'URL').fill(upstream.url);
    await button(page, 'Add server').dblclick();
    await page.getByText('Once is behind the gate').waitFor();
    expect((await serverNames()).filter((name) => name === 'Once')).toHaveLength(1);
    expect(problems).toEqual([]);
  });
});

describe('connecting a client', () => {
  it('shows a configuration with which a client comes through the raised gate, once its key is filled in', async () => {
    const { gateway } = dashboard;
    const server = await newServer({ name: 'Docs', upstream: { kind: 'http', url: gateway.upstreamUrl } });
    await using opened = await dashboard.open(`/servers/${server.id}/connect`);
    const { page, problems } = opened;
    const shown = await page.getByRole('region', { name: 'Configuration of Claude Code' }).innerText();
    const { key } = await dashboard.portcullis.createApiKey({ body: { name: `Client ${++named}` } });
    const { mcpServers } = JSON.parse(shown.replace('ak_your_api_key', key)) as {
      mcpServers: Record<string, { url: string; headers: Record<string, string> }>;
    };
    const { url = '', headers } = mcpServers.docs ?? {};
    await patchConfig(gateway, gateway.key, { require_mcp_api_key: true });
    expect((await initialize(url, headers)).status).toBe(200);
    expect((await initialize(url)).status).toBe(401);
    await patchConfig(gateway, gateway.key, { require_mcp_api_key: false });
    await dashboard.portcullis.deleteMcpServer({ path: { id: server.id } });
    expect(problems).toEqual([]);
  });

  it('has a tab a client, which the address keeps, and says where the key comes from', async () => {
    const { id } = await newServer();
    const { items } = await dashboard.portcullis.listClientConfigurations({ path: { id } });
    await using opened = await dashboard.open(`/servers/${id}/connect`);
    const { page, problems } = opened;
    await page.getByRole('tab', { name: 'Claude Code' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByText('export PORTCULLIS_API_KEY=ak_your_api_key').waitFor();
    await page.waitForURL('**/connect?client=codex');
    expect(await page.getByRole('tab').count()).toBe(items.length);
    await page.reload();
    await page.getByRole('tab', { name: 'Codex', selected: true }).waitFor();
    await page.getByText('~/.codex/config.toml').waitFor();
    expect(await page.getByRole('link', { name: 'Create an API key' }).getAttribute('href')).toMatch(
      /\/keys\/create$/,
    );
    await expectGoodOnPhone(page);
    expect(problems).toEqual([]);
  });
});

describe('changing a server', () => {
  it('keeps the stored headers, shows their values nowhere, and offers the tools that were found', async () => {
    const server = await newServer({
      upstream: { kind: 'http', url: upstream.url, headers: { authorization: SECRET } },
    });
    await patchConfig(dashboard.gateway, dashboard.gateway.key, {
      mask_secret_keys_in_connected_account: false,
    });
    await using opened = await dashboard.open(`/servers/${server.id}`);
    const { page, problems } = opened;
    await page.getByText('Their values are stored encrypted.').waitFor();
    expect(await page.content()).not.toContain(SECRET);
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByText('They stay as they are.').waitFor();
    expect(await page.content()).not.toContain(SECRET);
    await page.getByRole('radio', { name: 'Only these tools' }).check();
    await page.getByRole('combobox', { name: 'Chosen tools' }).click();
    await page.getByRole('option', { name: HOSTILE_TOOL }).click();
    await button(page, `Remove ${HOSTILE_TOOL}`).waitFor();
    await expectGoodOnPhone(page);
    await button(page, 'Save').click();
    await page.getByText(`${server.name} was changed`).waitFor();

    const { upstream: kept, allowed_tools } = await stored(server);
    expect(kept.headers).toEqual({ authorization: SECRET });
    expect(allowed_tools).toEqual([HOSTILE_TOOL]);
    await patchConfig(dashboard.gateway, dashboard.gateway.key, {
      mask_secret_keys_in_connected_account: true,
    });
    expect(problems).toEqual([]);
  });

  it('asks for the headers anew where the host is another, and sends none without', async () => {
    const server = await newServer({
      upstream: { kind: 'http', url: upstream.url, headers: { authorization: SECRET } },
    });
    const moved = upstream.url.replace('127.0.0.1', 'localhost');
    await using opened = await dashboard.open(`/servers/${server.id}/edit`);
    const { page, problems } = opened;
    await field(page, 'URL').fill(moved);
    await page.getByText('Stored headers stay with the scheme, host and port').waitFor();
    await button(page, 'Save').click();
    await page.getByText('Enter the value, or remove the header.').waitFor();
    await expectGoodOnPhone(page);
    expect((await stored(server)).upstream.url).toBe(upstream.url);

    await field(page, 'Value').fill('Bearer for-the-new-host');
    await button(page, 'Save').click();
    await page.getByText(`${server.name} was changed`).waitFor();
    expect((await stored(server)).upstream.url).toBe(moved);
    expect(await page.content()).not.toContain('for-the-new-host');
    expect(problems).toEqual([]);
  });

  it('shows what somebody else changed meanwhile, and overwrites nothing unasked', async () => {
    const server = await newServer();
    await using opened = await dashboard.open(`/servers/${server.id}/edit`);
    const { page, problems } = opened;
    await field(page, 'Name').fill('Mine');
    await dashboard.portcullis.updateMcpServer({
      path: { id: server.id },
      body: { allowed_origins: ['https://theirs.example.com'] },
    });
    await button(page, 'Save').click();
    await page.getByText('Somebody else has changed the server').waitFor();
    await page.getByText('is now https://theirs.example.com').waitFor();
    await expectGoodOnPhone(page);
    expect((await stored(server)).name).toBe(server.name);

    await button(page, 'Keep my changes').click();
    expect(await field(page, 'Name').inputValue()).toBe('Mine');
    await button(page, 'Save').click();
    await page.getByText('Mine was changed').waitFor();
    expect(await stored(server)).toMatchObject({
      name: 'Mine',
      allowed_origins: ['https://theirs.example.com'],
    });
    expect(problems).toEqual([refused(409)]);
  });

  it('gives it a new MCP URL by its name: the old one is 404 at once', async () => {
    const server = await newServer();
    await using opened = await dashboard.open(`/servers/${server.id}`);
    const { page, problems } = opened;
    await button(page, 'Show the MCP URL').waitFor();
    expect(await page.content()).not.toContain(server.slug);
    await button(page, 'Show the MCP URL').click();
    await page.getByText(server.mcp_url, { exact: true }).waitFor();

    await button(page, 'Actions').click();
    await page.getByRole('menuitem', { name: 'Replace the MCP URL' }).click();
    const dialog = page.getByRole('dialog', { name: `Replace the MCP URL of ${server.name}` });
    expect(await button(dialog, 'Replace').isDisabled()).toBe(true);
    await dialog.getByLabel(`To confirm, type ${server.name}`).fill(server.name);
    await expectGoodOnPhone(page);
    await button(dialog, 'Replace').click();

    await page.getByText(`${server.name} has a new MCP URL`).waitFor();
    const { mcp_url } = await stored(server);
    await page.getByText(mcp_url, { exact: true }).waitFor();
    expect((await initialize(server.mcp_url)).status).toBe(404);
    expect((await initialize(mcp_url)).status).toBe(200);
    expect(problems).toEqual([]);
  });

  it('deletes it by its name alone', async () => {
    const server = await newServer({ name: HOSTILE_NAME });
    await using opened = await dashboard.open(`/servers/${server.id}`);
    const { page, problems } = opened;
    await button(page, 'Actions').click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: `Delete ${HOSTILE_NAME}` });
    await dialog.getByLabel('To confirm').fill('another');
    expect(await button(dialog, 'Delete').isDisabled()).toBe(true);
    await dialog.getByLabel('To confirm').fill(HOSTILE_NAME);
    await expectGoodOnPhone(page);
    await button(dialog, 'Delete').click();

    await page.getByText(`${HOSTILE_NAME} was deleted`).waitFor();
    await heading(page, 'MCP servers').waitFor();
    await expect(stored(server)).rejects.toThrow('Not found');
    await page.goBack();
    await page.getByText('There is no such MCP server').waitFor();
    expect(problems).toEqual([refused(404)]);
  });

  it('gives the keyboard back to the menu that asked for its name', async () => {
    const { id } = await newServer();
    await using opened = await dashboard.open(`/servers/${id}`);
    const { page, problems } = opened;
    const focused = page.locator(':focus');
    await button(page, 'Actions').press('Enter');
    await page.getByRole('menuitem', { name: 'Delete' }).press('Enter');
    await page.getByRole('dialog').getByRole('textbox').and(focused).waitFor();
    await page.keyboard.press('Escape');
    await button(page, 'Actions').and(focused).waitFor();
    expect(problems).toEqual([]);
  });

  it('is sent once, however fast the button is clicked', async () => {
    const { id } = await newServer();
    await using opened = await dashboard.open(`/servers/${id}/edit`);
    const { page, problems } = opened;
    let sent = 0;
    page.on('request', (request) => {
      if (request.method() === 'PATCH') sent += 1;
    });
    await field(page, 'Name').fill('Changed once');
    await button(page, 'Save').dblclick();
    await page.getByText('Changed once was changed').waitFor();
    expect(sent).toBe(1);
    expect(problems).toEqual([]);
  });

  it('tells that the server could not be read again, and still shows it', async () => {
    const { id } = await newServer();
    await using opened = await dashboard.open(`/servers/${id}`);
    const { page } = opened;
    await button(page, 'Look again').waitFor();
    await page.route(`**/mcp/${id}`, (route) =>
      route.request().method() === 'GET' ? route.abort() : route.fallback(),
    );
    await button(page, 'Look again').click();
    await page.getByText('The MCP server could not be loaded').waitFor();
    expect(await button(page, 'Look again').isVisible()).toBe(true);
    await page.unroute(`**/mcp/${id}`);
    await button(page, 'Try again').click();
    await page.getByText('The MCP server could not be loaded').waitFor({ state: 'detached' });
  });

  it('goes on where somebody only let the gateway look again', async () => {
    const server = await newServer({
      upstream: { kind: 'http', url: upstream.url, headers: { authorization: SECRET } },
    });
    await using opened = await dashboard.open(`/servers/${server.id}/edit`);
    const { page, problems } = opened;
    await field(page, 'Name').fill('Gone on');
    await dashboard.portcullis.updateMcpServer({ path: { id: server.id }, body: { upstream: {} } });
    await button(page, 'Save').click();
    await page.getByText('Gone on was changed').waitFor();
    expect((await stored(server)).name).toBe('Gone on');
    expect(problems).toEqual([refused(409)]);
  });

  it('asks before it replaces headers that somebody may have replaced meanwhile', async () => {
    const server = await newServer({
      upstream: { kind: 'http', url: upstream.url, headers: { authorization: SECRET } },
    });
    await using opened = await dashboard.open(`/servers/${server.id}/edit`);
    const { page, problems } = opened;
    await button(page, 'Replace the headers').click();
    await field(page, 'Value').fill('Bearer mine');
    await dashboard.portcullis.updateMcpServer({
      path: { id: server.id },
      body: { upstream: { headers: { authorization: `${SECRET}, another` } } },
    });
    await button(page, 'Save').click();
    await page.getByText('is now authorization, maybe with other values').waitFor();
    await button(page, 'Keep my changes').click();
    await button(page, 'Save').click();
    await page.getByText(`${server.name} was changed`).waitFor();
    expect(problems).toEqual([refused(409)]);
  });

  it('is of the server that the address names, however one has come there', async () => {
    await newServer({ name: 'One way' });
    const other = await newServer({ name: 'Other way' });
    await using opened = await dashboard.open(`/servers/${other.id}/edit`);
    const { page, problems } = opened;
    await heading(page, 'Edit Other way').waitFor();
    await page.getByRole('link', { name: 'MCP servers' }).first().click();
    await page.getByRole('link', { name: 'One way' }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await heading(page, 'Edit One way').waitFor();
    await page.evaluate('history.go(-3)');
    await heading(page, 'Edit Other way').waitFor();
    expect(page.url()).toContain(other.id);
    expect(await field(page, 'Name').inputValue()).toBe('Other way');
    expect(problems).toEqual([]);
  });

  it('says that the server has been deleted meanwhile, and leads to the others', async () => {
    const server = await newServer();
    await using opened = await dashboard.open(`/servers/${server.id}/edit`);
    const { page, problems } = opened;
    await field(page, 'Name').fill('Too late');
    await dashboard.portcullis.deleteMcpServer({ path: { id: server.id } });
    await button(page, 'Save').click();
    await page.getByText('There is no such MCP server').waitFor();
    expect(await button(page, 'Keep my changes').count()).toBe(0);
    await page.getByRole('link', { name: 'the MCP servers', exact: true }).click();
    await heading(page, 'MCP servers').waitFor();
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.filter((problem) => !problem.includes('404'))).toEqual([]);
  });
});

describe('whoever hears the page, or has a keyboard alone', () => {
  it('goes on with the next header when one is removed', async () => {
    await using opened = await dashboard.open('/servers/add');
    const { page, problems } = opened;
    for (const name of ['x-one', 'x-two', 'x-three']) {
      await button(page, 'Add header').press('Enter');
      await field(page, 'Header name').last().fill(name);
    }
    await button(page, 'Remove the header x-two').press('Enter');
    await expectFocus(button(page, 'Remove the header x-three'));
    await page.keyboard.press('Enter');
    await expectFocus(button(page, 'Remove the header x-one'));
    await page.keyboard.press('Enter');
    await expectFocus(button(page, 'Add header'));
    expect(await field(page, 'Header name').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('begins to replace the stored headers at the first of them, and comes back', async () => {
    const { id } = await newServer({
      upstream: { kind: 'http', url: upstream.url, headers: { authorization: SECRET } },
    });
    await using opened = await dashboard.open(`/servers/${id}/edit`);
    const { page, problems } = opened;
    await button(page, 'Replace the headers').press('Enter');
    await expectFocus(field(page, 'Header name'));
    await button(page, 'Keep the stored headers').press('Enter');
    await expectFocus(button(page, 'Replace the headers'));
    expect(problems).toEqual([]);
  });

  it('is told what the gateway found when it looked again, each time', async () => {
    const { id } = await newServer();
    await using opened = await dashboard.open(`/servers/${id}`);
    const { page, problems } = opened;
    await button(page, 'Look again').press('Enter');
    await expectHeard(page, 'The gateway looked again: 3 tools');
    await expectFocus(button(page, 'Look again'));
    serveTools(upstream, []);
    await page.keyboard.press('Enter');
    await expectHeard(page, 'The gateway looked again: 0 tools');
    serveTools(upstream, [HOSTILE_TOOL, 'look_up', 'x'.repeat(128)]);
    expect(problems).toEqual([]);
  });
});

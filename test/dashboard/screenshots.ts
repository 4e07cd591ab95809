/**
 * `npm run screenshots`: pictures of every page, of a gateway that has something to show. Those of the README go to `docs/images`,
 * all of them, at a desktop's and a phone's width, light and dark, to the folder that is given.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { DESKTOP, PHONE, startDashboard } from '../support/dashboard.ts';
import { send } from '../support/gateway.ts';

const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url));
const [, , folder] = process.argv;

const dashboard = await startDashboard();
const { gateway, portcullis } = dashboard;

const server = (name: string, more = {}) =>
  portcullis.createMcpServer({
    body: { name, upstream: { kind: 'http', url: gateway.upstreamUrl }, ...more },
  });
const [weather, tickets] = [await server('Weather'), await server('Tickets', { allowed_tools: ['add'] })];
await portcullis.createMcpServer({
  body: { name: 'Payments', upstream: { kind: 'http', url: 'https://payments.invalid/mcp' } },
});

const key = (name: string, more = {}) => portcullis.createApiKey({ body: { name, ...more } });
const cursor = await key('Cursor');
const build = await key('Build agent', { mcp_server_ids: [weather.id], allowed_tools: ['add', 'greet'] });
const laptop = await key('Old laptop');
await key('Dashboards', {
  scopes: ['logs:read', 'config:read'],
  expires_at: new Date(Date.now() + 86_400_000).toISOString(),
});

/** Calls as a client of that name does. */
async function call(url: string, client: string, method: string, params: object, apiKey?: string) {
  const meta = { _meta: { 'io.modelcontextprotocol/clientInfo': { name: client, version: '1.4.2' } } };
  await send(
    'POST',
    url,
    {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'user-agent': `${client}/1.4.2`,
      ...(apiKey && { 'x-api-key': apiKey }),
    },
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, ...meta } }),
  );
}
const initialize = (client: string) => ({
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: client, version: '1.4.2' },
});
for (let n = 0; n < 14; n++) {
  await call(weather.mcp_url, 'cursor', 'initialize', initialize('cursor'), cursor.key);
  await call(tickets.mcp_url, 'cursor', 'tools/list', {}, cursor.key);
  await call(
    weather.mcp_url,
    'build-agent',
    'tools/call',
    { name: 'add', arguments: { a: n, b: 1 } },
    build.key,
  );
}
for (let n = 0; n < 3; n++) {
  await call(weather.mcp_url, 'claude-code', 'initialize', initialize('claude-code'), laptop.key);
  await call(tickets.mcp_url, 'n8n', 'initialize', initialize('n8n'));
  await call(weather.mcp_url, 'opencode', 'initialize', initialize('opencode'));
}
await portcullis.revokeApiKey({ path: { id: laptop.id } });
await call(weather.mcp_url, 'claude-code', 'initialize', initialize('claude-code'), laptop.key);
await portcullis.updateProjectConfig({ body: { require_mcp_api_key: true } });
await call(tickets.mcp_url, 'n8n', 'initialize', initialize('n8n'));
await portcullis.updateProjectConfig({ body: { require_mcp_api_key: false } });
await portcullis.updateApiKey({ path: { id: cursor.id }, body: { name: 'Cursor of the platform team' } });
// What was called last is readable when it is counted.
while ((await portcullis.getReadiness()).callers.length < 3)
  await new Promise((next) => setTimeout(next, 100));

const { items } = await portcullis.listLogs({ query: { limit: 100 } });
const refused = items.find(({ reason }) => reason === 'revoked');
const PAGES: Readonly<Record<string, string>> = {
  security: '/settings/security',
  keys: '/keys',
  'create-key': '/keys/create',
  key: `/keys/${build.id}`,
  servers: '/servers',
  'add-server': '/servers/add',
  server: `/servers/${weather.id}`,
  'edit-server': `/servers/${tickets.id}/edit`,
  connect: `/servers/${weather.id}/connect`,
  traffic: '/traffic',
  request: `/traffic/${refused?.id}`,
  audit: '/audit',
};

const settled = async (page: Page) => {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
};

if (folder !== undefined) {
  mkdirSync(folder, { recursive: true });
  for (const [device, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await dashboard.open('/', { viewport, colorScheme });
      for (const [name, path] of Object.entries(PAGES)) {
        await opened.page.goto(`${gateway.url}/dashboard${path}`);
        await settled(opened.page);
        await opened.page.screenshot({
          path: join(folder, `${name}-${device}-${colorScheme}.png`),
          fullPage: true,
        });
      }
      console.log(device, colorScheme, opened.problems);
    }
  }
}

mkdirSync(IMAGES, { recursive: true });
await using opened = await dashboard.open('/settings/security', { viewport: { width: 1280, height: 800 } });
const { page } = opened;
await settled(page);
await page.screenshot({ path: join(IMAGES, 'security.png') });
await page.goto(`${gateway.url}/dashboard/servers/${weather.id}/connect`);
await settled(page);
await page.screenshot({ path: join(IMAGES, 'connect.png') });
await page.setViewportSize({ width: 1280, height: 1400 });
await page.goto(`${gateway.url}/dashboard/traffic`);
await settled(page);
await page.screenshot({ path: join(IMAGES, 'traffic.png') });
await dashboard.close();

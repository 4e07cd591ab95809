import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openPage, startBrowser } from '../support/browser.ts';
import { CONFIG_PATH, type Gateway, send, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  [gateway, browser] = await Promise.all([startGateway(), startBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
});

const get = (path: string, headers = {}) => send('GET', gateway.url + path, headers);

describe('the reference of the API, in a browser', () => {
  it('shows every operation, calls one with a key, and forgets the key with the page', async () => {
    const { page, context, trouble } = await openPage(browser, gateway.url);
    await page.goto(`${gateway.url}/docs`);
    const shown = page.locator('.opblock');
    await shown.first().waitFor();
    const { paths } = JSON.parse((await get('/openapi.json')).body);
    const operations = Object.values<object>(paths).flatMap((path) => Object.keys(path));
    expect(await shown.count()).toBe(operations.length);
    if (process.env.PORTCULLIS_SCREENSHOTS !== undefined)
      await page.screenshot({ path: `${process.env.PORTCULLIS_SCREENSHOTS}/docs.png` });

    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container input').first().fill(gateway.key);
    await page.locator('.auth-btn-wrapper .authorize').first().click();
    await page.locator('.btn-done').first().click();
    const settings = page.locator('#operations-Settings-getProjectConfig');
    await settings.getByRole('button').first().click();
    await settings.getByRole('button', { name: 'Try it out' }).click();
    await settings.getByRole('button', { name: 'Execute' }).click();
    await expect(
      settings.locator('.live-responses-table tbody .response-col_status').first().innerText(),
    ).resolves.toMatch(/^200/);
    expect(await settings.locator('.live-responses-table').innerText()).toContain('require_mcp_api_key');

    expect(JSON.stringify(await context.storageState())).not.toContain(gateway.key);
    await page.reload();
    await shown.first().waitFor();
    expect(await page.content()).not.toContain(gateway.key);
    expect(trouble).toEqual({ errors: [], foreign: [] });
    await context.close();
  });

  it('can be read on a phone', async () => {
    const { page, context, trouble } = await openPage(browser, gateway.url, { width: 360, height: 740 });
    await page.goto(`${gateway.url}/docs`);
    await page.locator('.opblock').first().waitFor();
    const width = await page.evaluate('document.documentElement.scrollWidth');
    if (process.env.PORTCULLIS_SCREENSHOTS !== undefined)
      await page.screenshot({ path: `${process.env.PORTCULLIS_SCREENSHOTS}/docs-phone.png` });
    expect(width).toBeLessThanOrEqual(360);
    expect(trouble).toEqual({ errors: [], foreign: [] });
    await context.close();
  });
});

describe('what is served of it', () => {
  const fileOf = async (name: string) =>
    new RegExp(`/docs/${name}\\.[0-9a-f]{16}\\.(?:js|css)`).exec((await get('/docs')).body)?.[0] ?? '';

  it('may run and call nothing but what is ours: no path of an MCP server, no other origin, nothing inline', async () => {
    const { status, headers } = await get('/docs');
    const policy = String(headers['content-security-policy']);
    expect(status).toBe(200);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src ${gateway.url}/docs/;`);
    expect(policy).toContain(
      `connect-src ${gateway.url}/api/ ${gateway.url}/openapi.json ${gateway.url}/health;`,
    );
    expect(policy).not.toMatch(/'self'|unsafe|\*|https?:(?!\/\/127\.0\.0\.1)/);
    for (const directive of ['frame-ancestors', 'base-uri', 'form-action'])
      expect(policy).toContain(`${directive} 'none'`);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
  });

  it.each([
    ['br', 'br, gzip'],
    ['gzip', 'gzip;q=1.0, br;q=0'],
    [undefined, 'identity'],
  ])('is sent as %s to who accepts %s, and kept for ever', async (encoding, accepted) => {
    const { status, headers, body } = await get(await fileOf('swagger-ui-bundle'), {
      'accept-encoding': accepted,
    });
    expect({ status, encoding: headers['content-encoding'] }).toEqual({ status: 200, encoding });
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(body.length).toBeGreaterThan(100_000);
  });

  it.each([
    '/docs/index.mjs',
    '/docs/assets.json',
    '/docs/..%2findex.mjs',
    '/docs/../index.mjs',
    '/docs/a/b',
    '/docs/',
  ])('is no other file: %s', async (path) => {
    expect((await get(path)).status).not.toBe(path === '/docs/' ? 500 : 200);
  });

  it('names this gateway, the limits of its stage, and its version', async () => {
    const { status, headers, body } = await get('/openapi.json');
    const document = JSON.parse(body);
    expect(status).toBe(200);
    expect(document.servers).toEqual([{ url: gateway.url }]);
    expect(document.paths[CONFIG_PATH].patch['x-rate-limit']).toMatchObject({
      requests_per_second: 1000,
      burst: 2000,
    });
    expect((await get('/openapi.json', { 'if-none-match': headers.etag })).status).toBe(304);
    expect((await send('HEAD', `${gateway.url}/openapi.json`)).body).toBe('');
    expect((await send('POST', `${gateway.url}/openapi.json`)).status).toBe(405);
  });
});

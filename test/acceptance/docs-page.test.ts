import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { startBrowser, type TestBrowser, type WatchedPage } from '../support/browser.ts';
import { type Gateway, send, startGateway } from '../support/gateway.ts';

let gateway: Gateway;
let browser: TestBrowser;

beforeAll(async () => {
  gateway = await startGateway();
  browser = await startBrowser(gateway.url);
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await gateway?.stop();
});

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
}

async function operations(): Promise<Operation[]> {
  const { body } = await send('GET', `${gateway.url}/openapi.json`);
  const { paths }: { paths: Record<string, Record<string, Operation>> } = JSON.parse(body);
  return Object.values(paths).flatMap((path) => Object.values(path));
}

const idOf = ({ operationId, tags }: Operation) =>
  `operations-${tags[0]?.replaceAll(' ', '_')}-${operationId}`;

/** Opens the page, and waits until the document is rendered. */
async function openReference(page: Page): Promise<void> {
  await page.goto(`${gateway.url}/docs`);
  await page.locator('.opblock').first().waitFor();
}

/** Puts a key into the dialog for keys. */
async function authorize(page: Page, key: string): Promise<void> {
  await page.locator('.schemes .authorize').click();
  const dialog = page.locator('.dialog-ux');
  await dialog.locator('.auth-container input').first().fill(key);
  await dialog.locator('.auth-btn-wrapper .authorize').first().click();
  await dialog.locator('.btn-done').first().click();
}

/** Unfolds an operation, and waits until all of it is there. */
async function unfold(page: Page, id: string): Promise<Locator> {
  const operation = page.locator(`#${id}`);
  await operation.locator('.opblock-summary-control').click();
  await operation.locator('.responses-table').first().waitFor();
  return operation;
}

/** Sends the request of an unfolded operation as it is filled in. @returns the status and the body that the page shows */
async function tryOut(operation: Locator): Promise<{ status: string; body: string }> {
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table tbody');
  return {
    status: await answer.locator('.response-col_status').first().innerText(),
    body: await answer.locator('.response-col_description .microlight').first().innerText(),
  };
}

describe('the reference of the API, in a browser', () => {
  it('shows every operation, and is never wider than the window', async () => {
    await using opened = await browser.open({ viewport: { width: 1280, height: 800 } });
    const { page, problems } = opened;
    await openReference(page);
    const shown = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id));
    expect(shown.toSorted()).toEqual((await operations()).map(idOf).toSorted());

    for (const id of ['Settings-updateProjectConfig', 'MCP_servers-createMcpServer', 'Attribution-listLogs'])
      await unfold(page, `operations-${id}`);
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    expect(problems).toEqual([]);
  });

  it('tries an operation out with a key, and forgets the key with the page', async () => {
    await using opened = await browser.open();
    const { page, problems } = opened;
    await openReference(page);
    await authorize(page, gateway.key);
    const settings = await unfold(page, 'operations-Settings-getProjectConfig');
    const { status, body } = await tryOut(settings);
    expect(status).toMatch(/^200/);
    expect(body).toContain('"require_mcp_api_key": false');

    const kept = await page.context().storageState({ indexedDB: true });
    expect([kept.cookies, kept.origins]).toEqual([[], []]);
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(page.url()).not.toContain(gateway.key);
    expect(problems).toEqual([]);

    await page.reload(); // Its address names the operation, which then is unfolded.
    expect((await tryOut(settings)).status).toMatch(/^401/);
  });

  it('takes no document, and no setting, from its address', async () => {
    await using opened = await browser.open();
    const { page, problems } = opened;
    const elsewhere = encodeURIComponent('https://attacker.invalid/openapi.json');
    await page.goto(`${gateway.url}/docs?url=${elsewhere}&configUrl=${elsewhere}&persistAuthorization=true`);
    await page.locator('.opblock').first().waitFor();
    expect(await page.locator('.info .link').first().innerText()).toBe(`${gateway.url}/openapi.json`);
    expect(problems).toEqual([]);
  });
});

describe('the policy of the page', () => {
  let opened: WatchedPage;
  beforeAll(async () => {
    opened = await browser.open();
    await openReference(opened.page);
  });

  it.each([
    ['script-src-elem', 'a script in the page', append('script', { text: 'ran = 1' })],
    ['script-src-elem', 'a script that an MCP server answers', append('script', { src: '/nobody' })],
    [
      'script-src-elem',
      'a script of another origin',
      append('script', { src: 'https://other.invalid/x.js' }),
    ],
    ['style-src-elem', 'a style in the page', append('style', { textContent: 'p { color: red }' })],
    ['connect-src', 'a call of an MCP server', "fetch('/nobody', { method: 'POST' }).catch(() => {})"],
    ['connect-src', 'a call of another origin', "fetch('https://other.invalid/').catch(() => {})"],
    ['img-src', 'an image of another origin', append('img', { src: 'https://other.invalid/?key' })],
    ['frame-src', 'a frame', append('iframe', { src: '/docs' })],
    ['worker-src', 'a worker', "new Worker('/docs/x.js')"],
    ['worker-src', 'a service worker', "navigator.serviceWorker.register('/docs/x.js').catch(() => {})"],
    ['base-uri', 'another base of addresses', append('base', { href: 'https://other.invalid/' })],
    ['form-action', 'a form', append('form', { id: 'sent', action: '/docs' }, 'sent.submit()')],
  ])('lets nothing through that is not its own: %s refuses %s', async (directive, _what, script) => {
    const refused = `new Promise((resolve) => {
      const tell = ({ effectiveDirective }) => resolve(effectiveDirective);
      addEventListener('securitypolicyviolation', tell, { once: true });
      ${script};
    })`;
    expect(await opened.page.evaluate(refused)).toBe(directive);
    expect(await opened.page.evaluate('typeof ran')).toBe('undefined');
  });
});

/** A script that adds an element to the page, and does one thing more. */
function append(element: string, properties: Record<string, string>, then = ''): string {
  return `document.body.append(
    Object.assign(document.createElement('${element}'), ${JSON.stringify(properties)}),
  ); ${then}`;
}

describe('every path below /docs', () => {
  it.each(['/docs/', '/docs/?x', '/docs?x=1'])('%s is the page', async (path) => {
    const { status, headers } = await send('GET', gateway.url + path);
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  });

  it.each([
    '/docs/index.mjs',
    '/docs/assets.json',
    '/docs/..%2findex.mjs',
    '/docs//etc/passwd',
    '/docs/a/b/c',
    '/docs/__proto__',
  ])('%s is no file of it', async (path) => {
    const { status, body } = await send('GET', gateway.url + path);
    expect([status, body]).toEqual([404, '{"error":"Not found"}']);
  });
});

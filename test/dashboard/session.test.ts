import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { createPortcullis } from '../../client/index.ts';
import {
  expectAccessible,
  expectToFit,
  PHONE,
  signIn,
  startDashboard,
  type TestDashboard,
} from '../support/dashboard.ts';

let dashboard: TestDashboard;
beforeAll(async () => {
  dashboard = await startDashboard();
});
afterAll(() => dashboard.close());

/** Everything that a browser keeps of a page. */
const KEPT = `({
  session: Object.values(sessionStorage),
  local: Object.entries(localStorage).flat(),
  cookies: document.cookie,
  history: JSON.stringify(history.state),
})`;

interface Kept {
  readonly session: readonly string[];
  readonly local: readonly string[];
  readonly cookies: string;
  readonly history: string;
}

describe('signing in', () => {
  it('shows the page that was asked for', async () => {
    await using opened = await dashboard.open('/keys?status=all');
    await opened.page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
    expect(opened.page.url()).toBe(`${dashboard.gateway.url}/dashboard/keys?status=all`);
    expect(opened.problems).toEqual([]);
  });

  it('can be done by everybody, on a phone too', async () => {
    await using opened = await dashboard.open('/', { key: null, viewport: PHONE });
    await opened.page.getByLabel('API key of the project').waitFor();
    await expectAccessible(opened.page);
    await expectToFit(opened.page);
    expect(opened.problems).toEqual([]);
  });

  it('can be done with the keyboard alone', async () => {
    await using opened = await dashboard.open('/', { key: null });
    const { page } = opened;
    await page.getByLabel('API key of the project').waitFor();
    await page.keyboard.type(dashboard.gateway.key);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
  });

  it.each([
    ['nothing', '', 'This is no API key of a project'],
    ['a key of the organization', 'oak_0000000000000000000000000000000000', 'key of the organization'],
    ['half a key', 'ak_123', 'This is no API key of a project'],
  ])('refuses %s, and sends nothing', async (_what, key, text) => {
    await using opened = await dashboard.open('/', { key: null });
    const { page, problems } = opened;
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.url()));
    await page.getByLabel('API key of the project').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(text).waitFor();
    await expectAccessible(page);
    expect(sent.filter((url) => url.includes('/api/'))).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('refuses a key that the gateway does not know, and keeps nothing of it', async () => {
    const { key, id } = await dashboard.portcullis.createApiKey({ body: { name: 'Soon gone' } });
    await dashboard.portcullis.revokeApiKey({ path: { id } });
    await using opened = await dashboard.open('/', { key: null });
    const { page } = opened;
    await page.getByLabel('API key of the project').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(`ak_**${key.slice(-4)}`).waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });
});

describe('the key', () => {
  it('is kept in this tab alone, is in no address, and is sent to the API of its own origin alone', async () => {
    const { gateway } = dashboard;
    await using opened = await dashboard.open('/', { key: null });
    const { page, problems } = opened;
    const requests: { readonly url: string; readonly headers: Record<string, string> }[] = [];
    page.on('request', (request) => requests.push({ url: request.url(), headers: request.headers() }));
    await signIn(page, gateway.key);
    for (const name of ['API keys', 'MCP servers', 'Traffic', 'Audit', 'Security']) {
      await page.getByRole('link', { name, exact: true }).first().click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      expect(page.url()).not.toContain('ak_');
    }
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();

    const kept = await page.evaluate<Kept>(KEPT);
    expect(kept.session).toEqual([gateway.key]);
    expect(JSON.stringify({ ...kept, session: [] })).not.toContain(gateway.key);
    expect(requests.filter(({ url }) => url.includes(gateway.key))).toEqual([]);
    const carriers = requests.filter(({ headers }) => JSON.stringify(headers).includes(gateway.key));
    expect(carriers.length).toBeGreaterThan(5);
    expect(carriers.filter(({ url }) => !url.startsWith(`${gateway.url}/api/v3/`))).toEqual([]);

    const other = await page.context().newPage();
    await other.goto(`${gateway.url}/dashboard`);
    await other.getByLabel('API key of the project').waitFor();
    expect(problems).toEqual([]);
  });

  it('is forgotten when its owner signs out, and the way back does not bring it', async () => {
    await using opened = await dashboard.open('/keys');
    const { page, problems } = opened;
    await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
    await page.getByRole('button', { name: 'First project' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByText('You have signed out. The key is forgotten.').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await expectAccessible(page);
    await page.reload();
    await page.getByLabel('API key of the project').waitFor();
    expect(await page.getByRole('table').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('that is revoked while somebody is signed in with it signs them out, and says why', async () => {
    const { portcullis } = dashboard;
    const { id, key } = await portcullis.createApiKey({ body: { name: 'Visitor', scopes: ['logs:read'] } });
    await using opened = await dashboard.open('/audit', { key });
    const { page } = opened;
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    await portcullis.revokeApiKey({ path: { id } });
    await page.getByRole('link', { name: 'Traffic', exact: true }).click();
    await page.getByText('You have been signed out').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(page.url()).toBe(`${dashboard.gateway.url}/dashboard/traffic`);

    await signIn(page, dashboard.gateway.key);
    await page.getByRole('heading', { level: 1, name: 'Traffic' }).waitFor();
  });
});

describe('an answer that comes after its session has ended', () => {
  /** Holds the requests to a path of the API. @returns what lets them go on */
  async function held(page: Page, path: string, method: string): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    await page.route(`**${path}`, async (route) => {
      if (route.request().method() === method) await promise;
      await route.continue();
    });
    return resolve;
  }
  const signOut = async (page: Page) => {
    await page.getByRole('button', { name: /project$/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    const [leave, isOut] = [
      page.getByRole('button', { name: 'Leave' }),
      page.getByText('You have signed out'),
    ];
    await leave.or(isOut).first().waitFor();
    // What is under way is not saved yet.
    if (await leave.isVisible()) await leave.click();
    await isOut.waitFor();
  };

  it('does not bring the key back', async () => {
    await using opened = await dashboard.open('/settings/security');
    const { page, problems } = opened;
    const release = await held(page, '/api/v3/auth/session/info', 'GET');
    await page.getByLabel('Display name').fill('First project');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The settings are saved').waitFor();
    await signOut(page);
    release();
    await page.waitForLoadState('networkidle');
    await page.getByText('You have signed out').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(problems).toEqual([]);
  });

  it('fills no page of another project, and does not end its session', async () => {
    const { gateway } = dashboard;
    const organization = createPortcullis({ url: gateway.url, organizationKey: gateway.orgKey });
    const other = await organization.createProject({
      body: { name: 'Other project', should_create_api_key: true },
    });
    const { id, key } = await dashboard.portcullis.createApiKey({ body: { name: 'Guest', scopes: ['*'] } });
    await using opened = await dashboard.open('/settings/security', { key });
    const { page } = opened;
    const release = await held(page, '/api/v3/org/project/config', 'PATCH');
    await page.getByLabel('Display name').fill('First project');
    await page.getByRole('radio', { name: 'Requests without their arguments and results' }).check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await signOut(page);
    await signIn(page, other.api_key ?? '');
    await page.getByRole('button', { name: 'Other project' }).waitFor();
    await dashboard.portcullis.revokeApiKey({ path: { id } });
    release();
    await page.waitForLoadState('networkidle');
    await page.getByRole('button', { name: 'Other project' }).waitFor();
    expect(await page.getByLabel('Display name').inputValue()).toBe('');
    expect(await page.evaluate('Object.values(sessionStorage)')).toEqual([other.api_key]);
  });
});

describe('the look', () => {
  it('follows the system, or what is chosen, which is kept', async () => {
    await using opened = await dashboard.open('/', { key: null, colorScheme: 'dark' });
    const { page, problems } = opened;
    const isDark = () => page.evaluate<boolean>("document.body.classList.contains('awsui-dark-mode')");
    await page.getByLabel('API key of the project').waitFor();
    expect(await isDark()).toBe(true);
    await page.getByRole('button', { name: 'Appearance' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Light' }).click();
    expect(await isDark()).toBe(false);
    await page.reload();
    await page.getByLabel('API key of the project').waitFor();
    expect(await isDark()).toBe(false);
    expect(problems).toEqual([]);
  });
});

describe('a page', () => {
  it('that does not exist says so', async () => {
    await using opened = await dashboard.open('/nothing/here');
    await opened.page.getByText('There is no such page').waitFor();
    await opened.page.getByRole('link', { name: 'the settings of the project' }).click();
    await opened.page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
    expect(opened.problems).toEqual([]);
  });

  it('comes in at most 600 KB the first time, and only what it needs', async () => {
    const loaded = new Map<string, { readonly total: number; readonly files: readonly string[] }>();
    for (const path of ['/settings/security', '/keys', '/servers', '/traffic', '/audit']) {
      await using opened = await dashboard.open('/', { key: null });
      const { page } = opened;
      // From nothing, with the page that signs in: all that its first reader waits for.
      const wire = await page.context().newCDPSession(page);
      await wire.send('Network.enable');
      await wire.send('Network.setCacheDisabled', { cacheDisabled: true });
      let total = 0;
      const files: string[] = [];
      wire.on('Network.loadingFinished', ({ encodedDataLength }) => {
        total += encodedDataLength;
      });
      wire.on('Network.requestWillBeSent', ({ request }) => files.push(request.url));
      await page.goto(`${dashboard.gateway.url}/dashboard${path}`);
      await signIn(page, dashboard.gateway.key);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      loaded.set(path, { total, files });
    }
    console.log(Object.fromEntries([...loaded].map(([path, { total }]) => [path, total])));
    for (const { total } of loaded.values()) expect(total).toBeLessThan(600_000);
    const isTraffics = (url: string) => /\/traffic-page\./.test(url);
    expect(loaded.get('/traffic')?.files.some(isTraffics)).toBe(true);
    expect(loaded.get('/keys')?.files.some(isTraffics)).toBe(false);
  });
});

// The last one: it ends the gateway.
describe('a gateway that has stopped', () => {
  it('is told, on a page that was open and to who signs in', async () => {
    await using opened = await dashboard.open('/keys');
    const { page } = opened;
    await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
    await using other = await dashboard.open('/', { key: null });
    await dashboard.gateway.stop();

    await page.getByRole('button', { name: 'Refresh' }).click();
    await page
      .getByText(/cannot be reached/)
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).first().isEnabled()).toBe(true);
    await expectAccessible(page);

    await page.getByRole('link', { name: 'Traffic', exact: true }).click();
    await page.getByText('This page could not be shown').waitFor();
    await page.getByRole('link', { name: 'API keys', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();

    await other.page.getByLabel('API key of the project').fill(dashboard.gateway.key);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByText(/cannot be reached/).waitFor();
    expect(await other.page.evaluate('sessionStorage.length')).toBe(0);
  });
});

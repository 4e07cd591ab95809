import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Schemas } from '../../client/index.ts';
import {
  DESKTOP,
  expectAccessible,
  expectFocus,
  expectHeard,
  expectInView,
  hold,
  PHONE,
  signIn,
  startDashboard,
  type TestDashboard,
} from '../support/dashboard.ts';
import { initialize } from '../support/gateway.ts';
import { until } from '../support/until.ts';

// Who hears the dashboard, or has a keyboard alone: after each act something is said, and the focus is at a place of use.

let dashboard: TestDashboard;
beforeAll(async () => {
  dashboard = await startDashboard();
  await initialize(dashboard.gateway.mcpUrl, { 'x-api-key': dashboard.gateway.key });
  const read = () => dashboard.portcullis.getUsage({ query: { group_by: 'day' } });
  const { items } = await until(read, (usage) => usage.items.some(({ calls }) => calls === 1), 15_000);
  expect(items.map(({ calls }) => calls)).toContain(1);
});
afterAll(() => dashboard.close());

let named = 0;
const newKey = (): Promise<Schemas['ApiKey']> =>
  dashboard.portcullis.createApiKey({ body: { name: `Heard ${++named}` } });

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const head = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });

describe('a page', () => {
  it('that begins a session is begun at its head, and the end of the session is said', async () => {
    await using opened = await dashboard.open('/keys');
    const { page, problems } = opened;
    await expectFocus(head(page, 'API keys'));
    await button(page, 'First project').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expectHeard(page, 'You have signed out. The key is forgotten.');
    await expectFocus(page.getByLabel('API key of the project'));
    expect(problems).toEqual([]);
  });

  it('whose session was ended says so', async () => {
    const { id, key } = await newKey();
    await using opened = await dashboard.open('/keys', { key });
    const { page } = opened;
    await expectFocus(head(page, 'API keys'));
    await dashboard.portcullis.revokeApiKey({ path: { id } });
    await page.reload();
    await expectHeard(page, 'The key that you signed in with is not valid any more');
  });

  it.each(['here', 'elsewhere'])(
    'that loads first is begun at its head for who is %s when it comes',
    async (place) => {
      const { id, name } = await newKey();
      await using opened = await dashboard.open('/keys');
      const { page, problems } = opened;
      const release = await hold(page, `**/api_keys/${id}`);
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByText('Loading the API key').waitFor();
      const menu = button(page, 'Appearance');
      if (place === 'elsewhere') await menu.focus();
      release();
      await head(page, name).waitFor();
      await expectFocus(place === 'here' ? head(page, name) : menu);
      expect(problems).toEqual([]);
    },
  );

  it('that somebody comes back to is gone on with at the link that led away', async () => {
    const { name } = await newKey();
    await using opened = await dashboard.open('/keys', { viewport: { width: 1280, height: 500 } });
    const { page, problems } = opened;
    const link = page.getByRole('link', { name, exact: true });
    await link.click();
    await expectFocus(head(page, name));
    await page.goBack();
    await expectFocus(link);
    await expectInView(link);
    await page.goForward();
    await expectFocus(head(page, name));
    expect(problems).toEqual([]);
  });

  it.each([
    ['/keys/key_0', 'API key'],
    ['/servers/srv_0', 'MCP server'],
    ['/traffic/log_0', 'request'],
  ])('of what does not exist has a head and a name: %s', async (path, what) => {
    await using opened = await dashboard.open(path);
    const { page } = opened;
    await page.getByText(`There is no such ${what}`).waitFor();
    await expectFocus(head(page, 'Not found'));
    expect(await page.title()).toBe('Not found · Portcullis');
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  });
});

describe('what was done', () => {
  it('is said: a message, with what kind it is', async () => {
    const { id, name } = await newKey();
    await using opened = await dashboard.open(`/keys/${id}/edit`);
    const { page, problems } = opened;
    await field(page, 'Name').fill(`${name}, renamed`);
    await button(page, 'Save').click();
    await expectHeard(page, new RegExp(`Success.*The key ${name}, renamed is saved`));
    await expectFocus(head(page, `${name}, renamed`));
    expect(problems).toEqual([]);
  });

  it('leads to the new key, created or rotated', async () => {
    await using opened = await dashboard.open('/keys/create', { viewport: PHONE });
    const { page, problems } = opened;
    await field(page, 'Name').fill('Led to');
    await button(page, 'Create key').press('Enter');
    const created = page.getByRole('group', { name: 'The key was created' });
    await expectFocus(created);
    await expectInView(created);
    await page.keyboard.press('Tab');
    await expectFocus(button(page, 'Copy the new key'));
    await page.getByRole('link', { name: 'Done' }).click();

    await button(page, 'Rotate').press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).press('Enter');
    await expectFocus(page.getByRole('group', { name: 'The key was rotated' }));
    await button(page, 'Done').press('Enter');
    await expectFocus(button(page, 'Rotate'));
    expect(problems).toEqual([]);
  });

  it('leads to what is to be done where the answer was lost', async () => {
    await using opened = await dashboard.open('/keys/create');
    const { page } = opened;
    await page.route(
      '**/api_keys',
      async (route) => {
        await route.fetch();
        await route.abort('connectionreset');
      },
      { times: 1 },
    );
    await field(page, 'Name').fill('Lost, and told');
    await button(page, 'Create key').press('Enter');
    await expectHeard(page, 'It may have been done all the same');
    await button(page, 'Create key').press('Enter');
    await expectFocus(page.getByRole('group', { name: 'The key was created, but its answer was lost' }));
  });

  it('is said of what was asked anew, and not when it failed', async () => {
    await using opened = await dashboard.open('/audit');
    const { page } = opened;
    const refresh = button(page, 'Refresh');
    await refresh.press('Enter');
    await expectHeard(page, /^Refreshed/);
    await page.route('**/audit?*', (route) => route.abort());
    await refresh.press('Enter');
    await expectHeard(page, 'The changes could not be loaded');
    await refresh.and(page.locator(':not([aria-disabled])')).waitFor();
    await expectFocus(refresh);
  });

  it('is said of a table that is of something else now', async () => {
    await using opened = await dashboard.open('/traffic');
    const { page, problems } = opened;
    await button(page, 'MCP server').click();
    await expectHeard(page, 'Usage by MCP server: 1 to 1 of 1');
    expect(problems).toEqual([]);
  });
});

describe('what went wrong', () => {
  it('with a whole form is said, in view, and has the focus of who pressed the button', async () => {
    const { name } = await newKey();
    await using opened = await dashboard.open('/keys/create', { viewport: PHONE });
    const { page } = opened;
    await page.route('**/api_keys', (route) => route.abort());
    await field(page, 'Name').fill(name);
    const told = page.getByRole('alert').filter({ hasText: 'It was not saved' });
    await button(page, 'Create key').press('Enter');
    await expectFocus(told);
    await expectInView(told);
    await expectAccessible(page);
    // Who is in a field stays there.
    await page.unrouteAll();
    await field(page, 'Name').press('Enter');
    await expectHeard(page, 'The project has an API key of that name already');
    await expectInView(told);
    await expectFocus(field(page, 'Name'));
  });

  it('with choices leads to the first of them', async () => {
    await using opened = await dashboard.open('/keys/create', { viewport: PHONE });
    const { page, problems } = opened;
    await field(page, 'Name').fill('Of no scope');
    const first = page.getByRole('checkbox', { name: /mcp:invoke/ });
    await first.uncheck();
    await button(page, 'Create key').press('Enter');
    await expectHeard(page, 'Choose at least one');
    await expectFocus(first);
    expect(problems).toEqual([]);
  });
});

describe('a question', () => {
  it('is read with its title, and begins at the safe answer or the first field', async () => {
    const { id, name } = await newKey();
    await using opened = await dashboard.open(`/keys/${id}`);
    const { page, problems } = opened;
    const dialog = page.getByRole('dialog');
    for (const [open, description, place] of [
      ['Revoke', /Whoever uses it is refused at once/, dialog.getByRole('textbox')],
      [
        'Rotate',
        /^The key is given a new secret.*stay as they are\.$/,
        dialog.getByRole('radio', { checked: true }),
      ],
    ] as const) {
      await button(page, open).press('Enter');
      await expectFocus(place);
      await dialog.and(page.getByRole('dialog', { description })).waitFor();
      await page.keyboard.press('Escape');
      await expectFocus(button(page, open));
    }
    await page.getByRole('link', { name: 'Edit' }).click();
    await field(page, 'Name').fill(`${name}, half`);
    await button(page, 'First project').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expectFocus(dialog.getByRole('button', { name: 'Stay' }));
    await page.getByRole('dialog', { description: /Your changes are not saved/ }).waitFor();
    expect(problems).toEqual([]);
  });
});

describe('a link to the log', () => {
  it('leads to its heading', async () => {
    await using opened = await dashboard.open('/traffic');
    const { page, problems } = opened;
    await page.getByRole('link', { name: /^Allowed: 1/ }).press('Enter');
    const heading = page.getByRole('heading', { name: 'Log' });
    await expectFocus(heading);
    await expectInView(heading);
    expect(problems).toEqual([]);
  });
});

describe('a finger', () => {
  it.each(['/keys', '/traffic', '/audit'])('has 24 pixels for whatever stands alone: %s', async (path) => {
    await using opened = await dashboard.open(path, { viewport: PHONE });
    const { page } = opened;
    await page.getByRole('rowheader').first().waitFor();
    const small = await page.evaluate<string[]>(SMALL_TARGETS);
    expect(small).toEqual([]);
  });
});

/** What can be pressed and is smaller, but for links within a text (WCAG 2.2, 2.5.8). */
const SMALL_TARGETS = `[...document.querySelectorAll('main a[href], main button, main [role="button"]')]
  .filter((target) => target.checkVisibility({ visibilityProperty: true }))
  .filter(({ parentNode }) => ![...parentNode.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
  .map((target) => ({ target, box: target.getBoundingClientRect() }))
  .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
  .map(({ target, box }) => target.innerText + ' ' + target.ariaLabel + ': ' + box.width + ' x ' + box.height)`;

describe('what stands above the page', () => {
  it.each([
    ['a desktop', DESKTOP],
    ['a phone', PHONE],
  ])('stays there when it is scrolled, without a gap, on %s', async (_device, viewport) => {
    await using opened = await dashboard.open('/settings/security', { viewport });
    const { page, problems } = opened;
    await page.getByLabel('Display name').scrollIntoViewIfNeeded();
    await expectInView(page.getByRole('link', { name: 'Portcullis' }));
    // Above the toolbar, nothing of the page shows.
    const shown = await page.evaluate<boolean[]>(
      `Array.from({ length: 40 }, (_, y) => document.elementsFromPoint(innerWidth / 2, y)[0]?.closest('main h1, main form') === null)`,
    );
    expect(shown).not.toContain(false);
    expect(problems).toEqual([]);
  });

  it('has the message of what was done, from wherever on the page', async () => {
    await dashboard.portcullis.updateProjectConfig({ body: { require_mcp_api_key: true } });
    await using opened = await dashboard.open('/settings/security', {
      viewport: { width: 1280, height: 600 },
    });
    const { page, problems } = opened;
    await page.getByRole('checkbox', { name: 'Require API Key for MCP' }).uncheck();
    await page.getByLabel('Logo URL').press('Enter');
    const message = page.getByText('The gate is down: MCP requests need no API key');
    await message.waitFor();
    await expectInView(message);
    await expectInView(page.getByLabel('Logo URL'));
    expect(problems).toEqual([]);
  });
});

/** As a browser does that was told to keep nothing. */
const DENY_STORAGE = `for (const name of ['sessionStorage', 'localStorage']) {
  Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
}`;

describe('a browser that denies storage', () => {
  it('shows the reference of the API', async () => {
    await using opened = await dashboard.open('', { key: null });
    const { page, problems } = opened;
    await page.addInitScript(DENY_STORAGE);
    await page.goto(`${dashboard.gateway.url}/docs`);
    await page.locator('#operations-Settings-updateProjectConfig').waitFor();
    expect(problems).toEqual([]);
  });

  it('can be used, in memory alone', async () => {
    await using opened = await dashboard.open('/keys', { key: null });
    const { page, problems } = opened;
    await page.addInitScript(DENY_STORAGE);
    await page.reload();
    await button(page, 'Appearance').click();
    await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click();
    await signIn(page, dashboard.gateway.key);
    await page.getByRole('rowheader').first().waitFor();
    expect(await page.evaluate("document.body.classList.contains('awsui-dark-mode')")).toBe(true);
    await button(page, 'First project').click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByText('You have signed out').waitFor();
    expect(problems).toEqual([]);
  });
});

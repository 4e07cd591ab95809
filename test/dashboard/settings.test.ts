import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Locator, Page, Route } from 'playwright-core';
import { createPortcullis } from '../../client/index.ts';
import {
  expectAccessible,
  expectFocus,
  expectHeard,
  expectInView,
  expectToFit,
  PHONE,
  startDashboard,
  type TestDashboard,
} from '../support/dashboard.ts';
import { initialize, send } from '../support/gateway.ts';
import { until } from '../support/until.ts';

const PATH = '/settings/security';

let dashboard: TestDashboard;
beforeAll(async () => {
  dashboard = await startDashboard();
});
beforeEach(async () => {
  const { portcullis } = dashboard;
  await portcullis.updateProjectConfig({ body: { require_mcp_api_key: false, display_name: '' } });
  for (const { id } of (await portcullis.listDismissals()).items) {
    await portcullis.deleteDismissal({ path: { id } });
  }
});
afterAll(() => dashboard.close());

const gate = (page: Page) => page.getByRole('checkbox', { name: 'Require API Key for MCP' });
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true });
/** @returns what asks once more */
async function askToRaise(page: Page): Promise<Locator> {
  await gate(page).check();
  await save(page).click();
  return page.getByRole('dialog', { name: 'Raise the gate?' });
}
/** Somebody comes back to the tab when what it shows is old, and it is read anew. */
async function lookAgainLater(page: Page): Promise<void> {
  await page.clock.setSystemTime(Date.now() + 60_000);
  await page.evaluate("dispatchEvent(new Event('visibilitychange'))");
}
const config = () => dashboard.portcullis.getProjectConfig();
const lower = () => dashboard.portcullis.updateProjectConfig({ body: { require_mcp_api_key: false } });

describe('the gate', () => {
  it('is down at first, and nothing is to be saved', async () => {
    await using opened = await dashboard.open(PATH);
    expect(await gate(opened.page).isChecked()).toBe(false);
    expect(await save(opened.page).isDisabled()).toBe(true);
    expect(opened.problems).toEqual([]);
  });

  it('is not raised before it has been asked once more, while it is not known who would be refused', async () => {
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await gate(page).check();
    expect(await page.getByRole('status').filter({ hasText: '1 unsaved change' }).count()).toBe(1);
    await save(page).click();
    const dialog = page.getByRole('dialog', { name: 'Raise the gate?' });
    await dialog.getByText('0 of the last 0 calls').waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    expect((await config()).require_mcp_api_key).toBe(false);
    expect(await gate(page).isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await gate(page).isChecked()).toBe(false);
    expect(problems).toEqual([]);
  });

  it('says whom it will lock out, and is up from the next request on', async () => {
    const { gateway, portcullis } = dashboard;
    await initialize(gateway.mcpUrl);
    expect(await until(async () => (await portcullis.getReadiness()).callers.length === 1, Boolean)).toBe(
      true,
    );

    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await page.getByText('1 caller would be refused').waitFor();
    const row = page.getByRole('row').filter({ hasText: 'acceptance/1' });
    expect(await row.innerText()).toContain('No API key');

    const dialog = await askToRaise(page);
    await dialog.getByText('It will lock out 1 caller').waitFor();
    expect(await dialog.innerText()).toContain('acceptance/1 from 127.0.0.1');
    await dialog.getByRole('button', { name: 'Raise the gate' }).click();

    await page.getByText('The gate is up', { exact: true }).waitFor();
    expect((await initialize(gateway.mcpUrl)).status).toBe(401);
    expect((await initialize(gateway.mcpUrl, { 'x-api-key': gateway.key })).status).toBe(200);
    await dialog.waitFor({ state: 'detached' });
    await expectAccessible(page);
    await lower();
    expect(problems).toEqual([]);
  });

  it('is raised without a question when nobody would be refused, and lowered again', async () => {
    const { gateway, portcullis } = dashboard;
    for (let n = 0; n < 10; n++) await initialize(gateway.mcpUrl, { 'x-api-key': gateway.key });
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    // What was refused has no body, which has the client's name.
    await page.getByText('2 callers would be refused').waitFor();
    await page.getByRole('button', { name: 'Dismiss acceptance/1 from 127.0.0.1' }).click();
    await page.getByRole('button', { name: 'Dismissed: 1 caller' }).waitFor();
    await page.getByRole('button', { name: 'Dismiss every client there, from 127.0.0.1' }).click();
    await page.getByRole('button', { name: 'Dismissed: 2 callers' }).waitFor();
    expect(await until(async () => (await portcullis.getReadiness()).ready, Boolean)).toBe(true);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('Ready: nobody but 2 callers that you dismissed would be refused').waitFor();

    await gate(page).check();
    await save(page).click();
    await page.getByText('The gate is up', { exact: true }).waitFor();
    expect((await config()).require_mcp_api_key).toBe(true);

    await gate(page).uncheck();
    await save(page).click();
    await page.getByText('The gate is down', { exact: true }).waitFor();
    expect((await config()).require_mcp_api_key).toBe(false);

    await page.getByRole('button', { name: 'Dismissed: 2 callers' }).click();
    await page.getByRole('button', { name: 'Restore acceptance/1, 127.0.0.1' }).click();
    await page.getByRole('button', { name: 'Restore every client, 127.0.0.1' }).click();
    await page.getByText('2 callers would be refused').waitFor();
    expect(problems).toEqual([]);
  });
});

describe('the question before the gate is raised', () => {
  it('is answered by a click alone, whatever becomes ready while it stands', async () => {
    const { portcullis } = dashboard;
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    const dialog = await askToRaise(page);
    await dialog.getByText('It will lock out 2 callers').waitFor();
    for (const { id, ip, reason } of (await portcullis.getReadiness()).callers) {
      await portcullis.createDismissal({ body: { ip, reason } }).catch(() => id);
    }
    const looked = page.waitForResponse((answer) => answer.url().includes('/mcp_api_key_readiness?'));
    await lookAgainLater(page);
    expect(await (await looked).json()).toMatchObject({ ready: true });
    await page.getByText('Ready: nobody but 2 callers that you dismissed').waitFor();
    await dialog.getByText('It will lock out 2 callers').waitFor();
    expect((await config()).require_mcp_api_key).toBe(false);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    for (const { id } of (await portcullis.listDismissals()).items)
      await portcullis.deleteDismissal({ path: { id } });
    expect(problems).toEqual([]);
  });

  it.each([
    {
      how: 'takes it back',
      leave: async (page: Page) => {
        expect(await page.getByRole('button', { name: 'Discard' }).isDisabled()).toBe(true);
        await gate(page).uncheck();
      },
    },
    {
      how: 'leaves the page',
      leave: async (page: Page) => {
        await page.getByRole('link', { name: 'Audit' }).click();
        await page.getByRole('button', { name: 'Leave' }).click();
      },
    },
    {
      how: 'signs out',
      leave: async (page: Page) => {
        await page.getByRole('button', { name: /First project/ }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await page.getByRole('button', { name: 'Leave' }).click();
      },
    },
  ])('is not raised by a look that ends after who asked $how', async ({ leave }) => {
    const { gateway, portcullis } = dashboard;
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await gate(page).check();
    const look = new Promise<Route>((resolve) => page.route('**/mcp_api_key_readiness?*', resolve));
    await save(page).click();
    const held = await look;
    // On a slow line the page stays on screen, since the next one does not come.
    await page.route('**/*.js', () => {});
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.method()));
    await leave(page);
    const report = await portcullis.getReadiness();
    await held.fulfill({ json: { ...report, ready: true, missing: [], callers: [] } });
    // What it leads to would be sent before this.
    await page.evaluate(`fetch('${gateway.url}/health').then((answer) => answer.text())`);
    expect(sent).not.toContain('PATCH');
    expect((await config()).require_mcp_api_key).toBe(false);
    expect(problems).toEqual([]);
  });

  it('is asked where the report could not be loaded, which says nothing of nobody', async () => {
    await using opened = await dashboard.open('/audit');
    const { page, problems } = opened;
    await page.route('**/mcp_api_key_readiness?*', (route) => route.abort());
    await page.getByRole('link', { name: 'Security' }).click();
    await page.getByText('Who would be refused could not be loaded').waitFor();
    expect(await page.getByText(/Nobody .*would be refused/).count()).toBe(0);
    await gate(page).check();
    await save(page).click();
    await page.getByText('Whom it will lock out could not be found').waitFor();
    expect((await config()).require_mcp_api_key).toBe(false);
    expect(problems.filter((problem) => !problem.includes('net::ERR_FAILED'))).toEqual([]);
  });

  it('gives way to a change of somebody else', async () => {
    const { portcullis } = dashboard;
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    const dialog = await askToRaise(page);
    await portcullis.updateProjectConfig({ body: { display_name: 'Raced' } });
    await dialog.getByRole('button', { name: 'Raise the gate' }).click();
    await page.getByText('Somebody else has changed the settings').waitFor();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Keep my changes' }).click();
    await save(page).click();
    await dialog.getByRole('button', { name: 'Raise the gate' }).click();
    await page.getByText('The gate is up', { exact: true }).waitFor();
    await lower();
    expect(problems.filter((problem) => !problem.includes('status of 409'))).toEqual([]);
  });
});

describe('the other settings', () => {
  it('are saved, and only those that were changed', async () => {
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await page.getByRole('radio', { name: 'Requests without their arguments and results' }).check();
    await page.getByLabel('Display name').fill('Payments');
    // Beside it, another one: it is not overwritten.
    await save(page).click();
    await page.getByText('The settings are saved').waitFor();
    expect(await config()).toMatchObject({
      log_visibility_setting: 'dont_store_data',
      display_name: 'Payments',
      mask_secret_keys_in_connected_account: true,
    });
    await page.getByRole('button', { name: 'Payments' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('keep what cannot be, with the reason at its field, and nothing is changed', async () => {
    const before = await config();
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await page.getByLabel('Logo URL').fill('http://logo.invalid/a.png');
    await page.getByLabel('Display name').fill('Other');
    await save(page).click();
    await page.getByText('must be an https URL', { exact: true }).waitFor();
    expect(await page.getByLabel('Display name').inputValue()).toBe('Other');
    expect(await config()).toEqual(before);
    await expectAccessible(page);
    expect(problems.filter((problem) => !problem.includes('status of 400'))).toEqual([]);
  });
});

describe('a change of somebody else', () => {
  it('is shown before it is overwritten, and kept unless it is decided otherwise', async () => {
    const { portcullis } = dashboard;
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await page.getByLabel('Display name').fill('Mine');
    await portcullis.updateProjectConfig({ body: { display_name: 'Theirs', is_2FA_enabled: false } });
    await save(page).click();

    const alert = page.getByRole('group').filter({ hasText: 'Somebody else has changed the settings' });
    await alert.getByText('is now Theirs, yours is Mine').waitFor();
    expect(await alert.innerText()).toContain('Two-factor authentication: was on, is now off');
    expect((await config()).display_name).toBe('Theirs');
    expect(await save(page).isDisabled()).toBe(true);
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Keep my changes' }).click();
    await save(page).click();
    await page.getByText('The settings are saved').waitFor();
    expect(await config()).toMatchObject({ display_name: 'Mine', is_2FA_enabled: false });
    expect(problems.filter((problem) => !problem.includes('status of 409'))).toEqual([]);
  });
});

describe('what was read', () => {
  it('of a conflict and could not be read anew is told, and overwrites nothing, then or later', async () => {
    const { portcullis } = dashboard;
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await page.getByLabel('Display name').fill('Mine');
    await portcullis.updateProjectConfig({ body: { display_name: 'Theirs' } });
    const isRead = (route: Route) => route.request().method() === 'GET';
    await page.route('**/project/config', (route) => (isRead(route) ? route.abort() : route.continue()));
    await save(page).click();
    await page.getByText('The settings were not saved').waitFor();
    expect((await config()).display_name).toBe('Theirs');
    expect(await page.getByLabel('Display name').inputValue()).toBe('Mine');

    await page.unroute('**/project/config');
    await save(page).click();
    await page.getByText('is now Theirs, yours is Mine').waitFor();
    expect((await config()).display_name).toBe('Theirs');
    expect(problems.filter((problem) => !/status of 409|net::ERR_FAILED/.test(problem))).toEqual([]);
  });

  it('before a save and is answered after it does not undo what is shown', async () => {
    const { gateway } = dashboard;
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await page.getByLabel('Display name').fill('Newest');
    const asked = new Promise<Route>((resolve) =>
      page.route('**/project/config', (route) =>
        route.request().method() === 'GET' ? resolve(route) : route.continue(),
      ),
    );
    await lookAgainLater(page);
    const held = await asked;
    const old = await held.fetch();
    await save(page).click();
    await page.getByText('The settings are saved').waitFor();
    await held.fulfill({ response: old });
    await page.evaluate(`fetch('${gateway.url}/health').then((answer) => answer.text())`);
    expect(await page.getByLabel('Display name').inputValue()).toBe('Newest');
    expect(problems).toEqual([]);
  });
});

describe('whoever hears the page, or has a keyboard alone', () => {
  /** A project whose server two have called who would be refused. */
  async function projectWithCallers() {
    const { gateway } = dashboard;
    const created = await send(
      'POST',
      `${gateway.url}/api/v3/org/owner/project/new`,
      { 'content-type': 'application/json', 'x-org-api-key': gateway.orgKey },
      JSON.stringify({ name: `Heard ${++projects}`, should_create_api_key: true }),
    );
    const { api_key: key } = JSON.parse(created.body) as { api_key: string };
    const portcullis = createPortcullis({ url: gateway.url, apiKey: key });
    const { mcp_url } = await portcullis.createMcpServer({
      body: { name: 'Demo', upstream: { kind: 'http', url: gateway.upstreamUrl } },
    });
    await initialize(mcp_url);
    await initialize(mcp_url, { 'x-api-key': 'ak_malformed' });
    const { callers } = await until(
      () => portcullis.getReadiness(),
      (report) => report.callers.length === 2,
    );
    expect(callers).toHaveLength(2);
    return { key, portcullis };
  }
  let projects = 0;
  const named = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
  const isRefused = (page: Page, text: string) => page.getByText(text, { exact: true });

  it('is told that the gate is up, and who is refused by it, and goes on at the gate', async () => {
    const { key } = await projectWithCallers();
    await using opened = await dashboard.open(PATH, { key });
    const { page, problems } = opened;
    await isRefused(page, '2 callers would be refused').waitFor();
    await gate(page).press('Space');
    await save(page).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Raise the gate?' });
    await dialog.getByText('It will lock out 2 callers').waitFor();
    expect(await dialog.innerText()).toContain('at Demo: no API key, last seen');
    await dialog.getByRole('button', { name: 'Raise the gate' }).press('Enter');
    await expectFocus(gate(page));
    await expectHeard(page, 'The gate is up: every MCP request needs an API key');
    await expectHeard(page, '2 callers are refused');
    expect(await page.getByText('would be refused').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('stays in the field that was saved from, and is shown there that it is', async () => {
    const { key } = await projectWithCallers();
    await using opened = await dashboard.open(PATH, { key });
    const { page, problems } = opened;
    // What comes late pushes down what is below.
    await isRefused(page, '2 callers would be refused').waitFor();
    const name = page.getByLabel('Display name');
    await name.fill('By keyboard');
    await name.press('Enter');
    await expectHeard(page, 'The settings are saved');
    await expectFocus(name);
    await expectInView(page.getByText('Saved', { exact: true }));
    await expectAccessible(page);
    await name.press('End');
    await page.keyboard.type('!');
    await page.getByText('Saved', { exact: true }).waitFor({ state: 'detached' });

    await page.setViewportSize(PHONE);
    await name.scrollIntoViewIfNeeded();
    await name.press('Enter');
    await page.getByText('Saved', { exact: true }).waitFor();
    await expectInView(page.getByText('Saved', { exact: true }));
    expect(problems).toEqual([]);
  });

  it('keeps its place when there is nothing more to save or discard', async () => {
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await page.getByRole('checkbox', { name: 'Two-factor authentication' }).press('Space');
    await named(page, 'Discard').press('Enter');
    await expectFocus(named(page, 'Discard'));
    await page.getByRole('checkbox', { name: 'Two-factor authentication' }).press('Space');
    await save(page).press('Enter');
    await expectHeard(page, 'The settings are saved');
    await expectFocus(save(page));
    expect(await save(page).isDisabled()).toBe(true);
    expect(problems).toEqual([]);
  });

  it('is told what a dismissal and its end come to, and goes on with the next one', async () => {
    const { key, portcullis } = await projectWithCallers();
    await using opened = await dashboard.open(PATH, { key });
    const { page, problems } = opened;
    const dismiss = named(page, 'Dismiss acceptance/1 from 127.0.0.1');
    const restore = named(page, 'Restore acceptance/1, 127.0.0.1');
    const heading = page.getByRole('heading', { name: 'Readiness' });
    await dismiss.first().press('Enter');
    await expectHeard(page, '1 caller would be refused');
    await expectFocus(dismiss);
    await dismiss.press('Enter');
    await expectHeard(page, 'Not known yet');
    await expectFocus(heading);
    expect((await portcullis.getReadiness()).callers.every(({ dismissed }) => dismissed)).toBe(true);

    await named(page, 'Dismissed: 2 callers').press('Enter');
    expect(await page.getByRole('listitem').filter({ has: restore }).allInnerTexts()).toContainEqual(
      expect.stringContaining('at Demo, no API key'),
    );
    await restore.first().press('Enter');
    await expectHeard(page, '1 caller would be refused');
    await expectFocus(restore);
    await restore.press('Enter');
    await expectHeard(page, '2 callers would be refused');
    await expectFocus(heading);
    expect((await portcullis.listDismissals()).items).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('is not led away while it does something else', async () => {
    const { key } = await projectWithCallers();
    await using opened = await dashboard.open(PATH, { key });
    const { page, problems } = opened;
    await isRefused(page, '2 callers would be refused').waitFor();
    const answered = Promise.withResolvers<void>();
    await page.route('**/mcp_api_key_readiness?*', async (route) => {
      await answered.promise;
      await route.continue();
    });
    await named(page, /^Dismiss /)
      .first()
      .press('Enter');
    const name = page.getByLabel('Display name');
    await name.pressSequentially('Ty');
    answered.resolve();
    await isRefused(page, '1 caller would be refused').waitFor();
    await page.keyboard.type('ping');
    expect(await name.inputValue()).toBe('Typing');
    await expectFocus(name);
    expect(problems).toEqual([]);
  });

  it('decides by a change of somebody else, and goes on from there', async () => {
    const { portcullis } = dashboard;
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    const conflict = async (theirs: string) => {
      await page.getByLabel('Display name').fill('Mine');
      await portcullis.updateProjectConfig({ body: { display_name: theirs } });
      await save(page).press('Enter');
      await expectHeard(page, 'Somebody else has changed the settings');
    };
    await conflict('Theirs');
    await named(page, 'Keep my changes').press('Enter');
    await expectFocus(save(page));
    await conflict('Theirs again');
    await named(page, 'Discard my changes').press('Enter');
    await expectFocus(gate(page));
    expect(await page.getByLabel('Display name').inputValue()).toBe('Theirs again');
    expect(problems.filter((problem) => !problem.includes('status of 409'))).toEqual([]);
  });

  it('finds on a phone what to do with a caller, without scrolling sideways, as tall as a finger', async () => {
    const { key } = await projectWithCallers();
    await using opened = await dashboard.open(PATH, { key, viewport: PHONE });
    const { page, problems } = opened;
    for (const act of [named(page, /^Dismiss /), page.getByRole('link', { name: 'A request' })]) {
      const { x = 0, width = 0, height = 0 } = (await act.first().boundingBox()) ?? {};
      expect(x + width).toBeLessThanOrEqual(PHONE.width);
      expect(height).toBeGreaterThanOrEqual(24);
    }
    await named(page, /^Dismiss /)
      .first()
      .click();
    await named(page, 'Dismissed: 1 caller').click();
    const { height = 0 } = (await named(page, /^Restore /).boundingBox()) ?? {};
    expect(height).toBeGreaterThanOrEqual(24);
    await expectAccessible(page);
    await expectToFit(page);
    expect(problems).toEqual([]);
  });
});

describe('unsaved changes', () => {
  it('are not left without a question', async () => {
    await using opened = await dashboard.open(PATH);
    const { page, problems } = opened;
    await gate(page).check();
    await page.getByRole('link', { name: 'Audit' }).click();
    const dialog = page.getByRole('dialog', { name: 'Leave this page?' });
    await dialog.getByRole('button', { name: 'Stay' }).click();
    expect(await gate(page).isChecked()).toBe(true);
    await page.getByRole('link', { name: 'Audit' }).click();
    await dialog.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    expect(problems).toEqual([]);
  });
});

describe('a key without the scopes', () => {
  it('reads the settings and cannot change them, and is told why', async () => {
    const { key } = await dashboard.portcullis.createApiKey({
      body: { name: 'Reader', scopes: ['config:read'] },
    });
    await using opened = await dashboard.open(PATH, { key });
    const { page, problems } = opened;
    expect(await gate(page).isDisabled()).toBe(true);
    await page.getByText('Your key may not see who would be refused').waitFor();
    await save(page).hover();
    await page
      .getByText('Your key does not have the scope config:write')
      .filter({ visible: true })
      .first()
      .waitFor();
    expect(problems).toEqual([]);
  });

  it('is told why it does not see them', async () => {
    const { key } = await dashboard.portcullis.createApiKey({ body: { name: 'Caller' } });
    await using opened = await dashboard.open(PATH, { key });
    const { page, problems } = opened;
    await page.getByText('Your key may not see the settings').waitFor();
    expect(await save(page).count()).toBe(0);
    expect(problems).toEqual([]);
  });
});

it('can be used by everybody, on a phone too', async () => {
  await using opened = await dashboard.open(PATH, { viewport: PHONE });
  const { page, problems } = opened;
  await gate(page).waitFor();
  await expectAccessible(page);
  await expectToFit(page);
  expect(problems).toEqual([]);
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Locator, Page, Route } from 'playwright-core';
import {
  expectAccessible,
  expectToFit,
  PHONE,
  startDashboard,
  type TestDashboard,
} from '../support/dashboard.ts';
import { initialize } from '../support/gateway.ts';
import { until } from '../support/until.ts';

const PATH = '/settings/security';

let dashboard: TestDashboard;
beforeAll(async () => {
  dashboard = await startDashboard();
});
beforeEach(async () => {
  const { portcullis } = dashboard;
  await portcullis.updateProjectConfig({ body: { require_mcp_api_key: false } });
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
    const looked = page.waitForResponse((answer) => answer.url().includes('/mcp_api_key_readiness'));
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await Promise.race([looked, page.waitForTimeout(500)]);
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

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Data } from '../../client/index.ts';
import {
  expectAccessible,
  expectRows,
  expectToFit,
  HOSTILE,
  PHONE,
  startDashboard,
  type TestDashboard,
} from '../support/dashboard.ts';

let dashboard: TestDashboard;
let hostile: Data<'createApiKey'>;

beforeAll(async () => {
  dashboard = await startDashboard();
  const { portcullis } = dashboard;
  await portcullis.updateProjectConfig({ body: { require_mcp_api_key: true } });
  await portcullis.updateProjectConfig({ body: { require_mcp_api_key: false, display_name: HOSTILE } });
  hostile = await portcullis.createApiKey({ body: { name: HOSTILE } });
  await portcullis.revokeApiKey({ path: { id: hostile.id } });
});
afterAll(() => dashboard.close());

const changesOf = (page: Page) => page.getByRole('grid', { name: 'Changes' });

describe('the audit trail', () => {
  it('shows who switched the gate, from what to what, before all else that changed', async () => {
    await using opened = await dashboard.open('/audit');
    const { page } = opened;
    const raised = changesOf(page).getByRole('row', { name: /Gate raised/ });
    const text = await raised.innerText();
    expect(text).toMatch(/First key/);
    expect(text).toMatch(/Changed the settings/);
    expect(text).toMatch(/Gate raised\s+require_mcp_api_key: off\s+on/);
    const lowered = await changesOf(page)
      .getByRole('row', { name: /Gate lowered/ })
      .innerText();
    expect(lowered).toMatch(/Gate lowered\s+require_mcp_api_key: on\s+off\s+display_name: <img/);
    await raised.getByRole('link', { name: 'Security' }).click();
    await page.waitForURL(/\/settings\/security$/);
    expect(opened.problems).toEqual([]);
  });

  it('is filtered by the address, and leads back', async () => {
    await using opened = await dashboard.open('/audit?target=config');
    const { page } = opened;
    await expectRows(changesOf(page), 2);
    for (const [query, count] of [
      ['action=api_key.revoke', 1],
      [`target_id=${hostile.id}`, 2],
      ['target=api_key', 3],
    ] as const) {
      await page.goto(`${dashboard.gateway.url}/dashboard/audit?${query}`);
      await expectRows(changesOf(page), count);
    }
    const filter = page.getByRole('combobox', { name: 'Filter the changes' });
    await filter.fill('Action = Created an API key');
    await filter.press('Enter');
    await page.waitForURL(/action=api_key.create/);
    await expectRows(changesOf(page), 2);
    await page.goBack();
    await expectRows(changesOf(page), 3);
    await page.goto(`${dashboard.gateway.url}/dashboard/audit?api_key_id=nobody`);
    await page.getByText(/Changed by API key: choose a key/).waitFor();
    expect(opened.problems).toEqual([]);
  });

  it('shows names as text, and runs nothing of them', async () => {
    await using opened = await dashboard.open(`/audit?target_id=${hostile.id}`);
    const { page } = opened;
    page.on('dialog', () => expect('a dialog').toBe('none'));
    await changesOf(page).getByText(HOSTILE).first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  it('is saved as it is filtered', async () => {
    await using opened = await dashboard.open('/audit?target=config');
    const { page } = opened;
    await expectRows(changesOf(page), 2);
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'JSON lines' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).action)).toEqual(['config.update', 'config.update']);
    expect(opened.problems).toEqual([]);
  });

  it('tells a key without the scope why it is not shown', async () => {
    const { key } = await dashboard.portcullis.createApiKey({ body: { name: 'Agent' } });
    await using opened = await dashboard.open('/audit', { key });
    await opened.page.getByText(/It needs the scope logs:read/).waitFor();
    expect(opened.problems).toEqual([]);
  });

  it('can be used by everybody, on a phone too, light and dark', async () => {
    await using opened = await dashboard.open('/audit', { viewport: PHONE });
    await changesOf(opened.page).getByText('Gate raised').waitFor();
    await expectAccessible(opened.page);
    await expectToFit(opened.page);
    expect(opened.problems).toEqual([]);
  });
});

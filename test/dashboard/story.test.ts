/** The whole story of somebody new, as they click it. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startDashboard, type TestDashboard } from '../support/dashboard.ts';
import { initialize } from '../support/gateway.ts';
import { until } from '../support/until.ts';

let dashboard: TestDashboard;
beforeAll(async () => {
  dashboard = await startDashboard();
});
afterAll(() => dashboard.close());

it('signs in, adds a server, hands out a key, sees its call, raises the gate, and takes the key back', async () => {
  const { gateway, portcullis } = dashboard;
  await using opened = await dashboard.open('/');
  const { page, problems } = opened;
  const goTo = async (name: string) => {
    await page.getByRole('link', { name, exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  };
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const field = (name: string) => page.getByRole('textbox', { name, exact: true });
  await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();

  // A server. That of the demo is as good as any other.
  await goTo('MCP servers');
  await page.getByRole('link', { name: 'Add server' }).first().click();
  await field('Name').fill('Weather');
  await field('URL').fill(gateway.upstreamUrl);
  await button('Add server').click();
  await page.getByRole('heading', { level: 1, name: 'Weather' }).waitFor();
  await page.getByText(/The gateway found \d+ tools/).waitFor();

  // A key, and what to paste with it.
  await goTo('API keys');
  await page.getByRole('link', { name: 'Create key' }).first().click();
  await field('Name').fill('Agent');
  await button('Create key').click();
  const shown = page.getByRole('region', { name: 'The new key' });
  const [key = ''] = /ak_[0-9A-Za-z]{36}/.exec(await shown.innerText()) ?? [];
  await page.getByRole('button', { name: 'MCP server' }).click();
  await page.getByRole('option', { name: 'Weather' }).click();
  await page.getByRole('tab').first().waitFor();
  expect(await page.getByRole('tabpanel').first().innerText()).toContain(key);

  await page.getByRole('link', { name: 'Done' }).click();

  // It calls.
  const { items } = await portcullis.listMcpServers();
  const weather = items.find(({ name }) => name === 'Weather')?.mcp_url ?? '';
  expect((await initialize(weather, { 'x-api-key': key })).status).toBe(200);
  expect((await initialize(weather)).status).toBe(200);

  // The calls are there, and so is who would be refused.
  await goTo('Traffic');
  const log = page.getByRole('grid', { name: 'Log' });
  await expectSome(async () => {
    await button('Refresh').first().click();
    return log.getByRole('row').filter({ hasText: 'Agent' }).filter({ hasText: 'Weather' }).count();
  });
  await goTo('Security');
  await page.getByText('1 caller would be refused').waitFor();

  // The gate goes up, with a warning, and keeps out who has no key.
  await page.getByRole('checkbox', { name: 'Require API Key for MCP' }).check();
  await button('Save').click();
  const question = page.getByRole('dialog', { name: 'Raise the gate?' });
  await question.getByText('It will lock out 1 caller').waitFor();
  await question.getByRole('button', { name: 'Raise the gate' }).click();
  await page.getByText('The gate is up', { exact: true }).waitFor();
  expect((await initialize(weather)).status).toBe(401);
  expect((await initialize(weather, { 'x-api-key': key })).status).toBe(200);
  await goTo('Traffic');
  await expectSome(async () => {
    await button('Refresh').first().click();
    return log.getByRole('row').filter({ hasText: 'Refused' }).filter({ hasText: 'No API key' }).count();
  });

  // The key is taken back.
  await goTo('API keys');
  await page.getByRole('link', { name: 'Agent', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Agent' }).waitFor();
  await button('Revoke').click();
  const confirmation = page.getByRole('dialog');
  await confirmation.getByLabel('To confirm, type Agent').fill('Agent');
  await confirmation.getByRole('button', { name: 'Revoke' }).click();
  await confirmation.waitFor({ state: 'detached' });
  expect((await initialize(weather, { 'x-api-key': key })).status).toBe(401);

  // And all of it can be read afterwards.
  await goTo('Audit');
  await page.getByText('Gate raised').first().waitFor();
  expect(problems).toEqual([]);
});

/** A record takes a moment to be readable. */
const expectSome = async (count: () => Promise<number>) =>
  expect(await until(count, (found) => found > 0, 20_000)).toBeGreaterThan(0);

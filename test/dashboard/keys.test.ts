import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { OperationParameters, Schemas } from '../../client/index.ts';
import {
  expectAccessible,
  expectFocus,
  expectInView,
  expectToFit,
  PHONE,
  startDashboard,
  type TestDashboard,
} from '../support/dashboard.ts';
import { initialize } from '../support/gateway.ts';

const DAY_MS = 86_400_000;
const KEY = /ak_[0-9A-Za-z]{36}/;

let dashboard: TestDashboard;
beforeAll(async () => {
  dashboard = await startDashboard();
  await dashboard.portcullis.updateProjectConfig({ body: { require_mcp_api_key: true } });
});
afterAll(() => dashboard.close());

type NewKey = OperationParameters<'createApiKey'>['body'];

let named = 0;
const newKey = (fields: Partial<NewKey> = {}): Promise<Schemas['ApiKey']> =>
  dashboard.portcullis.createApiKey({ body: { name: `Key ${++named}`, ...fields } });
const keyNamed = async (name: string) => {
  const keys: Schemas['ApiKey'][] = [];
  for await (const key of dashboard.portcullis.paginate('listApiKeys')) keys.push(key);
  return keys.filter((key) => key.name === name);
};
/** The status that the raised gate answers to a key. */
const called = async (key: string): Promise<number> =>
  (await initialize(dashboard.gateway.mcpUrl, { 'x-api-key': key })).status;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('rowheader') });
const shownSecret = async (page: Page): Promise<string> => {
  const [secret = ''] = KEY.exec(await page.getByRole('region', { name: 'The new key' }).innerText()) ?? [];
  return secret;
};
/** What the browser itself says on its console of an answer that is wanted here. */
const without = (problems: readonly string[], status: string): string[] =>
  problems.filter(
    (problem) =>
      problem !== `console: Failed to load resource: the server responded with a status of ${status}`,
  );

describe('the list of keys', () => {
  it('shows how each stands, and revoked ones when they are asked for', async () => {
    const [active, ending, revoked] = await Promise.all([
      newKey({ name: '<b>Listed</b>' }),
      newKey({ name: 'Listed, ending', expires_at: inDays(2) }),
      newKey({ name: 'Listed, revoked' }),
    ]);
    await dashboard.portcullis.revokeApiKey({ path: { id: revoked.id } });

    await using opened = await dashboard.open('/keys?text=:Listed');
    const { page, problems } = opened;
    await rows(page).first().waitFor();
    expect(await rows(page).count()).toBe(2);
    expect(await rows(page).filter({ hasText: active.name }).innerText()).toContain('Active');
    expect(await rows(page).filter({ hasText: ending.name }).innerText()).toContain('Expiring soon');

    await page.getByRole('checkbox', { name: /Show revoked keys/ }).click();
    await rows(page).filter({ hasText: revoked.name }).getByText('Revoked', { exact: true }).waitFor();
    expect(page.url()).toContain('revoked=');
    expect(problems).toEqual([]);
  });

  it('has its filter in the address, and the back button takes it back', async () => {
    await newKey({ name: 'Filtered reader', scopes: ['logs:read'] });
    await newKey({ name: 'Filtered caller' });

    await using opened = await dashboard.open('/keys?text=%3AFiltered');
    const { page, problems } = opened;
    await rows(page).filter({ hasText: 'Filtered caller' }).waitFor();
    const filter = page.getByRole('combobox', { name: 'Filter the API keys' });
    await filter.fill('Scopes = logs:read');
    await filter.press('Enter');
    await rows(page).filter({ hasText: 'Filtered caller' }).waitFor({ state: 'detached' });
    expect(await rows(page).count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('scopes')).toBe('=logs:read');

    await page.reload();
    await rows(page).first().waitFor();
    expect(await rows(page).count()).toBe(1);

    await page.goBack();
    await rows(page).filter({ hasText: 'Filtered caller' }).waitFor();
    expect(await rows(page).count()).toBe(2);
    expect(problems).toEqual([]);
  });

  it('is filtered by scopes as they are read in it', async () => {
    await using opened = await dashboard.open('/keys');
    const { page, problems } = opened;
    const filter = page.getByRole('combobox', { name: 'Filter the API keys' });
    await filter.fill('Scopes = Every');
    await page.getByRole('option', { name: /Everything/ }).click();
    await page.waitForURL('**/keys?scopes=%3DEverything');
    await rows(page).filter({ hasText: 'mcp:invoke' }).first().waitFor({ state: 'detached' });
    expect(await rows(page).filter({ hasText: 'First key' }).innerText()).toContain('Everything');
    expect(problems).toEqual([]);
  });

  it('says what to do where there is nothing', async () => {
    await using opened = await dashboard.open('/keys?text=%3Anothing+has+this');
    const { page, problems } = opened;
    await button(page, 'Clear the filter').click();
    await rows(page).first().waitFor();
    expect(page.url()).toBe(`${dashboard.gateway.url}/dashboard/keys`);
    expect(problems).toEqual([]);
  });

  it('can be read by everybody, on a phone too', async () => {
    await using opened = await dashboard.open('/keys?revoked=&scopes==mcp:invoke', { viewport: PHONE });
    const { page, problems } = opened;
    await rows(page).first().waitFor();
    await expectAccessible(page);
    await expectToFit(page);
    expect(problems).toEqual([]);
  });

  it('leads to a page that is named in the tab, and whose head has the focus', async () => {
    const { name } = await newKey({ name: 'Gone to' });
    await using opened = await dashboard.open('/keys?text=:Gone');
    const { page, problems } = opened;
    const headed = (title: string) => expectFocus(page.getByRole('heading', { level: 1, name: title }));
    await page.getByRole('link', { name }).click();
    await headed('Gone to');
    expect(await page.title()).toBe('Gone to · Portcullis');
    await page.getByRole('link', { name: 'API keys', exact: true }).first().click();
    await headed('API keys');
    expect(await page.title()).toBe('API keys · Portcullis');
    await page.getByRole('link', { name: 'Create key' }).click();
    await headed('Create an API key');
    expect(await page.title()).toBe('Create an API key · Portcullis');
    expect(problems).toEqual([]);
  });

  it('tells a key without keys:manage what it needs', async () => {
    const { key } = await newKey({ scopes: ['config:read', 'logs:read'] });
    await using opened = await dashboard.open('/keys', { key });
    const { page, problems } = opened;
    await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
    await page.getByText('Your key may not see the API keys').waitFor();
    expect(await page.getByText('keys:manage').count()).toBe(1);
    expect(await page.getByRole('grid').count()).toBe(0);
    expect(problems).toEqual([]);
  });
});

describe('creating a key', () => {
  it('makes one that can call MCP servers and nothing else, and shows it this once', async () => {
    await using opened = await dashboard.open('/keys/create', { viewport: PHONE });
    const { page, problems } = opened;
    await field(page, 'Name').fill('Created');
    // As fast as a finger can.
    await button(page, 'Create key').dblclick();
    const secret = await shownSecret(page);

    expect(await keyNamed('Created')).toMatchObject([
      { scopes: ['mcp:invoke'], mcp_server_ids: null, allowed_tools: null, expires_at: null },
    ]);
    expect(await called(secret)).toBe(200);
    expect(page.url()).not.toContain(secret);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await button(page, 'Copy the new key').click();
    await page.getByText('Copied', { exact: true }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);

    await page.getByRole('tab').first().waitFor();
    expect(await page.getByRole('tabpanel').first().innerText()).toContain(secret);
    await expectAccessible(page);
    await expectToFit(page);

    await page.getByRole('link', { name: 'Done' }).click();
    await page.getByRole('heading', { name: 'Details' }).waitFor();
    expect(await page.content()).not.toContain(secret);
    await page.goBack();
    await field(page, 'Name').waitFor();
    await page.reload();
    await field(page, 'Name').waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(problems).toEqual([]);
  });

  it('holds it to the servers, the tools and the end that are chosen', async () => {
    const [server] = (await dashboard.portcullis.listMcpServers()).items;
    await using opened = await dashboard.open('/keys/create');
    const { page, problems } = opened;
    await field(page, 'Name').fill('  Held  ');
    await page.getByRole('checkbox', { name: /logs:read/ }).check();
    await page.getByRole('radio', { name: 'Only these servers' }).check();
    await page.getByRole('button', { name: /Chosen servers/ }).click();
    await page.getByRole('option', { name: server?.name ?? '' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('radio', { name: 'Only these tools' }).check();
    const tools = page.getByRole('combobox', { name: 'Chosen tools' });
    await tools.fill('<i>search</i>');
    await tools.press('Enter');
    // Without Enter.
    await tools.fill('fetch');
    await page.getByRole('radio', { name: 'In 30 days' }).check();
    await expectAccessible(page);
    await button(page, 'Create key').click();
    await shownSecret(page);

    const [held] = await keyNamed('Held');
    expect(held).toMatchObject({
      scopes: ['mcp:invoke', 'logs:read'],
      mcp_server_ids: [server?.id],
      allowed_tools: ['<i>search</i>', 'fetch'],
    });
    expect(Math.abs(Date.parse(held?.expires_at ?? '') - Date.parse(inDays(30)))).toBeLessThan(60_000);
    expect(problems).toEqual([]);
  });

  it('says at each field what is wrong, and sends nothing', async () => {
    await using opened = await dashboard.open('/keys/create', { viewport: PHONE });
    const { page, problems } = opened;
    await page.getByRole('checkbox', { name: /mcp:invoke/ }).uncheck();
    await page.getByRole('radio', { name: 'Only these tools' }).check();
    await page.getByRole('radio', { name: 'At a date and time' }).check();
    await field(page, 'Date').fill('2020/01/31');
    await button(page, 'Create key').click();

    for (const problem of [
      'Give the key a name',
      'Choose at least one',
      'Add at least one tool',
      'Choose a moment in the future',
    ]) {
      await page.getByText(problem, { exact: true }).first().waitFor();
    }
    await field(page, 'Name').and(page.locator(':focus')).waitFor();
    await expectAccessible(page);
    await expectToFit(page);
    expect(problems).toEqual([]);
  });

  it('tells that the name is taken', async () => {
    const { name } = await newKey();
    await using opened = await dashboard.open('/keys/create');
    const { page, problems } = opened;
    await field(page, 'Name').fill(name);
    await button(page, 'Create key').click();
    await page.getByText('The project has an API key of that name already').waitFor();
    expect(await keyNamed(name)).toHaveLength(1);
    expect(without(problems, '409 (Conflict)')).toEqual([]);
  });

  it('makes no second key when it is sent again after its answer was lost', async () => {
    await using opened = await dashboard.open('/keys/create');
    const { page, problems } = opened;
    let lost = 0;
    await page.route('**/api_keys', async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.fallback();
      lost += 1;
      await route.fetch();
      return route.abort('connectionreset');
    });
    await field(page, 'Name').fill('Lost');
    await page.getByRole('radio', { name: 'In 90 days' }).check();
    await button(page, 'Create key').click();
    await page.getByText('It may have been done all the same').waitFor();
    await button(page, 'Create key').click();
    await page.getByText('The key was created, but its answer was lost').waitFor();
    expect(await keyNamed('Lost')).toHaveLength(1);
    expect(problems).toEqual(['console: Failed to load resource: net::ERR_CONNECTION_RESET']);
  });

  it('offers nothing that the own key has not, and says so', async () => {
    const { key, expires_at } = await newKey({
      scopes: ['mcp:invoke', 'keys:manage'],
      allowed_tools: ['search'],
      expires_at: inDays(60),
    });
    await using opened = await dashboard.open('/keys/create', { key });
    const { page, problems } = opened;
    const lacking = page.getByRole('checkbox', { name: /logs:read/ });
    expect(await lacking.isDisabled()).toBe(true);
    expect(await page.getByRole('checkbox', { name: /keys:manage/ }).isEnabled()).toBe(true);
    expect(await page.getByText('Your key does not have this scope').count()).toBe(5);
    for (const choice of ['All tools', 'Never', 'In 90 days']) {
      expect(await page.getByRole('radio', { name: choice }).isDisabled()).toBe(true);
    }

    await button(page, 'Remove search').waitFor();
    await field(page, 'Name').fill('Weaker');
    await button(page, 'Create key').click();
    await shownSecret(page);
    const [weaker] = await keyNamed('Weaker');
    expect(weaker?.allowed_tools).toEqual(['search']);
    expect(Date.parse(weaker?.expires_at ?? '')).toBeLessThanOrEqual(Date.parse(expires_at ?? ''));
    expect(problems).toEqual([]);
  });

  it('asks before what is typed is lost, by signing out too', async () => {
    await using opened = await dashboard.open('/keys/create');
    const { page, problems } = opened;
    await field(page, 'Name').fill('Half');
    const question = page.getByRole('dialog', { name: 'Leave this page?' });
    for (const answer of ['Stay', 'Leave']) {
      expect(await field(page, 'Name').inputValue()).toBe('Half');
      await page.getByRole('button', { name: 'First project' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await question.getByRole('button', { name: answer }).click();
      await question.waitFor({ state: 'detached' });
    }
    await page.getByText('You have signed out').waitFor();
    expect(problems).toEqual([]);
  });

  it('asks before a key that nobody has copied is left', async () => {
    await using opened = await dashboard.open('/keys');
    const { page, problems } = opened;
    await page.getByRole('link', { name: 'Create key' }).click();
    await field(page, 'Name').fill('Not yet copied');
    await button(page, 'Create key').click();
    const secret = await shownSecret(page);
    const question = page.getByRole('dialog', { name: 'Leave this page?' });
    const list = page.getByRole('link', { name: 'API keys', exact: true }).last();
    for (const leave of [() => list.click(), () => page.goBack()]) {
      await leave();
      await question.getByText('It is not shown again').waitFor();
      await question.getByRole('button', { name: 'Stay' }).click();
      expect(await shownSecret(page)).toBe(secret);
    }

    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await button(page, 'Copy the new key').click();
    await page.getByText('Copied', { exact: true }).waitFor();
    await list.click();
    await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('tells of servers that are not read yet, or could not be, and not that there are none', async () => {
    await using opened = await dashboard.open('/keys/create');
    const { page } = opened;
    const { promise: heldUp, resolve: goOn } = Promise.withResolvers<void>();
    await page.route('**/mcp/servers?*', async (route) => {
      await heldUp;
      await route.abort();
    });
    await page.reload();
    await page.getByText('Loading the MCP servers').waitFor();
    goOn();
    const failed = page.getByText('The MCP servers could not be loaded');
    await failed.waitFor();
    await field(page, 'Name').fill('Unread');
    await button(page, 'Create key').click();
    await shownSecret(page);
    await failed.waitFor();
    expect(await page.getByText('There is no MCP server').count()).toBe(0);
    await page.unroute('**/mcp/servers?*');
    await button(page, 'Try again').click();
    await page.getByRole('tab').first().waitFor();
  });
});

describe('changing a key', () => {
  it('saves what was chosen and nothing else', async () => {
    const { id } = await newKey({ name: 'Before', expires_at: inDays(10) });
    const before = await dashboard.portcullis.getApiKey({ path: { id } });
    await using opened = await dashboard.open(`/keys/${id}/edit`, { viewport: PHONE });
    const { page, problems } = opened;
    expect(await button(page, 'Save').isDisabled()).toBe(true);
    await field(page, 'Name').fill('After');
    await expectAccessible(page);
    await expectToFit(page);
    await button(page, 'Save').click();
    await page.getByRole('heading', { level: 1, name: 'After', exact: true }).waitFor();
    expect(await dashboard.portcullis.getApiKey({ path: { id } })).toEqual({ ...before, name: 'After' });
    await expectAccessible(page);
    await expectToFit(page);
    expect(problems).toEqual([]);
  });

  it('shows the change of somebody else instead of overwriting it', async () => {
    const { id } = await newKey({ name: 'Contested' });
    await using opened = await dashboard.open(`/keys/${id}/edit`, { viewport: PHONE });
    const { page, problems } = opened;
    await page.getByRole('checkbox', { name: /logs:read/ }).check();
    await dashboard.portcullis.updateApiKey({ path: { id }, body: { name: 'Theirs' } });
    await button(page, 'Save').click();
    await page.getByText('was Contested, is now Theirs').waitFor();
    const told = page.getByRole('alert').filter({ hasText: 'Somebody else has changed the key' });
    await expectInView(told);
    const { name, scopes } = await dashboard.portcullis.getApiKey({ path: { id } });
    expect({ name, scopes }).toEqual({ name: 'Theirs', scopes: ['mcp:invoke'] });
    await expectAccessible(page);
    await expectToFit(page);

    await button(page, 'Keep my changes').click();
    expect(await field(page, 'Name').inputValue()).toBe('Theirs');
    await button(page, 'Save').click();
    await page.getByRole('heading', { level: 1, name: 'Theirs', exact: true }).waitFor();
    const saved = await dashboard.portcullis.getApiKey({ path: { id } });
    expect(saved).toMatchObject({ name: 'Theirs', scopes: ['mcp:invoke', 'logs:read'] });
    expect(without(problems, '409 (Conflict)')).toEqual([]);
  });

  it('is not offered for a stronger key, nor for one that has ended', async () => {
    const [{ key }, stronger, revoked] = await Promise.all([
      newKey({ scopes: ['mcp:invoke', 'keys:manage'] }),
      newKey({ scopes: ['logs:read'] }),
      newKey(),
    ]);
    await dashboard.portcullis.revokeApiKey({ path: { id: revoked.id } });
    await using opened = await dashboard.open(`/keys/${stronger.id}`, { key });
    const { page, problems } = opened;
    for (const name of ['Edit', 'Rotate', 'Revoke']) {
      expect(await button(page, name).getAttribute('aria-disabled')).toBe('true');
    }
    await button(page, 'Rotate').hover();
    await page.getByText('The key is stronger than yours: it has the scope logs:read').last().waitFor();

    await page.goto(`${dashboard.gateway.url}/dashboard/keys/${revoked.id}/edit`);
    await page.getByText('The key has been revoked').first().waitFor();
    expect(problems).toEqual([]);
  });

  it('says that the key has been revoked meanwhile, and leads to the others', async () => {
    const { id } = await newKey();
    await using opened = await dashboard.open(`/keys/${id}/edit`);
    const { page, problems } = opened;
    await field(page, 'Name').fill('Too late');
    await dashboard.portcullis.revokeApiKey({ path: { id } });
    await button(page, 'Save').click();
    await page.getByText('The key has been revoked').waitFor();
    await expectFocus(page.getByRole('group', { name: /is not changed$/ }));
    expect(await button(page, 'Keep my changes').count()).toBe(0);
    // Nothing is left to be saved, and nothing is asked.
    await page.getByRole('link', { name: 'all API keys' }).click();
    await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
    expect(without(problems, '409 (Conflict)')).toEqual([]);
  });
});

describe('rotating a key', () => {
  it('gives it a new secret, and lets the old one work as long as was chosen', async () => {
    const { id, key } = await newKey();
    await using opened = await dashboard.open(`/keys/${id}`, { viewport: PHONE });
    const { page, problems } = opened;
    await button(page, 'Rotate').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'A number of seconds' }).check();
    await field(page, 'Seconds').fill('86401');
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    await dialog.getByText('from 0 to 86400').waitFor();
    await expectAccessible(page);
    await expectToFit(page);

    await field(page, 'Seconds').fill('600');
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    const secret = await shownSecret(page);
    await dialog.getByText('The old secret works for 10 minutes more.').waitFor();
    expect([await called(key), await called(secret)]).toEqual([200, 200]);
    await expectAccessible(page);
    await expectToFit(page);

    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText(`ak_**${secret.slice(-4)}`, { exact: true }).waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(problems).toEqual([]);
  });

  it('ends the old secret at once when nothing else is wanted, and keeps the session of who rotates the own key', async () => {
    const own = await newKey({ scopes: ['mcp:invoke', 'keys:manage'] });
    await using opened = await dashboard.open(`/keys/${own.id}`, { key: own.key });
    const { page, problems } = opened;
    await page.getByText('You are signed in with it').waitFor();
    await button(page, 'Rotate').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('You are signed in with this key').waitFor();
    await dialog.getByRole('radio', { name: 'Not at all' }).check();
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    const secret = await shownSecret(page);
    expect([await called(own.key), await called(secret)]).toEqual([401, 200]);

    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText(`ak_**${secret.slice(-4)}`, { exact: true }).waitFor();
    await page.reload();
    await page.getByText('You are signed in with it').waitFor();
    expect(problems).toEqual([]);
  });

  it('is not ended by what was asked with the old secret, and refused after', async () => {
    const own = await newKey({ scopes: ['keys:manage', 'servers:manage'] });
    await using opened = await dashboard.open('/audit', { key: own.key });
    const { page } = opened;
    const { promise, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/api/v3/mcp/servers?*', async (route) => {
      await promise;
      await route.continue();
    });
    await page.getByRole('link', { name: 'API keys' }).first().click();
    await page.getByRole('link', { name: own.name }).click();
    await button(page, 'Rotate').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'Not at all' }).check();
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    const secret = await shownSecret(page);
    release();
    await page.waitForLoadState('networkidle');
    expect(await shownSecret(page)).toBe(secret);
    expect(await page.evaluate('Object.values(sessionStorage)')).toEqual([secret]);
  });

  it('keeps the new secret in sight until it is copied, or somebody is done with it', async () => {
    const { id } = await newKey();
    await using opened = await dashboard.open(`/keys/${id}`);
    const { page, problems } = opened;
    await button(page, 'Rotate').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    const secret = await shownSecret(page);
    await page.keyboard.press('Escape');
    await dialog.getByRole('button', { name: 'Close modal' }).click();
    expect(await shownSecret(page)).toBe(secret);

    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await button(page, 'Copy the new key').click();
    await page.getByText('Copied', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Close modal' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
  });

  it('tells that the key could not be read again, and still shows it', async () => {
    const { id } = await newKey();
    await using opened = await dashboard.open(`/keys/${id}`);
    const { page } = opened;
    await page.getByRole('heading', { name: 'Details' }).waitFor();
    await page.route(`**/api_keys/${id}`, (route) => route.abort());
    await button(page, 'Rotate').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText('The API key could not be loaded').waitFor();
    expect(await page.getByRole('heading', { name: 'Details' }).isVisible()).toBe(true);
    await page.unroute(`**/api_keys/${id}`);
    await button(page, 'Try again').click();
    await page.getByText('The API key could not be loaded').waitFor({ state: 'detached' });
  });
});

describe('revoking a key', () => {
  it('takes its name, and refuses it at once', async () => {
    const { id, name, key } = await newKey();
    await using opened = await dashboard.open(`/keys/${id}`, { viewport: PHONE });
    const { page, problems } = opened;
    await button(page, 'Revoke').click();
    const dialog = page.getByRole('dialog');
    const revoke = dialog.getByRole('button', { name: 'Revoke' });
    await dialog.getByRole('textbox').fill(`${name}!`);
    expect(await revoke.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').press('Enter');
    await expectAccessible(page);
    await expectToFit(page);
    expect(await called(key)).toBe(200);

    await dialog.getByRole('textbox').fill(name);
    await revoke.click();
    await page.getByText(`The key ${name} is revoked`).waitFor();
    expect(await called(key)).toBe(401);
    expect(problems).toEqual([]);
  });

  it('signs out who revokes the own key, and has said so', async () => {
    const own = await newKey({ scopes: ['keys:manage'] });
    await using opened = await dashboard.open(`/keys/${own.id}`, { key: own.key });
    const { page, problems } = opened;
    await button(page, 'Revoke').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('you will be signed out').waitFor();
    await dialog.getByRole('textbox').fill(own.name);
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('You have been signed out').waitFor();
    expect(without(problems, '401 (Unauthorized)')).toEqual([]);
  });

  it('tells why the last key that can do everything stays', async () => {
    const { gateway, portcullis } = dashboard;
    const { api_key: first } = await portcullis.getSessionInfo();
    await using opened = await dashboard.open(`/keys/${first.id}`, { key: gateway.key });
    const { page, problems } = opened;
    await button(page, 'Revoke').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill(first.name);
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await dialog.getByText('This is the last API key of the project').waitFor();
    expect(await called(gateway.key)).toBe(200);
    expect(without(problems, '409 (Conflict)')).toEqual([]);
  });

  it('gives the keyboard to the name, and back to the button that asked', async () => {
    const { id } = await newKey();
    await using opened = await dashboard.open(`/keys/${id}`);
    const { page, problems } = opened;
    const focused = page.locator(':focus');
    const dialog = page.getByRole('dialog');
    for (const leave of ['Escape', 'Cancel']) {
      await button(page, 'Revoke').press('Enter');
      await dialog.getByRole('textbox').and(focused).waitFor();
      if (leave === 'Escape') await page.keyboard.press(leave);
      else await dialog.getByRole('button', { name: leave }).press('Enter');
      await dialog.waitFor({ state: 'detached' });
      await button(page, 'Revoke').and(focused).waitFor();
    }
    expect(problems).toEqual([]);
  });

  it('takes a name as it can be seen and typed', async () => {
    const { id } = await newKey({ name: 'Two  spaces\u200b \u202ebackwards' });
    await using opened = await dashboard.open(`/keys/${id}`);
    const { page, problems } = opened;
    await button(page, 'Revoke').click();
    const dialog = page.getByRole('dialog');
    // What turns the direction of a text turns none beyond the name.
    expect(await dialog.locator('bdi').count()).toBe(2);
    await dialog.getByRole('textbox').fill('Two spaces backward');
    expect(await dialog.getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('Two spaces backwards');
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('is refused from now on').waitFor();
    expect(problems).toEqual([]);
  });
});

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Data, OperationParameters } from '../../client/index.ts';
import {
  expectAccessible,
  expectRows,
  expectToFit,
  HOSTILE,
  PHONE,
  startDashboard,
  type TestDashboard,
} from '../support/dashboard.ts';
import { send } from '../support/gateway.ts';
import { until } from '../support/until.ts';

let dashboard: TestDashboard;
let ci: Data<'createApiKey'>;
let old: Data<'createApiKey'>;
let serverId: string;

beforeAll(async () => {
  dashboard = await startDashboard();
  const { portcullis } = dashboard;
  ci = await portcullis.createApiKey({ body: { name: 'CI' } });
  old = await portcullis.createApiKey({ body: { name: 'Old laptop' } });
  await portcullis.revokeApiKey({ path: { id: old.id } });
  serverId = (await portcullis.listMcpServers()).items[0]?.id ?? '';

  await callTool('echo', ci.key);
  await callTool('echo', ci.key);
  await callTool(HOSTILE, ci.key);
  await initialize(HOSTILE);
  await initialize('cursor', old.key);
  await portcullis.updateProjectConfig({ body: { require_mcp_api_key: true } });
  await initialize('claude-code');
  await initialize('cursor', old.key);
  await portcullis.updateProjectConfig({ body: { require_mcp_api_key: false } });
  await logged(7);
});
afterAll(() => dashboard.close());

/** What was called before the tests: 3 with a key, 1 without any, 1 that would be refused, 2 that were. */
const CALLS = 7;

function call(body: object, key?: string) {
  const { mcpUrl } = dashboard.gateway;
  return send(
    'POST',
    mcpUrl,
    {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(key !== undefined && { 'x-api-key': key }),
    },
    JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }),
  );
}

const callTool = (name: string, key?: string) =>
  call({ method: 'tools/call', params: { name, arguments: { text: HOSTILE } } }, key);

const initialize = (name: string, key?: string) =>
  call(
    {
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name, version: '1' },
      },
    },
    key,
  );

/** A row comes a moment after its call was answered, and so does the usage. */
async function logged(count: number): Promise<void> {
  const { portcullis } = dashboard;
  const read = async () => {
    const [logs, usage] = await Promise.all([
      portcullis.listLogs({ query: { limit: 100 } }),
      portcullis.getUsage({ query: { group_by: 'day' } }),
    ]);
    return [logs.items.length, usage.items.reduce((sum, { calls }) => sum + calls, 0)];
  };
  const found = await until(read, (counts) => counts.every((found) => found === count), 15_000);
  expect(found).toEqual([count, count]);
}

const logOf = (page: Page) => page.getByRole('grid', { name: 'Log' });
const rowsOf = (page: Page) => logOf(page).getByRole('rowheader');

/** Waits until the log shows so many rows and no more. */
async function expectLog(page: Page, count: number): Promise<void> {
  if (count > 0) return expectRows(logOf(page), count);
  await rowsOf(page).first().waitFor({ state: 'detached' });
  await page.getByText('None of the requests match').waitFor();
}

/** The address has it, as soon as it is shown. */
const expectAddress = (page: Page, part: RegExp | ((url: URL) => boolean)) => page.waitForURL(part);

const newest = async (query: OperationParameters<'listLogs'>['query']) => {
  const row = (await dashboard.portcullis.listLogs({ query: { ...query, limit: 1 } })).items[0];
  if (row === undefined) throw new Error('There is no such row');
  return row;
};

describe('the usage', () => {
  it('counts every call by its outcome, as numbers, as a chart and as a table', async () => {
    await using opened = await dashboard.open('/traffic');
    const { page } = opened;
    for (const total of ['Allowed: 4', 'Would be refused: 1', 'Refused: 2', 'Rejected: 0']) {
      await page.getByRole('link', { name: `${total}, show them in the log`, exact: true }).waitFor();
    }
    await page.getByRole('application', { name: 'Requests over time by outcome' }).waitFor();
    await page.getByRole('button', { name: 'The same as a table' }).click();
    const table = page.getByRole('table', { name: 'Requests over time by outcome' });
    const [, ...days] = await table.getByRole('row').allInnerTexts();
    expect(days).toHaveLength(7);
    expect(
      days
        .at(-1)
        ?.split(/\s*\t\s*|\n+/)
        .slice(1),
    ).toEqual(['4', '1', '2']);
    expect(opened.problems).toEqual([]);
  });

  it('tells of each key, tool and server, and leads to its requests', async () => {
    await using opened = await dashboard.open('/traffic');
    const { page } = opened;
    const usage = (by: string) => page.getByRole('grid', { name: `Usage by ${by}` });
    await usage('API key')
      .getByRole('row', { name: /^CI 3 0 0 0 \d/ })
      .waitFor();
    await usage('API key')
      .getByRole('row', { name: /^Anonymous 4 2 1 0 \d/ })
      .waitFor();
    await page.getByRole('button', { name: 'MCP server', exact: true }).click();
    await usage('MCP server')
      .getByRole('row', { name: / 7 2 1 0 \d/ })
      .waitFor();
    await page.getByRole('button', { name: 'Tool', exact: true }).click();
    await expectAddress(page, /by=tool/);
    await usage('Tool').getByRole('link', { name: 'echo' }).click();
    await expectAddress(page, /tool=echo/);
    await expectLog(page, 2);
    expect(opened.problems).toEqual([]);
  });

  it('is of the days that are chosen', async () => {
    await using opened = await dashboard.open('/traffic');
    const { page } = opened;
    await page.getByRole('button', { name: /Time of the traffic/ }).click();
    await page.getByRole('radio', { name: 'Last 30 days' }).click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await expectAddress(page, /days=30/);
    await page.getByRole('button', { name: 'The same as a table' }).click();
    const table = page.getByRole('table', { name: 'Requests over time by outcome' });
    await table.getByRole('row').nth(30).waitFor();
    await page.goBack();
    await table.getByRole('row').nth(8).waitFor({ state: 'detached' });
    expect(opened.problems).toEqual([]);
  });

  it('goes back as far as it may, when the address asks for more', async () => {
    await using opened = await dashboard.open('/traffic?days=500');
    const { page } = opened;
    await page.getByRole('button', { name: /Last 365 days/ }).waitFor();
    await page.getByRole('link', { name: 'Allowed: 4, show them in the log', exact: true }).waitFor();
    await expectLog(page, CALLS);
    // By weeks: a year of days would be bars that nobody can point at.
    await page.getByRole('button', { name: 'The same as a table' }).click();
    const table = page.getByRole('table', { name: 'Requests over time by outcome' });
    await table.getByRole('columnheader', { name: 'Week from (UTC)' }).waitFor();
    expect(await table.getByRole('rowheader').count()).toBe(53);
    expect(await table.getByRole('row').last().innerText()).toMatch(/\s4\s+1\s+2/);
    expect(opened.problems).toEqual([]);
  });
});

describe('the log', () => {
  it('is filtered by the address', async () => {
    await using opened = await dashboard.open('/traffic');
    const { page } = opened;
    await expectLog(page, CALLS);
    const { request_id } = await newest({ outcome: 'would_be_refused' });
    const before = new Date(Date.now() - 3_600_000).toISOString();
    for (const [query, token, count] of [
      ['outcome=refused', 'Outcome = Refused', 2],
      [`api_key_id=${ci.id}&mcp_server_id=${serverId}`, 'API key = CI', 3],
      ['api_key_id=anonymous', 'API key = Anonymous', 4],
      [`request_id=${request_id}`, `Request ID = ${request_id}`, 1],
      [`tool=echo&from=${before}`, 'Tool = echo', 2],
      [`tool=echo&to=${before}`, 'Tool = echo', 0],
    ] as const) {
      await page.goto(`${dashboard.gateway.url}/dashboard/traffic?${query}`);
      await page.getByText(token).first().waitFor();
      await expectLog(page, count);
    }
    // Whose end is over has nothing to come.
    expect(await page.getByRole('checkbox', { name: 'Follow live' }).isDisabled()).toBe(true);
    expect(opened.problems).toEqual([]);
  });

  it('puts what is filtered by into the address, one value a property, and the back button takes it out', async () => {
    await using opened = await dashboard.open('/traffic');
    const { page } = opened;
    const filter = page.getByRole('combobox', { name: 'Filter the requests' });
    await filter.fill('Tool = echo');
    await filter.press('Enter');
    await expectAddress(page, /tool=echo/);
    await expectLog(page, 2);
    await filter.fill('Outcome = refused');
    await filter.press('Enter');
    await expectAddress(page, (url) => url.search.includes('outcome=refused'));
    await expectLog(page, 0);
    await filter.fill('Outcome = Allowed');
    await filter.press('Enter');
    await expectAddress(page, (url) => url.searchParams.getAll('outcome').join() === 'allowed');
    await expectLog(page, 2);
    await page.goBack();
    await expectLog(page, 0);
    await page.goBack();
    await page.goBack();
    await expectLog(page, CALLS);
    expect(opened.problems).toEqual([]);
  });

  it('says what is wrong with a filter, and shows nothing by it', async () => {
    await using opened = await dashboard.open('/traffic?outcome=nope');
    const { page } = opened;
    await page.getByText('Outcome: there is no “nope”').waitFor();
    await expectLog(page, 0);
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await expectLog(page, CALLS);
    const filter = page.getByRole('combobox', { name: 'Filter the requests' });
    await filter.fill('Request ID = a b');
    await filter.press('Enter');
    await page.getByText('Request ID: give the x-request-id of an answer').waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(opened.problems).toEqual([]);
  });

  it('shows what is refused at one click, and of each why: who revoked the key, and when', async () => {
    await using opened = await dashboard.open('/traffic');
    const { page } = opened;
    await page
      .getByRole('toolbar', { name: 'Outcome' })
      .getByRole('button', { name: 'Refused', exact: true })
      .click();
    await expectAddress(page, /outcome=refused/);
    await expectLog(page, 2);
    await logOf(page)
      .getByRole('row', { name: /Revoked API key/ })
      .getByRole('link')
      .click();
    await page.getByText('This request was refused: Revoked API key').waitFor();
    await page.getByText(/^This key was revoked at .* by First key/).waitFor();
    const alert = page.getByRole('group', { name: /This request was refused/ }).or(page.getByRole('main'));
    await alert.getByRole('link', { name: 'Old laptop' }).first().waitFor();
    await alert.getByRole('link', { name: 'First key' }).first().waitFor();

    const address = page.url();
    await page
      .getByRole('navigation', { name: 'Where this page is' })
      .getByRole('link', { name: 'Traffic' })
      .click();
    await expectLog(page, 2);
    await page.goto(address);
    await page.getByText('This request was refused: Revoked API key').waitFor();
    await page.getByRole('link', { name: 'the log', exact: true }).click();
    await expectLog(page, 1);
    expect(opened.problems).toEqual([]);
  });

  it('tells of a call all that is known of it, or that there is no such call', async () => {
    const { id, ip, request_id } = await newest({ tool: 'echo' });
    await using opened = await dashboard.open(`/traffic/${id}`);
    const { page } = opened;
    await page.getByText(request_id, { exact: true }).waitFor();
    await page.getByText(ip, { exact: true }).waitFor();
    const payload = await page.getByRole('region', { name: 'Arguments' }).innerText();
    expect(JSON.parse(payload)).toEqual({ name: 'echo', arguments: { text: HOSTILE } });
    await page.goto(`${dashboard.gateway.url}/dashboard/traffic/log_0`);
    await page.getByText('There is no such request').waitFor();
    expect(opened.problems).toEqual([NOT_FOUND]);
  });

  it('shows what clients write as text, and runs nothing of it', async () => {
    const [{ id: client }, { id: tool }] = await Promise.all([
      newest({ api_key_id: 'anonymous', outcome: 'allowed' }),
      newest({ tool: HOSTILE }),
    ]);
    await using opened = await dashboard.open(`/traffic?by=tool&tool=${encodeURIComponent(HOSTILE)}`);
    const { page } = opened;
    page.on('dialog', () => expect('a dialog').toBe('none'));
    await expectLog(page, 1);
    await page.getByRole('link', { name: HOSTILE }).waitFor();
    await logOf(page).getByText(HOSTILE).waitFor();
    await page.goto(`${dashboard.gateway.url}/dashboard/traffic/${client}`);
    await page.getByText(`${HOSTILE}/1`, { exact: true }).waitFor();
    await page.goto(`${dashboard.gateway.url}/dashboard/traffic/${tool}`);
    await page.getByText(HOSTILE, { exact: true }).first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  it('is saved as it is filtered, as CSV and as JSON lines', async () => {
    await using opened = await dashboard.open('/traffic?tool=echo');
    const { page } = opened;
    await expectLog(page, 2);
    const saved = async (format: string) => {
      await page.getByRole('button', { name: 'Export' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: format }).click(),
      ]);
      return {
        name: download.suggestedFilename(),
        lines: (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/),
      };
    };
    const csv = await saved('CSV');
    expect(csv.name).toBe('portcullis-log.csv');
    expect(csv.lines).toHaveLength(3);
    const { lines } = await saved('JSON lines');
    expect(lines.map((line) => JSON.parse(line).tool)).toEqual(['echo', 'echo']);
    expect(opened.problems).toEqual([]);
  });
});

describe('whoever may not see it', () => {
  it.each([
    ['without the scope', { scopes: ['mcp:invoke'] as ['mcp:invoke'] }, /It needs the scope logs:read/],
    [
      'held to one server',
      { scopes: ['logs:read'] as ['logs:read'], isHeld: true },
      /is held to one of them/,
    ],
  ])('is told why: a key %s', async (name, { scopes, ...given }, why) => {
    const held = 'isHeld' in given ? { mcp_server_ids: [serverId] } : {};
    const { key } = await dashboard.portcullis.createApiKey({ body: { name, scopes, ...held } });
    await using opened = await dashboard.open('/traffic', { key });
    await opened.page.getByText(why).waitFor();
    expect(await opened.page.getByRole('grid').count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });
});

describe('everybody', () => {
  it('can use each page, on a phone too, light and dark', async () => {
    const { id } = await newest({ outcome: 'refused' });
    await using opened = await dashboard.open('/traffic', { viewport: PHONE });
    const { page } = opened;
    await expectLog(page, CALLS);
    await expectAccessible(page);
    await expectToFit(page);
    for (const open of [/Time of the traffic/, 'Export'] as const) {
      await page.getByRole('button', { name: open }).click();
      await page.getByRole('dialog').or(page.getByRole('menu')).first().waitFor();
      await expectAccessible(page);
      await expectToFit(page);
      await page.keyboard.press('Escape');
    }
    const filter = page.getByRole('combobox', { name: 'Filter the requests' });
    await filter.click();
    await page.getByRole('option', { name: 'Outcome' }).waitFor();
    await expectAccessible(page);
    await expectToFit(page);
    await filter.press('Escape');
    await page.goto(`${dashboard.gateway.url}/dashboard/traffic/${id}`);
    await page.getByText('This request was refused').waitFor();
    await expectAccessible(page);
    await expectToFit(page);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${dashboard.gateway.url}/dashboard/traffic?outcome=nope`);
    await page.getByText('Outcome: there is no “nope”').waitFor();
    await expectAccessible(page);
    expect(opened.problems).toEqual([]);
  });

  it('is told of a gateway that does not answer, and can try again', async () => {
    await using opened = await dashboard.open('/settings/security');
    const { page } = opened;
    const api = /\/api\/v3\/org\/project\/(usage|logs)/;
    await page.route(api, (route) => route.abort());
    await page.getByRole('link', { name: 'Traffic' }).click();
    await page.getByText('The requests could not be loaded').waitFor();
    await page.unroute(api);
    // Whichever is pressed: what made one fail made them all fail.
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByRole('link', { name: /^Allowed: 4/ }).waitFor();
    await expectLog(page, CALLS);
    expect(opened.problems.filter((problem) => problem !== ABORTED)).toEqual([]);
  });
});

describe('following', () => {
  it('shows a call that comes in at the top, once, and says so', async () => {
    await using opened = await dashboard.open('/traffic?live=1&tool=add');
    const { page } = opened;
    expect(await page.getByRole('checkbox', { name: 'Follow live' }).isChecked()).toBe(true);
    await page.getByText('Following: no new requests so far.').first().waitFor();
    await page.waitForResponse(/\/logs\?.*limit=100/);
    await callTool('add', ci.key);
    await expectLog(page, 1);
    await page.getByText('Following: 1 new request so far.').first().waitFor();
    await page.waitForResponse(/\/logs\?.*limit=100/);
    expect(await rowsOf(page).count()).toBe(1);
    await page.getByText('Follow live').click();
    await expectAddress(page, (url) => !url.searchParams.has('live'));
    await expectLog(page, 1);
    expect(opened.problems).toEqual([]);
  });
});

describe('what was asked and answered', () => {
  it('is not there while the project does not show it, and the page says so', async () => {
    const { id } = await newest({ tool: 'echo' });
    await dashboard.portcullis.updateProjectConfig({ body: { log_visibility_setting: 'dont_store_data' } });
    await using opened = await dashboard.open(`/traffic/${id}`);
    await opened.page.getByText(/The project stores no arguments and results/).waitFor();
    expect(opened.problems).toEqual([]);
  });
});

const failed = (status: string) =>
  `console: Failed to load resource: the server responded with a status of ${status}`;
const NOT_FOUND = failed('404 (Not Found)');
const ABORTED = 'console: Failed to load resource: net::ERR_FAILED';

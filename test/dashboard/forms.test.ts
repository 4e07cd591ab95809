import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Schemas } from '../../client/index.ts';
import { expectFocus, expectHeard, hold, startDashboard, type TestDashboard } from '../support/dashboard.ts';

// What holds of every form that is sent: while the answer is awaited, somebody leaves, or types on; and somebody else may come first.

let dashboard: TestDashboard;
beforeAll(async () => {
  dashboard = await startDashboard();
});
afterAll(() => dashboard.close());

let named = 0;
const newKey = (): Promise<Schemas['ApiKey']> =>
  dashboard.portcullis.createApiKey({ body: { name: `Key ${++named}` } });
const newServer = (): Promise<Schemas['McpServer']> =>
  dashboard.portcullis.createMcpServer({
    body: { name: `Server ${++named}`, upstream: { kind: 'http', url: dashboard.gateway.upstreamUrl } },
  });

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const head = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name, exact: true });
const isConflict = (problem: string) => problem.includes('status of 409');

interface Form {
  readonly form: string;
  readonly method: 'POST' | 'PATCH';
  /** What it is sent to. */
  readonly to: string;
  readonly send: string;
  /** Makes what it is about. @returns where it stands */
  readonly at: () => Promise<string>;
  readonly fill?: (page: Page) => Promise<void>;
}

const FORMS: readonly Form[] = [
  {
    form: 'a new key',
    method: 'POST',
    to: '**/org/project/api_keys',
    send: 'Create key',
    at: async () => '/keys/create',
  },
  {
    form: 'a key',
    method: 'PATCH',
    to: '**/api_keys/*',
    send: 'Save',
    at: async () => `/keys/${(await newKey()).id}/edit`,
  },
  {
    form: 'a new server',
    method: 'POST',
    to: '**/mcp/servers',
    send: 'Add server',
    at: async () => '/servers/add',
    fill: (page) => field(page, 'URL').fill(dashboard.gateway.upstreamUrl),
  },
  {
    form: 'a server',
    method: 'PATCH',
    to: '**/mcp/srv_*',
    send: 'Save',
    at: async () => `/servers/${(await newServer()).id}/edit`,
  },
];
const SETTINGS: Form = {
  form: 'the settings',
  method: 'PATCH',
  to: '**/project/config',
  send: 'Save',
  at: async () => '/settings/security',
};
const CHANGES = FORMS.filter(({ method }) => method === 'PATCH');

describe('who leaves while it is sent', () => {
  it.each(FORMS)('is not led elsewhere by its end, be the next page slow: $form', async (sent) => {
    await using opened = await dashboard.open(await sent.at());
    const { page, problems } = opened;
    const answer = await hold(page, sent.to, sent.method);
    await field(page, 'Name').fill(`Left behind ${++named}`);
    await sent.fill?.(page);
    await button(page, sent.send).click();
    const loaded = await hold(page, '**/*.js');
    await page.getByRole('link', { name: 'Audit' }).click();
    const answered = page.waitForResponse((response) => response.request().method() === sent.method);
    await button(page, 'Leave').click();
    answer();
    await (await answered).finished();
    await expectHeard(page, `Left behind ${named}`);
    loaded();
    await head(page, 'Audit').waitFor();
    expect(new URL(page.url()).pathname).toBe('/dashboard/audit');
    expect(problems).toEqual([]);
  });

  it('is told that a key was created, or rotated, whose secret nobody has seen', async () => {
    const { id, name } = await newKey();
    await using opened = await dashboard.open('/keys/create');
    const { page, problems } = opened;
    const answer = await hold(page, '**/org/project/api_keys', 'POST');
    await field(page, 'Name').fill('Unseen');
    await button(page, 'Create key').click();
    const loaded = await hold(page, '**/*.js');
    await page.getByRole('link', { name: 'API keys' }).first().click();
    await button(page, 'Leave').click();
    answer();
    await expectHeard(page, 'The key Unseen was created after you had left');
    expect(await page.content()).not.toMatch(/ak_[0-9A-Za-z]{36}/);
    loaded();
    await head(page, /^API keys/).waitFor();

    await page.getByRole('link', { name, exact: true }).click();
    await button(page, 'Rotate').click();
    const rotated = await hold(page, `**/api_keys/${id}/rotate`);
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.goBack();
    await head(page, /^API keys/).waitFor();
    rotated();
    await expectHeard(page, `The key ${name} was rotated after you had left`);
    expect(problems).toEqual([]);
  });
});

describe('what is typed while it is sent', () => {
  it.each(CHANGES)('is kept, and saved the next time: $form', async (sent) => {
    await using opened = await dashboard.open(await sent.at());
    const { page, problems } = opened;
    const answer = await hold(page, sent.to, 'PATCH');
    await field(page, 'Name').fill(`Sent ${++named}`);
    await button(page, 'Save').click();
    await field(page, 'Name').fill(`Sent ${named}, and more`);
    answer();
    await expectHeard(page, new RegExp(`Sent ${named} (is saved|was changed)`));
    expect(await field(page, 'Name').inputValue()).toBe(`Sent ${named}, and more`);
    await head(page, `Edit Sent ${named}`).waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await button(page, 'Stay').click();
    await button(page, 'Save').click();
    await head(page, `Sent ${named}, and more`).waitFor();
    expect(problems).toEqual([]);
  });

  it('is kept by the settings, and marked unsaved', async () => {
    await using opened = await dashboard.open('/settings/security');
    const { page, problems } = opened;
    const answer = await hold(page, '**/project/config', 'PATCH');
    const twoFactor = page.getByRole('checkbox', { name: 'Two-factor authentication' });
    await page.getByLabel('Display name').fill('Typed');
    await twoFactor.uncheck();
    await button(page, 'Save').click();
    await page.getByLabel('Display name').press('End');
    await page.keyboard.type(' on');
    answer();
    await expectHeard(page, 'The settings are saved, but for 1 unsaved change');
    expect(await page.getByLabel('Display name').inputValue()).toBe('Typed on');
    expect(await page.getByText('Unsaved', { exact: true }).count()).toBe(1);
    expect(await page.getByText('Saved', { exact: true }).count()).toBe(1);
    expect(await twoFactor.isChecked()).toBe(false);
    expect(await dashboard.portcullis.getProjectConfig()).toMatchObject({
      display_name: 'Typed',
      is_2FA_enabled: false,
    });
    await button(page, 'Save').click();
    await expectHeard(page, /^The settings are saved$/);
    expect((await dashboard.portcullis.getProjectConfig()).display_name).toBe('Typed on');
    await dashboard.portcullis.updateProjectConfig({ body: { display_name: '', is_2FA_enabled: true } });
    expect(problems).toEqual([]);
  });

  it.each([SETTINGS, ...FORMS])('does not hide that it was not saved: $form', async (sent) => {
    await using opened = await dashboard.open(await sent.at());
    const { page } = opened;
    const { promise: typed, resolve: go } = Promise.withResolvers<void>();
    await page.route(sent.to, async (route) => {
      if (route.request().method() === 'GET') return route.fallback();
      await typed;
      return route.abort();
    });
    const name = page.getByLabel(/^(Display name|Name)/);
    await name.fill('Not saved');
    await sent.fill?.(page);
    await button(page, sent.send).click();
    await name.press('End');
    await page.keyboard.type(' yet');
    go();
    await expectHeard(page, /(It was|The settings were) not saved/);
    expect(await name.inputValue()).toBe('Not saved yet');
  });
});

describe('who decides by a change of somebody else', () => {
  it.each([
    {
      form: 'a key',
      begin: async () => {
        const { id } = await newKey();
        const change = (name: string) => dashboard.portcullis.updateApiKey({ path: { id }, body: { name } });
        return { page: `/keys/${id}/edit`, change };
      },
    },
    {
      form: 'a server',
      begin: async () => {
        const { id } = await newServer();
        const change = (name: string) =>
          dashboard.portcullis.updateMcpServer({ path: { id }, body: { name } });
        return { page: `/servers/${id}/edit`, change };
      },
    },
  ])('goes on at what saves it, or at its first field: $form', async ({ begin }) => {
    const begun = await begin();
    await using opened = await dashboard.open(begun.page);
    const { page, problems } = opened;
    const conflict = async () => {
      await field(page, 'Name').fill(`Mine ${++named}`);
      await begun.change(`Theirs ${named}`);
      await button(page, 'Save').press('Enter');
      await expectHeard(page, 'Somebody else has changed the');
    };
    await conflict();
    await button(page, 'Keep my changes').press('Enter');
    await expectFocus(button(page, 'Save'));
    await conflict();
    await button(page, 'Discard my changes').press('Enter');
    await expectFocus(field(page, 'Name'));
    expect(await field(page, 'Name').inputValue()).toBe(`Theirs ${named}`);
    expect(problems.filter((problem) => !isConflict(problem))).toEqual([]);
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator, Page } from 'playwright-core';
import { createPortcullis, type Portcullis } from '../../client/index.ts';
import { startBrowser, type WatchedPage } from './browser.ts';
import { type Gateway, startGateway } from './gateway.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const PHONE = { width: 360, height: 740 } as const;
export const DESKTOP = { width: 1280, height: 900 } as const;

/** A gateway, a browser that reaches nothing else, and the API beside it for what a test finds there. */
export interface TestDashboard {
  readonly gateway: Gateway;
  readonly portcullis: Portcullis;
  /**
   * Opens a page of the dashboard in a tab of its own.
   * @param path below the dashboard, with a slash before it
   * @param options.key signs in with it; the first key of the demo project when left out; `null`: nobody signs in
   */
  open(path: string, options?: OpenOptions): Promise<WatchedPage>;
  close(): Promise<void>;
}

interface OpenOptions {
  readonly key?: string | null;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

export async function startDashboard(): Promise<TestDashboard> {
  const gateway = await startGateway();
  const browser = await startBrowser(gateway.url);
  return {
    gateway,
    portcullis: createPortcullis({ url: gateway.url, apiKey: gateway.key }),
    async open(path, { key = gateway.key, viewport = DESKTOP, colorScheme = 'light' } = {}) {
      const watched = await browser.open({ viewport, colorScheme });
      await watched.page.goto(`${gateway.url}/dashboard${path}`);
      if (key !== null) await signIn(watched.page, key);
      return watched;
    },
    async close() {
      await browser[Symbol.asyncDispose]();
      await gateway.stop();
    },
  };
}

/** Signs in on the page that asks for it, and waits until another is there. */
export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key of the project').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Sign in to a project' }).waitFor({ state: 'detached' });
}

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** Holds what is shown now to the rules of axe (WCAG 2.2 A and AA among them): nothing serious or critical, light and dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The policy of the page lets no script in by an element; what the debugger evaluates is not the page's.
    await page.evaluate(AXE);
    const violations: Violation[] = await page.evaluate(
      'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)',
    );
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => ({ id, colorScheme, nodes: nodes.map(({ html }) => html.slice(0, 300)) }));
    assert.deepEqual(serious, []);
  }
}

/** What is said as soon as it changes, whoever looks where: `aria-live` of its own before what the role means. */
const LIVE = [
  '[aria-live="polite"]',
  '[aria-live="assertive"]',
  ...['status', 'alert'].map((role) => `[role="${role}"]:not([aria-live="off"])`),
].join();

/** Waits until a screen reader is told it. */
export async function expectHeard(page: Page, text: string | RegExp): Promise<void> {
  await page.locator(LIVE).filter({ hasText: text }).first().waitFor({ state: 'attached' });
}

/** Waits until it has the focus. */
export async function expectFocus(place: Locator): Promise<void> {
  await place.and(place.page().locator(':focus')).waitFor();
}

/**
 * Lets requests to a path wait, of one method where it is given.
 * @returns what lets them go on
 */
export async function hold(page: Page, path: string, method?: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(path, async (route) => {
    if (method !== undefined && route.request().method() !== method) return route.fallback();
    await promise;
    return route.continue();
  });
  return resolve;
}

/** Waits until a table shows so many rows, one at least, and no more. */
export async function expectRows(table: Locator, count: number): Promise<void> {
  const rows = table.getByRole('rowheader');
  await rows.nth(count).waitFor({ state: 'detached' });
  await rows.nth(count - 1).waitFor();
}

/** What somebody could call a key, a client or a tool. */
export const HOSTILE = '<img src=x onerror=alert(1)>';

/** Nobody has to look for it. */
export async function expectInView(shown: Locator): Promise<void> {
  const { y = -1, height = 0 } = (await shown.boundingBox()) ?? {};
  const end = shown.page().viewportSize()?.height ?? 0;
  assert.ok(y >= 0 && y + height <= end, `it stands from ${y} to ${y + height} of ${end}`);
}

/** Nothing stands beyond the right edge: the page itself does not scroll sideways. */
export async function expectToFit(page: Page): Promise<void> {
  const [scrolled, shown] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  assert.ok(scrolled <= shown, `${scrolled} pixels stand in ${shown}`);
}

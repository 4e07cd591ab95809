import type { Page } from 'playwright-core';
import { startBrowser } from '../test/support/browser.ts';
import { startGateway } from '../test/support/gateway.ts';
import { median } from './median.ts';

const ROUNDS = 11;

/**
 * How long somebody waits for the dashboard, in a real browser that has nothing of it, from a local gateway. Beside it the same
 * browser with an answer that needs nothing: what is left of the time is not the dashboard's.
 * @returns a Markdown table; times are medians of interleaved rounds
 */
export async function dashboard(): Promise<string> {
  const gateway = await startGateway();
  await using browser = await startBrowser(gateway.url);
  const signedIn = `sessionStorage.setItem('portcullis key of ${gateway.url}', '${gateway.key}')`;
  const at = (path: string, shown: (page: Page) => Promise<unknown>, init?: string) => ({
    path,
    shown,
    init,
  });
  const heading = (name: string) => (page: Page) => page.getByRole('heading', { level: 1, name }).waitFor();
  const views = [
    at('/health', (page) => page.getByText('ok').waitFor()),
    at('/dashboard', (page) => page.getByLabel('API key of the project').waitFor()),
    at(
      '/dashboard/settings/security',
      (page) => page.getByRole('checkbox', { name: 'Require API Key for MCP' }).waitFor(),
      signedIn,
    ),
    at('/dashboard/keys', (page) => page.getByRole('link', { name: 'First key' }).waitFor(), signedIn),
    at('/dashboard/servers', heading('MCP servers'), signedIn),
    at('/dashboard/traffic', heading('Traffic'), signedIn),
    at('/dashboard/audit', heading('Audit'), signedIn),
  ];
  const measured = views.map(() => ({ times: [] as number[], bytes: 0 }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [n, { path, shown, init }] of views.entries()) {
      await using opened = await browser.open({ viewport: { width: 1280, height: 900 } });
      const { page } = opened;
      if (init !== undefined) await page.addInitScript(init);
      const wire = await page.context().newCDPSession(page);
      await wire.send('Network.enable');
      let bytes = 0;
      wire.on('Network.loadingFinished', ({ encodedDataLength }) => {
        bytes += encodedDataLength;
      });
      const startedAt = performance.now();
      await page.goto(gateway.url + path);
      await shown(page);
      const time = performance.now() - startedAt;
      await page.waitForLoadState('networkidle');
      // The first round warms the functions.
      if (round > 0)
        Object.assign(measured[n] ?? {}, { times: [...(measured[n]?.times ?? []), time], bytes });
    }
  }
  await gateway.stop();

  const medians = measured.map(({ times }) => median(times));
  const [bare = Number.NaN] = medians;
  return [
    '| view | ms until it can be used | ratio | bytes over the wire |',
    '|---|---|---|---|',
    ...views.map(({ path }, n) => {
      const milliseconds = medians[n] ?? Number.NaN;
      const bytes = Math.round(measured[n]?.bytes ?? 0).toLocaleString('en');
      return `| ${path} | ${milliseconds.toFixed(0)} | ${(milliseconds / bare).toFixed(1)} | ${bytes} |`;
    }),
  ].join('\n');
}

import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core';

/** A real browser, which came with npm: nothing is downloaded for it. */
export async function startBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    // In one process, as Lambda needs it, the browser would end with its first context.
    args: [
      ...chromium.args.filter((argument) => !['--single-process', '--no-zygote'].includes(argument)),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    headless: true,
  });
}

/** What a page did that it should not have done. */
export interface Trouble {
  /** Errors on its console, violations of its Content-Security-Policy among them, and exceptions. */
  readonly errors: string[];
  /** Requests to another origin than its own; none of them leaves the machine. */
  readonly foreign: string[];
}

/**
 * Opens a page that can reach its own origin alone.
 * @param origin such as `http://127.0.0.1:4010`
 */
export async function openPage(
  browser: Browser,
  origin: string,
  viewport = { width: 1280, height: 900 },
): Promise<{ context: BrowserContext; page: Page; trouble: Trouble }> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  const trouble: Trouble = { errors: [], foreign: [] };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') trouble.errors.push(message.text());
  });
  page.on('pageerror', (error) => trouble.errors.push(String(error)));
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (url.startsWith(`${origin}/`) || url.startsWith('data:')) return route.continue();
    trouble.foreign.push(url);
    return route.abort();
  });
  return { context, page, trouble };
}

/**
 * The dashboard and the MCP servers behind the gateway share an origin. What a hostile server answers must neither run beside the
 * dashboard nor read the key that somebody signed in with.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { WatchedPage } from '../support/browser.ts';
import { startDashboard, type TestDashboard } from '../support/dashboard.ts';
import { send } from '../support/gateway.ts';
import { addServer, startUpstream, type TestUpstream } from '../support/upstream.ts';

/** Takes what it can, and leaves a trace of having run. */
const SCRIPT = `
  globalThis.hasRun = true;
  document.title = 'taken over';
  new Image().src = '/taken?' + JSON.stringify(sessionStorage);`;

const PAGE = `<!doctype html><title>A page</title><h1>A page of the server</h1>
  <script>${SCRIPT}</script><img src="x" onerror="${SCRIPT}"><iframe src="/dashboard"></iframe>
  <form action="/taken"><input name="key"></form><meta http-equiv="refresh" content="0;url=/dashboard">`;

const WORKER = `self.addEventListener('fetch', (event) => event.respondWith(new Response('taken over')));`;

/** What a server could turn a browser with, if it came through. */
const HEADERS = {
  'service-worker-allowed': '/',
  'set-cookie': 'taken=over; Path=/',
  'clear-site-data': '"storage"',
  'content-security-policy': "default-src * 'unsafe-inline'",
  'access-control-allow-origin': '*',
  refresh: '0;url=/dashboard',
  link: '</taken>; rel=preload; as=script',
  'x-frame-options': 'ALLOWALL',
};

const ANSWERS = {
  page: { type: 'text/html', body: PAGE },
  script: { type: 'text/javascript', body: SCRIPT },
  worker: { type: 'text/javascript', body: WORKER },
} as const;

let dashboard: TestDashboard;
let upstream: TestUpstream;
let hostile: string;

beforeAll(async () => {
  dashboard = await startDashboard();
  upstream = await startUpstream();
  upstream.answer = (_request, response) => {
    const { type, body } = ANSWERS[kind];
    response.writeHead(200, { ...HEADERS, 'content-type': type }).end(body);
  };
  hostile = await addServer(dashboard.gateway, dashboard.gateway.key, upstream.url);
});
afterAll(async () => {
  upstream.close();
  await dashboard.close();
});

/** What the server answers to the next requests. */
let kind: keyof typeof ANSWERS = 'page';

const key = () => dashboard.gateway.key;
/** The key as the dashboard's tab holds it. */
const stored = (page: Page) => page.evaluate<string>('JSON.stringify(sessionStorage)');

/** The names of the directives that stopped something. */
const stoppedBy = ({ problems }: WatchedPage) =>
  new Set(
    problems.flatMap((problem) => /(script|worker|connect|frame|img|style)-src/.exec(problem)?.[0] ?? []),
  );

describe('a hostile server behind the gateway', () => {
  it('is heard of nothing but what an MCP client needs', async () => {
    kind = 'page';
    const { status, headers, body } = await send('GET', hostile, { accept: 'text/html' });
    expect([status, body]).toEqual([200, PAGE]);
    expect(headers).toMatchObject({
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    });
    const others = Object.keys(HEADERS).filter((name) => name !== 'content-security-policy');
    expect(others.filter((name) => headers[name] !== undefined && headers[name] !== '*')).toEqual([]);
  });

  it('answers a page that runs nothing, and is at no origin, where no key is', async () => {
    kind = 'page';
    await using opened = await dashboard.open('/servers');
    expect(await stored(opened.page)).toContain(key());
    for (const open of ['goes there', 'is opened by the dashboard']) {
      const [page] =
        open === 'goes there'
          ? [
              await opened.page
                .context()
                .newPage()
                .then((tab) => tab.goto(hostile).then(() => tab)),
            ]
          : await Promise.all([
              opened.page.context().waitForEvent('page'),
              opened.page.evaluate((url) => void globalThis.open(url), hostile),
            ]);
      await page.getByRole('heading', { name: 'A page of the server' }).waitFor();
      expect(await page.title()).toBe('A page');
      expect(await page.evaluate('[globalThis.hasRun, globalThis.origin]')).toEqual([undefined, 'null']);
      for (const storage of ['sessionStorage', 'localStorage', 'document.cookie', 'indexedDB.databases()']) {
        await expect(page.evaluate(storage)).rejects.toThrow(/SecurityError|insecure|denied/);
      }
      expect(page.frames().map((frame) => frame.url())).not.toContain(`${dashboard.gateway.url}/dashboard`);
      expect(page.url()).toBe(hostile);
    }
  });

  it('is no script of the dashboard, no worker, and nothing that it calls', async () => {
    kind = 'script';
    await using opened = await dashboard.open('/servers');
    const { page } = opened;
    const outcomes = await page.evaluate(async (url) => {
      const loaded = (element: HTMLElementLike) =>
        new Promise((resolve) => {
          element.onload = () => resolve('ran');
          element.onerror = () => resolve('stopped');
          document.head.append(element);
        });
      const script = (type: string) => Object.assign(document.createElement('script'), { type, src: url });
      const inline = Object.assign(document.createElement('script'), {
        textContent: 'globalThis.hasRun = true',
      });
      document.head.append(inline);
      const started = new Promise((resolve) => {
        try {
          new Worker(url).onerror = () => resolve('stopped');
        } catch {
          resolve('stopped');
        }
      });
      return {
        classic: await loaded(script('')),
        module: await loaded(script('module')),
        style: await loaded(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: url })),
        worker: await started,
        imported: await import(url).then(
          () => 'ran',
          () => 'stopped',
        ),
        fetched: await fetch(url).then(
          () => 'ran',
          () => 'stopped',
        ),
        hasRun: String(globalThis.hasRun),
      };
    }, hostile);
    expect(outcomes).toEqual({
      classic: 'stopped',
      module: 'stopped',
      style: 'stopped',
      worker: 'stopped',
      imported: 'stopped',
      fetched: 'stopped',
      hasRun: 'undefined',
    });
    expect(stoppedBy(opened)).toEqual(new Set(['script-src', 'style-src', 'worker-src', 'connect-src']));
    expect(await page.title()).not.toBe('taken over');
  });

  it('is no service worker, of the dashboard or of the whole origin', async () => {
    kind = 'worker';
    await using opened = await dashboard.open('/servers');
    const { page } = opened;
    const outcomes = await page.evaluate(async (url) => {
      const registered = (options?: object) =>
        navigator.serviceWorker.register(url, options).then(
          () => 'registered',
          () => 'stopped',
        );
      return [
        await registered(),
        await registered({ scope: '/' }),
        await registered({ scope: '/dashboard' }),
        (await navigator.serviceWorker.getRegistrations()).length,
      ];
    }, hostile);
    expect(outcomes).toEqual(['stopped', 'stopped', 'stopped', 0]);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'MCP servers' }).waitFor();
  });
});

describe('another page', () => {
  it('cannot frame the dashboard', async () => {
    await using opened = await dashboard.open('/servers');
    const { page } = opened;
    const tab = await page.context().newPage();
    await tab.goto('about:blank');
    await tab.setContent(`<iframe src="${dashboard.gateway.url}/dashboard"></iframe>`);
    await tab.waitForLoadState('networkidle');
    const [, frame] = tab.frames();
    expect(frame?.url()).not.toBe('');
    expect(await frame?.locator('#dashboard').count()).toBe(0);
  });
});

/** What the pages know, and Node does not. */
interface HTMLElementLike {
  onload: (() => void) | null;
  onerror: (() => void) | null;
}
declare const document: {
  readonly head: { append(element: unknown): void };
  createElement(name: string): HTMLElementLike;
};
declare const navigator: {
  readonly serviceWorker: {
    register(url: string, options?: object): Promise<unknown>;
    getRegistrations(): Promise<readonly unknown[]>;
  };
};
declare class Worker {
  constructor(url: string);
  onerror: (() => void) | null;
}
declare global {
  var hasRun: boolean | undefined;
  function open(url: string): unknown;
}

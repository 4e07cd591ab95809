import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import type * as Client from '../../client/index.ts';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import {
  breakOff,
  error,
  hang,
  json,
  reset,
  type ScriptedServer,
  scriptedServer,
} from './scripted-server.ts';

const NEW_SERVER = { name: 'Docs', upstream: { kind: 'http', url: 'https://x.invalid' } } as const;

let server: ScriptedServer;
let browser: TestBrowser;
let page: Page;

/** What the bundle leaves in the page. */
declare const client: typeof Client;
declare const location: { readonly origin: string };

beforeAll(async () => {
  server = await scriptedServer();
  browser = await startBrowser(server.url);
  ({ page } = await browser.open());
  server.plays((_, response) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><link rel="icon" href="data:,">'),
  );
  await page.goto(server.url);
  await page.evaluate(await bundle());
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** The client as a page loads it: nothing of Node is in it, or it could not be bundled. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../client/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'client',
  });
  return `${outputFiles[0]?.text ?? ''}; globalThis.client = client;`;
}

/** Calls `listApiKeys` in the page. @returns its error, as far as it can leave the page */
const failureInPage = (options: { retries: number; timeoutMs?: number }) =>
  page.evaluate(async (given) => {
    const portcullis = client.createPortcullis({ url: location.origin, apiKey: 'ak_1', ...given });
    try {
      await portcullis.listApiKeys();
      return undefined;
    } catch (failure) {
      const { name, message, slug } = failure as Client.PortcullisError;
      return { name, message, slug };
    }
  }, options);

describe('the client in a browser', () => {
  it('sends a request, and sends it again with its body', async () => {
    server.plays(reset, error(502), json(201, { id: 'mcp_1' }, { etag: '"1"' }));
    const answer = await page.evaluate(async (body) => {
      const portcullis = client.createPortcullis({ url: location.origin, apiKey: 'ak_1' });
      const { data, status, headers } = await portcullis.request('createMcpServer', { body });
      return { data, status, etag: headers.get('etag') };
    }, NEW_SERVER);
    expect(answer).toEqual({ data: { id: 'mcp_1' }, status: 201, etag: '"1"' });
    expect(server.received.map(({ method, body }) => ({ method, body }))).toEqual(
      Array(3).fill({ method: 'POST', body: JSON.stringify(NEW_SERVER) }),
    );
    expect(new Set(server.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(server.received[2]?.headers).toMatchObject({ 'x-api-key': 'ak_1' });
  });

  it('reads a list row by row', async () => {
    server.plays(json(200, { items: [{ id: 1 }], next_cursor: 'c' }), json(200, { items: [{ id: 2 }] }));
    const ids = await page.evaluate(async () => {
      const rows: string[] = [];
      const portcullis = client.createPortcullis({ url: location.origin, apiKey: 'ak_1' });
      for await (const { id } of portcullis.paginate('listApiKeys')) rows.push(id);
      return rows;
    });
    expect(ids).toEqual([1, 2]);
  });

  it('takes an answer that has nothing in it', async () => {
    server.plays((_, response) => response.writeHead(204).end());
    const answer = await page.evaluate(async () => {
      const portcullis = client.createPortcullis({ url: location.origin, apiKey: 'ak_1' });
      const { data, status } = await portcullis.request('revokeApiKey', { path: { id: 'key_1' } });
      return { status, isNothing: data === undefined };
    });
    expect(answer).toEqual({ status: 204, isNothing: true });
  });

  it('tells what went wrong', async () => {
    server.plays(error(401, 'APIKey_InvalidAPIKey'));
    expect(await failureInPage({ retries: 0 })).toMatchObject({
      name: 'PortcullisError',
      slug: 'APIKey_InvalidAPIKey',
    });
    for (const [fault, message] of [
      [reset, /cannot be reached/],
      [breakOff, /cannot be reached/],
      [hang, /did not answer within 0\.2 s/],
    ] as const) {
      server.plays(fault);
      expect(await failureInPage({ retries: 0, timeoutMs: 200 })).toMatchObject({
        name: 'PortcullisConnectionError',
        message: expect.stringMatching(message),
      });
    }
  });

  it('follows no redirect', async () => {
    server.plays((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    expect(await failureInPage({ retries: 2 })).toMatchObject({
      name: 'PortcullisConnectionError',
      message: expect.stringContaining(`${server.url} redirects, where no key is taken`),
    });
    expect(server.received).toHaveLength(1);
  });

  it('can be ended, with the reason that is given', async () => {
    server.plays(hang);
    const message = await page.evaluate(async () => {
      const portcullis = client.createPortcullis({ url: location.origin, apiKey: 'ak_1' });
      const ending = new AbortController();
      const call = portcullis.getProjectConfig({ signal: ending.signal });
      setTimeout(() => ending.abort(new Error('enough')), 20);
      return call.then(String, String);
    });
    expect(message).toBe('Error: enough');
  });
});

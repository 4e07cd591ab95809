import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Page } from 'playwright-core';
import { ENVIRONMENT } from '../functions/environment.ts';
import { buildFunction } from '../infra/build/function.ts';
import { startBrowser } from './support/browser.ts';
import { proxyEvent } from './support/fixtures.ts';

const { folder } = buildFunction('web');

let handler: (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;
beforeAll(async () => {
  Object.assign(process.env, { [ENVIRONMENT.throttleRate]: '7', [ENVIRONMENT.throttleBurst]: '9' });
  ({ handler } = await import(join(folder, 'index.mjs')));
});

const STAGE = 'https://gateway.invalid/prod';

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

/** What API Gateway makes of a request. @param path behind the gateway's address */
function eventOf(base: string, path: string, { method = 'GET', headers = {} }: Asked): APIGatewayProxyEvent {
  const sample = proxyEvent('health');
  const { hostname, pathname, protocol } = new URL(base);
  const [, page, proxy] = /^\/(docs|dashboard)\/(.+)$/.exec(path) ?? [];
  const resource = proxy === undefined ? path.replace(/\/$/, '') : `/${page}/{proxy+}`;
  const sent = { ...headers, 'X-Forwarded-Proto': protocol.replace(':', '') };
  return {
    ...sample,
    resource,
    path,
    httpMethod: method,
    headers: sent,
    multiValueHeaders: Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value]])),
    pathParameters: proxy === undefined ? null : { proxy },
    requestContext: {
      ...sample.requestContext,
      domainName: hostname,
      path: `${pathname.replace(/\/$/, '')}${path}`,
    },
  };
}

interface Answered {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

async function ask(path: string, asked: Asked & { base?: string } = {}): Promise<Answered> {
  const { statusCode, headers, body, isBase64Encoded } = await handler(
    eventOf(asked.base ?? STAGE, path, asked),
  );
  const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]);
  return {
    status: statusCode,
    headers: Object.fromEntries(texts),
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** Answers a page's requests to the stage as the function does. */
const serveStage = (page: Page) =>
  page.route(`${STAGE}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const { status, headers, body } = await ask(pathname.replace('/prod', ''));
    await route.fulfill({ status, headers, body });
  });

const REFERENCED = /(?:href|src|data-document)="([^"]*)"/g;
const filesOf = async (): Promise<string[]> => {
  const page = (await ask('/docs')).body.toString();
  return [...page.matchAll(REFERENCED)]
    .map(([, url = '']) => url.replace(STAGE, ''))
    .filter((path) => path.startsWith('/docs/'));
};

describe('the reference page', () => {
  it.each([
    ['the address of a stage', STAGE],
    ['a custom domain', 'https://mcp.example.com'],
    ['a path of a custom domain', 'https://mcp.example.com/tools/mcp'],
    ['a local address', 'http://127.0.0.1'],
  ])('refers to nothing outside of its own folder and the API, at %s', async (_where, base) => {
    const { status, headers, body } = await ask('/docs', { base });
    const urls = [...body.toString().matchAll(REFERENCED)].map(([, url = '']) => url);
    const policy = headers['content-security-policy'] ?? '';
    const sources = policy.split(/[ ;]+/).filter((source) => source.includes('://'));

    expect(status).toBe(200);
    expect(urls.filter((url) => !url.startsWith(`${base}/docs/`))).toEqual([
      'data:,',
      `${base}/openapi.json`,
      `${base}/openapi.json`,
    ]);
    expect([...new Set(sources)]).toEqual([
      `${base}/docs/`,
      `${base}/api/`,
      `${base}/openapi.json`,
      `${base}/health`,
    ]);
  });

  it('may do nothing that it does not name, and runs no text', async () => {
    const { headers } = await ask('/docs');
    const directives = (headers['content-security-policy'] ?? '').split('; ');
    expect(directives).toEqual([
      "default-src 'none'",
      `script-src ${STAGE}/docs/`,
      "worker-src 'none'",
      `style-src ${STAGE}/docs/`,
      `img-src ${STAGE}/docs/ data:`,
      `font-src ${STAGE}/docs/`,
      `connect-src ${STAGE}/api/ ${STAGE}/openapi.json ${STAGE}/health`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
    });
  });

  it('renders where a stage stands before its path', async () => {
    await using browser = await startBrowser(STAGE);
    await using opened = await browser.open();
    const { page, problems } = opened;
    await serveStage(page);
    await page.goto(`${STAGE}/docs`);
    await page.locator('#operations-Settings-updateProjectConfig').waitFor();
    expect(await page.locator('.servers').innerText()).toContain(STAGE);
    expect(problems).toEqual([]);
  });
});

describe('the page of the dashboard', () => {
  const URLS = /(?:href|src|data-url)="([^"]*)"/g;
  const PATHS = [
    '/dashboard',
    '/dashboard/',
    '/dashboard/keys',
    '/dashboard/traffic/log_0mwzie3v1k3Jd9sQa1/',
  ];

  it.each([
    ['the address of a stage', STAGE],
    ['a custom domain', 'https://mcp.example.com'],
    ['a path of a custom domain', 'https://mcp.example.com/tools/mcp'],
    ['a local address', 'http://127.0.0.1'],
  ])('is the same at every path, and refers to its own files alone, at %s', async (_where, base) => {
    const answers = await Promise.all(PATHS.map((path) => ask(path, { base })));
    const [first] = answers;
    for (const { status, headers, body } of answers) {
      const urls = [...body.toString().matchAll(URLS)].map(([, url = '']) => url);
      expect(status).toBe(200);
      expect(body.equals(first?.body ?? Buffer.of())).toBe(true);
      expect(urls.filter((url) => !url.startsWith(`${base}/dashboard/assets/`))).toEqual(['data:,', base]);
      expect(headers['content-security-policy']?.split('; ')).toEqual([
        "default-src 'none'",
        `script-src ${base}/dashboard/assets/`,
        "worker-src 'none'",
        `style-src ${base}/dashboard/assets/`,
        `img-src ${base}/dashboard/assets/ data:`,
        `font-src ${base}/dashboard/assets/`,
        `connect-src ${base}/api/ ${base}/openapi.json ${base}/health`,
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ]);
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-cache' });
    }
  });

  it.each(['/dashboard/%2e%2e', '/dashboard/a%2Fb', '/dashboard/"'])(
    'is not at %s, where none of its pages is',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  it('has files that may be kept for ever, fonts among them as they are', async () => {
    const names = Object.values<string>(
      JSON.parse(readFileSync(join(folder, 'assets.json'), 'utf8')).files,
    ).filter((name) => !name.startsWith('swagger') && !name.startsWith('page.'));
    expect(names.some((name) => name.endsWith('.woff2'))).toBe(true);
    for (const name of names) {
      const { status, headers } = await ask(`/dashboard/assets/${name}`, {
        headers: { 'accept-encoding': 'br' },
      });
      expect([name, status]).toEqual([
        expect.stringMatching(/^[\w-]+\.[0-9a-f]{16}\.(?:css|js|woff2)$/),
        200,
      ]);
      expect(headers['content-encoding']).toBe(name.endsWith('.woff2') ? undefined : 'br');
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
  });

  it.each(['assets.json', 'index.mjs', 'nothing.js', '../index.mjs', ''])('has no file %j', async (name) => {
    const { status, headers, body } = await ask(`/dashboard/assets/${name}`);
    expect([status, body.toString()]).toEqual([404, '{"error":"Not found"}']);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('runs where a stage stands before its path, and keeps to it', async () => {
    await using browser = await startBrowser(STAGE);
    await using opened = await browser.open();
    const { page, problems } = opened;
    await serveStage(page);
    await page.goto(`${STAGE}/dashboard/keys`);
    await page.getByLabel('API key of the project').waitFor();
    expect(page.url()).toBe(`${STAGE}/dashboard/keys`);
    expect(problems).toEqual([]);
  });
});

describe('a file of the page', () => {
  it.each([
    ['br, gzip', 'br', brotliDecompressSync],
    ['GZIP;q=0.5 , br;q=0', 'gzip', gunzipSync],
    ['deflate', undefined, (bytes: Buffer) => bytes],
  ])('is the same for who accepts %s, and sent as %s', async (accepted, encoding, decoded) => {
    const files = await filesOf();
    expect(files).toHaveLength(4);
    for (const file of files) {
      const plain = await ask(file);
      const answer = await ask(file, { headers: { 'Accept-Encoding': accepted } });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-encoding']).toBe(encoding);
      expect(decoded(answer.body).equals(plain.body)).toBe(true);
    }
  });

  it('has a name of its own for what is in it, a type, and may be kept for ever', async () => {
    for (const file of await filesOf()) {
      expect(file).toMatch(/^\/docs\/[a-z-]+\.[0-9a-f]{16}\.(?:css|js)$/);
      expect((await ask(file)).headers).toMatchObject({
        'content-type': `text/${file.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`,
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        vary: 'accept-encoding',
      });
    }
  });

  it('refers to no source map, which is not served', async () => {
    for (const file of await filesOf()) {
      expect((await ask(file)).body.includes('sourceMappingURL')).toBe(false);
    }
  });

  it('is none of the other files beside it, under whatever name', async () => {
    const others = readdirSync(folder).filter((name) => !name.endsWith('.woff2'));
    const [file = ''] = await filesOf();
    const names = [...others, '../index.mjs', './assets.json', '/etc/passwd', 'constructor', `${file}/`, ''];
    for (const name of names.filter((given) => given !== '')) {
      const { status, headers, body } = await ask(`/docs/${name}`);
      expect([name, status, body.toString()]).toEqual([name, 404, '{"error":"Not found"}']);
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  it('comes with the page, the document and their heads in at most 600 KB, compressed', async () => {
    const headers = { 'accept-encoding': 'br' };
    const answers = await Promise.all(
      ['/docs', '/openapi.json', ...(await filesOf())].map((path) => ask(path, { headers })),
    );
    const bytes = answers.map(({ headers: head, body }) => JSON.stringify(head).length + body.length);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(600_000);
  });
});

describe('the document', () => {
  it('names the address that it was asked for at, and the limits of the stage', async () => {
    for (const base of [STAGE, 'https://mcp.example.com', STAGE]) {
      const document = JSON.parse((await ask('/openapi.json', { base })).body.toString());
      expect(document.servers).toEqual([{ url: base }]);
      expect(document.paths['/api/v3/org/project/config'].get['x-rate-limit']).toMatchObject({
        requests_per_second: 7,
        burst: 9,
      });
    }
  });

  it('is compressed for who accepts it, and may be read by any page', async () => {
    const plain = await ask('/openapi.json');
    const br = await ask('/openapi.json', { headers: { 'accept-encoding': 'gzip, br' } });
    const gzip = await ask('/openapi.json', { headers: { 'accept-encoding': 'gzip' } });
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(br.headers).toMatchObject({
      'content-type': 'application/json',
      'content-encoding': 'br',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
    });
  });

  it('is not sent again to who has it', async () => {
    const { etag = '' } = (await ask('/openapi.json')).headers;
    for (const known of [etag, `"other", ${etag}`, `W/${etag}`]) {
      const { status, headers, body } = await ask('/openapi.json', { headers: { 'If-None-Match': known } });
      expect([status, headers.etag, body.length]).toEqual([304, etag, 0]);
    }
    const other = await ask('/openapi.json', {
      base: 'https://mcp.example.com',
      headers: { 'if-none-match': etag },
    });
    expect(other.status).toBe(200);
  });
});

describe.each([
  '/docs',
  '/openapi.json',
  '/docs/nothing.js',
  '/dashboard',
  '/dashboard/keys',
  '/dashboard/assets/nothing.js',
])('%s', (path) => {
  it('answers HEAD as GET, without a body', async () => {
    const [get, head] = [await ask(path), await ask(path, { method: 'HEAD' })];
    expect({ ...head, body: get.body }).toEqual(get);
    expect(head.body).toHaveLength(0);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('refuses %s, and says what it takes', async (method) => {
    const { status, headers, body } = await ask(path, { method });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(JSON.parse(body.toString())).toEqual({ error: 'Method not allowed' });
  });
});

it('does not load without the files of its page, or without the limits of its stage', async () => {
  const source = new URL('../functions/web.ts', import.meta.url).href;
  await expect(import(source)).rejects.toThrow('assets.json');
  delete process.env[ENVIRONMENT.throttleRate];
  await expect(import(`${source}?again`)).rejects.toThrow(ENVIRONMENT.throttleRate);
});

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'portcullis-browser');

/** A page, and all that it should not do. */
export interface WatchedPage {
  readonly page: Page;
  /**
   * What went wrong since the page was opened: errors and warnings on its console, exceptions, violations of its
   * Content-Security-Policy, and requests to another origin, which are not let out.
   */
  readonly problems: string[];
}

/** A real browser that reaches one origin and no other. */
export interface TestBrowser extends AsyncDisposable {
  /** Opens an empty page with storage of its own. */
  open(options?: BrowserContextOptions): Promise<WatchedPage>;
}

/**
 * Starts the Chromium inside an npm package: a machine with Node and npm alone has no other.
 * `PORTCULLIS_TEST_BROWSER` names another Chromium, where the package's does not run (it is for Linux on x64).
 * @param origin that its pages may reach
 */
export async function startBrowser(origin: string): Promise<TestBrowser> {
  const browser = await launch(new URL(origin));
  return {
    open: (options) => openPage(browser, new URL(origin), options),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function launch({ hostname }: URL): Promise<Browser> {
  const { executablePath, env } = await unpackedBrowser();
  return chromium.launch({
    executablePath,
    env,
    args: [
      // Nothing is looked up or dialled but that host, whoever asks: pages, workers, or the browser itself.
      `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${hostname}`,
      '--no-proxy-server',
      '--font-render-hinting=none',
    ],
  });
}

async function openPage(
  browser: Browser,
  { origin }: URL,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const problems: string[] = [];
  const context = await browser.newContext(options);
  await context.route(
    (url) => url.origin !== origin,
    (route) => {
      problems.push(`request to another origin: ${route.request().url()}`);
      return route.abort('blockedbyclient');
    },
  );
  await context.exposeBinding('tellViolation', (_source, violation: string) => problems.push(violation));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      const told = `policy violation: ${violatedDirective} by ${blockedURI} in ${sourceFile}`;
      (globalThis as unknown as { tellViolation(violation: string): void }).tellViolation(told);
    });
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  return { page, problems };
}

/** @returns where the browser is, and the variables that it finds its own libraries and fonts by */
async function unpackedBrowser(): Promise<{ executablePath: string; env: Record<string, string> }> {
  const given = process.env.PORTCULLIS_TEST_BROWSER;
  if (given !== undefined) return { executablePath: given, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('Set PORTCULLIS_TEST_BROWSER to a Chromium: the one among the dependencies runs on Linux on x64');
  }
  const folder = await unpacked();
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      HOME: folder,
      FONTCONFIG_PATH: join(folder, 'fonts'),
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
    },
  };
}

const UNPACK = `
  import { inflate } from '@sparticuz/chromium';
  await Promise.all(process.argv.slice(1).map((file) => inflate(file)));`;

/** Unpacks the browser once for each version of its package. It appears whole, so that test files may ask for it at once. */
async function unpacked(): Promise<string> {
  const packageFile = createRequire(import.meta.url).resolve('@sparticuz/chromium').replace(/build.*$/, 'package.json');
  const { version } = createRequire(import.meta.url)(packageFile) as { version: string };
  const folder = join(CACHE, version);
  if (existsSync(folder)) return folder;

  await mkdir(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, 'draft-'));
  const archives = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) =>
    join(packageFile, '..', 'bin', name),
  );
  // The package unpacks to the folder for temporary files, and takes what is there already for whole.
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK, ...archives], {
    cwd: ROOT,
    env: { TMPDIR: draft },
  });
  writeFileSync(join(draft, 'fonts', 'fonts.conf'), fontSettings(join(folder, 'fonts')));
  try {
    renameSync(draft, folder);
  } catch {
    rmSync(draft, { recursive: true }); // Another test file was faster.
  }
  return folder;
}

const fontSettings = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir>
  <cachedir>${folder}/cache</cachedir>
</fontconfig>
`;

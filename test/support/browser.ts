import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import * as z from 'zod';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const PACKAGE = join(dirname(require.resolve('@sparticuz/chromium')), '..');
const CACHE = join(ROOT, 'node_modules', '.cache', 'portcullis-browser');

/** A page, and all that it should not do. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /**
   * What went wrong since the page was opened: errors and warnings on its console, exceptions, violations of its
   * Content-Security-Policy, and requests to another origin, which are not let out.
   */
  readonly problems: readonly string[];
}

/** A real browser that reaches one origin and no other. */
export interface TestBrowser extends AsyncDisposable {
  /** Opens an empty page, with storage of its own. It closes with its browser, if not before. */
  open(options?: BrowserContextOptions): Promise<WatchedPage>;
}

/**
 * Starts the Chromium of an npm package: a machine with Node and npm alone has no other.
 * `PORTCULLIS_TEST_BROWSER` names another one, for machines that the package's is not made for.
 * @param url of what its pages may reach: nothing outside its origin
 * @throws Error when the machine is not Linux on x64 and the variable is not set
 */
export async function startBrowser(url: string): Promise<TestBrowser> {
  const { origin, hostname } = new URL(url);
  const browser = await chromium.launch({
    ...(await chosenBrowser()),
    args: [
      // Nothing but that host is looked up or dialled, whoever asks: a page, a worker, or the browser itself.
      `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${hostname}`,
      '--no-proxy-server',
      // As the author of a page sees its letters, whatever the machine.
      '--font-render-hinting=none',
    ],
  });
  return {
    open: (options) => openPage(browser, origin, options),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** Tells of what a page's policy forbids, as its console does, but by the name of the directive. */
const TELL_VIOLATIONS = `
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
    tellViolation('policy violation: ' + violatedDirective + ' by ' + blockedURI + ' in ' + sourceFile);
  });`;

async function openPage(
  browser: Browser,
  origin: string,
  options?: BrowserContextOptions,
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
  await context.addInitScript(TELL_VIOLATIONS);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  return { page, problems, [Symbol.asyncDispose]: () => context.close() };
}

/** Where the browser is, and the variables that it finds its own libraries and fonts by. */
async function chosenBrowser(): Promise<{ executablePath: string; env?: Record<string, string> }> {
  const given = process.env.PORTCULLIS_TEST_BROWSER;
  if (given !== undefined) return { executablePath: given };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The tests bring a browser for Linux on x64: set PORTCULLIS_TEST_BROWSER to a Chromium');
  }
  const folder = await unpackedBrowser();
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      HOME: folder,
      FONTCONFIG_PATH: join(folder, 'fonts'),
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
    },
  };
}

const ARCHIVES = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) => join(PACKAGE, 'bin', name));

const UNPACK = `
  import { inflate } from '@sparticuz/chromium';
  await Promise.all(process.argv.slice(1).map((archive) => inflate(archive)));`;

/**
 * Unpacks each version of the package once. The folder appears whole, because test files ask for it at the same time and the
 * package itself takes a file that is still being written for a whole one.
 */
async function unpackedBrowser(): Promise<string> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')));
  const folder = join(CACHE, version);
  if (existsSync(folder)) return folder;

  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, 'draft-'));
  // It unpacks into the folder for temporary files.
  const env = { TMPDIR: draft };
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK, ...ARCHIVES], {
    cwd: ROOT,
    env,
  });
  writeFileSync(join(draft, 'fonts', 'fonts.conf'), fontSettings(join(folder, 'fonts')));
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(folder)) throw error; // Else another test file was faster.
  }
  return folder;
}

/** The package's own look for the fonts where Lambda has them. */
const fontSettings = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}</dir>
  <cachedir>${folder}/cache</cachedir>
</fontconfig>
`;

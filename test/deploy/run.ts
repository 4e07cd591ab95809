/**
 * `npm run test:deploy`: what a deployer does, with the real command lines, on ministack, an AWS of this machine: deploys,
 * makes the keys, updates, fails to update, and takes it down; in between the acceptance tests, as they run against
 * `npm start`, against the deployed address. `-- --all` runs every one of them that can be. Needs Python 3 and PyPI.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { registerUpstream } from '../../local/registration.ts';
import { startService } from '../../local/service-process.ts';
import { CONFIG_PATH, initialize, patchConfig, send } from '../support/gateway.ts';
import { acceptanceFiles, runAcceptance } from './acceptance.ts';
import { Account } from './account.ts';
import { Cdk } from './cdk.ts';
import { startEmulator } from './emulator.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STACK = 'Portcullis';
const STAGE = 'prod';
const KEYS_PATH = '/api/v3/org/project/api_keys';
const CACHE_SECONDS = 'PORTCULLIS_CACHE_SECONDS';

const keysSchema = z.object({
  PORTCULLIS_ORG_API_KEY: z.string(),
  PORTCULLIS_PROJECT_ID: z.string(),
  PORTCULLIS_API_KEY: z.string(),
});

const stopping = new AbortController();
/** What to undo at the end, the last first. */
const cleanups: (() => void | Promise<void>)[] = [];
let passed = 0;
let failed = 0;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stopping.abort());
try {
  await run(process.argv.includes('--all'));
} catch (error) {
  failed++;
  console.error(stopping.signal.aborted ? 'Stopped.' : error);
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
console.log(`test:deploy: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function check(what: string, holds: boolean): void {
  if (holds) passed++;
  else failed++;
  console.log(`${holds ? 'holds' : 'FAILS'}: ${what}`);
}

async function timed<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  const startedAt = performance.now();
  const value = await work();
  console.log(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return value;
}

/** A function that is being replaced may fail a call: what counts is that none passes. */
const isShut = (statuses: ReadonlyMap<number, number>): boolean =>
  statuses.has(401) && [...statuses.keys()].every((status) => status === 401 || status >= 500);

async function run(all: boolean): Promise<void> {
  const files = acceptanceFiles(all);
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-deploy-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  const emulator = await timed('start of the emulator', () => startEmulator(directory));
  cleanups.push(() => emulator.stop());
  const cdk = new Cdk(directory, emulator.environment, stopping.signal);
  const account = new Account(emulator.url);

  await timed('cdk bootstrap', () => cdk.bootstrap());
  const assembly = await timed('synth', () => cdk.synth('first'));
  await timed('deploy', () => cdk.deploy(assembly));
  console.log(`resources: ${(await account.resources(STACK)).length}`);
  const apiId = /^https:\/\/(\w+)\.execute-api\./.exec(await account.output(STACK, 'ApiUrl'))?.[1] ?? '';
  await emulator.publish(apiId, STAGE);
  const url = `${emulator.url}/${STAGE}`;

  const bootstrap = (...more: string[]) =>
    promisify(execFile)('npm', ['run', '--silent', 'bootstrap', '--', '--stack', STACK, '--json', ...more], {
      cwd: ROOT,
      env: emulator.environment,
    });
  const keys = keysSchema.parse(JSON.parse((await bootstrap()).stdout));
  const again: string = await bootstrap().then(
    ({ stdout }) => stdout,
    ({ stderr }) => stderr,
  );
  check('the bootstrap of a stack is refused the second time', /has been bootstrapped before/.test(again));

  const demo = await startService('./demo-server.ts', [], join(directory, 'demo-server.log'));
  cleanups.push(() => demo.stop());
  const upstreamUrl = `http://127.0.0.1:${demo.port}/mcp`;
  const key = keys.PORTCULLIS_API_KEY;
  const mcpUrl = await registerUpstream(url, key, upstreamUrl);
  check('the address of a server is below that of the stage', mcpUrl.startsWith(`${url}/`));

  const envFile = join(directory, 'env');
  const env = {
    ...keys,
    PORTCULLIS_URL: url,
    PORTCULLIS_MCP_URL: mcpUrl,
    PORTCULLIS_UPSTREAM_URL: upstreamUrl,
  };
  writeFileSync(
    envFile,
    Object.entries(env)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
    { mode: 0o600 },
  );
  const verdict = await timed(`acceptance, ${files.length} files`, () =>
    runAcceptance(files, envFile, directory, stopping.signal),
  );
  for (const problem of verdict.problems) console.log(`FAILS: ${problem}`);
  console.log(
    `acceptance: ${verdict.passed} passed, ${verdict.different} differ, ${verdict.problems.length} problems`,
  );
  passed += verdict.passed;
  failed += verdict.problems.length;

  await patchConfig({ url }, key, { require_mcp_api_key: true });
  const newKey = async (): Promise<{ id: string; key: string }> => {
    const json = { 'content-type': 'application/json', 'x-api-key': key };
    const created = await send('POST', url + KEYS_PATH, json, JSON.stringify({ name: crypto.randomUUID() }));
    return JSON.parse(created.body);
  };
  const [kept, spare] = [await newKey(), await newKey()];
  const call = async (secret?: string) =>
    (await initialize(mcpUrl, secret === undefined ? {} : { 'x-api-key': secret })).status;
  /** What was there must hold on. */
  const checkKept = async (after: string) => {
    const { body } = await send('GET', url + CONFIG_PATH, { 'x-api-key': key });
    check(`${after} the setting is what it was`, JSON.parse(body).require_mcp_api_key === true);
    check(`${after} a key of before still opens the gate`, (await call(kept.key)) === 200);
    check(`${after} nobody passes without one`, (await call()) === 401);
  };
  /** @returns how often each status was answered to a caller without a key while the work went on */
  const watched = async (work: Promise<unknown>) => {
    const statuses = new Map<number, number>();
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      const status = await call();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    await over;
    return statuses;
  };

  const changed = await cdk.synth('changed', { 'portcullis:cacheSeconds': '300' });
  const during = await timed('update', () => watched(cdk.deploy(changed)));
  console.log(`answers to a caller without a key during the update: ${JSON.stringify([...during])}`);
  check('nobody without a key passes during the update', isShut(during));
  await checkKept('after the update');
  // The cache that the update switches on lets in a key that has just been revoked, as its documentation says.
  const cached = await call(spare.key);
  await send('DELETE', `${url}${KEYS_PATH}/${spare.id}`, { 'x-api-key': key });
  check('the authorizer is the changed one', cached === 200 && (await call(spare.key)) === 200);

  const broken = await cdk.synth('broken', {}, 'node test/deploy/failing-app.ts');
  const duringFailure = await timed('update that fails', () => watched(cdk.failToDeploy(broken)));
  console.log(`answers to a caller without a key meanwhile: ${JSON.stringify([...duringFailure])}`);
  check('nobody without a key passes meanwhile', isShut(duringFailure));
  check('the stack is rolled back', (await account.stackStatus(STACK)) === 'UPDATE_ROLLBACK_COMPLETE');
  const { [CACHE_SECONDS]: restored } = await account.environmentOf(STACK, 'Authorizer');
  check('the authorizer is what it was', restored === '300');
  await checkKept('after the update that failed');

  const before = await account.contents();
  await timed('destroy', () => cdk.destroy(changed));
  const left = await account.contents();
  console.log(`before destroy: ${JSON.stringify(before)}`);
  console.log(`left behind: ${JSON.stringify(left)}`);
  check('the stack is gone', (await account.stackStatus(STACK)) === undefined);
  check('no function is left', left.functions === 0);
  check(
    'the table is left, with all its items',
    left.tables === 1 && left.items === before.items && left.items > 0,
  );
  check(
    'the key and the secret that open them are left',
    left.keys === before.keys && left.secrets === before.secrets,
  );
  check('the address answers no more', (await call(kept.key)) !== 200);
}

/**
 * `npm run test:deploy`: what a deployer does, with the real command lines, on ministack, an AWS of this machine: deploys,
 * makes the keys, restores a lost table and lost keys, updates, fails to update, and takes it down; in between the acceptance
 * tests, as they run against `npm start`, against the deployed address. `-- --all` runs every one of them that can be. Needs Python 3 and PyPI.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { ENVIRONMENT } from '../../functions/environment.ts';
import { registerUpstream } from '../../local/registration.ts';
import { startService } from '../../local/service-process.ts';
import { patchConfig } from '../support/gateway.ts';
import { acceptanceFiles, runAcceptance } from './acceptance.ts';
import { Account } from './account.ts';
import { Cdk } from './cdk.ts';
import { addResults, check, results, timed } from './checks.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { DeployedGate } from './gate.ts';
import { checkRestore } from './restore.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STACK = 'Portcullis';
const STAGE = 'prod';
/** How the logical id of the function begins. */
const AUTHORIZER = 'Authorizer';

const replacedSchema = z.object({ PORTCULLIS_ORG_API_KEY: z.string() });
const keysSchema = replacedSchema.extend({
  PORTCULLIS_PROJECT_ID: z.string(),
  PORTCULLIS_API_KEY: z.string(),
});

const stopping = new AbortController();
/** What to undo at the end, the last first. */
const cleanups: (() => void | Promise<void>)[] = [];

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => stopping.abort());
try {
  await run(acceptanceFiles(process.argv.includes('--all')));
} catch (error) {
  addResults(0, 1);
  console.error(stopping.signal.aborted ? 'Stopped.' : error);
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
const { passed, failed } = results();
console.log(`test:deploy: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function run(files: readonly string[]): Promise<void> {
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
  const { url, key, projectId, mcpUrl, envFile } = await prepare(emulator, directory);

  const [, changed, failing] = await Promise.all([
    timed(`acceptance tests, ${files.length} files`, () => accept(files, envFile, directory)),
    cdk.synth('changed', { 'portcullis:cacheSeconds': '300' }),
    cdk.synth('failing', {}, 'node test/deploy/failing-app.ts'),
  ]);

  await patchConfig({ url }, key, { require_mcp_api_key: true });
  await checkRestore({
    endpoint: emulator.url,
    tableName: await account.output(STACK, 'TableName'),
    url,
    mcpUrl,
    projectId,
    ownerKey: key,
    replaceOrganizationKey: async () => {
      const printed = await bootstrap(emulator, '--replace-organization-key');
      return replacedSchema.parse(JSON.parse(printed)).PORTCULLIS_ORG_API_KEY;
    },
  });
  const gate = await DeployedGate.raise(url, key, mcpUrl);
  check('a revoked key opens nothing', !(await gate.opensForRevoked()));
  await timed('update', () => gate.checkDuring('the update', cdk.deploy(changed)));
  await gate.checkKept('the update');
  check('the authorizer is the changed one: it has a cache', await gate.opensForRevoked());

  const updates = await account.updatesOf(STACK, AUTHORIZER);
  const failure = cdk.failToDeploy(failing);
  await timed('update that fails', () => gate.checkDuring('an update that fails', failure));
  check(
    'it fails for the resource that cannot be made',
    /WaitedForInVain WaitCondition timed out/.test(await failure),
  );
  check('the authorizer had been changed by then', (await account.updatesOf(STACK, AUTHORIZER)) > updates);
  check('the stack is rolled back', (await account.stackStatus(STACK)) === 'UPDATE_ROLLBACK_COMPLETE');
  const { [ENVIRONMENT.cacheSeconds]: restored } = await account.environmentOf(STACK, AUTHORIZER);
  check('the authorizer is what it was', restored === '300');
  await gate.checkKept('the update that failed');

  const before = await account.contents();
  await timed('destroy', () => cdk.destroy(changed));
  const left = await account.contents();
  console.log(
    `left behind: ${Object.entries(left)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
  );
  check(
    'the stack is gone, with its functions',
    (await account.stackStatus(STACK)) === undefined && left.functions === 0,
  );
  check(
    'the table is left, with all its items',
    left.tables === 1 && left.items === before.items && left.items > 0,
  );
  check(
    'so are the key and the secret without which they are of no use',
    left.keys === 1 && left.secrets === 1,
  );
  check('nothing answers at the address', !(await gate.isOpen()));
}

/** @returns what it prints */
async function bootstrap(emulator: Emulator, ...options: string[]): Promise<string> {
  const args = ['run', '--silent', 'bootstrap', '--', '--stack', STACK, '--json', ...options];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, env: emulator.environment });
  return stdout;
}

/** Makes the keys, and puts a server behind the gate. */
async function prepare(emulator: Emulator, directory: string) {
  const keys = keysSchema.parse(JSON.parse(await bootstrap(emulator)));
  const again: string = await bootstrap(emulator).catch(({ stderr }) => stderr);
  check('the bootstrap of a stack is refused the second time', /has been bootstrapped before/.test(again));

  const demo = await startService('./demo-server.ts', [], join(directory, 'demo-server.log'));
  cleanups.push(() => demo.stop());
  const upstreamUrl = `http://127.0.0.1:${demo.port}/mcp`;
  const url = `${emulator.url}/${STAGE}`;
  const mcpUrl = await registerUpstream(url, keys.PORTCULLIS_API_KEY, upstreamUrl);
  check('the address of a server is below that of the stage', mcpUrl.startsWith(`${url}/`));

  const envFile = join(directory, 'env');
  const env = {
    ...keys,
    PORTCULLIS_URL: url,
    PORTCULLIS_MCP_URL: mcpUrl,
    PORTCULLIS_UPSTREAM_URL: upstreamUrl,
  };
  const lines = Object.entries(env).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(envFile, lines.join(''), { mode: 0o600 });
  return {
    url,
    key: keys.PORTCULLIS_API_KEY,
    projectId: keys.PORTCULLIS_PROJECT_ID,
    mcpUrl,
    envFile,
  };
}

async function accept(files: readonly string[], envFile: string, directory: string): Promise<void> {
  const { passed, different, problems } = await runAcceptance(files, envFile, directory, stopping.signal);
  for (const problem of problems) console.log(`FAILS: ${problem}`);
  console.log(
    `acceptance tests: ${passed} passed, ${different} differ as the table says, ${problems.length} problems`,
  );
  addResults(passed, problems.length);
}

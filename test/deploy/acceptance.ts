import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { DIFFERENCES, LOCAL_FILES, TELLING_FILES } from './differences.ts';
import { judge, type TestResult, type Verdict } from './verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

/** The acceptance tests that may be run against a gateway that is there already. */
export function acceptanceFiles(all: boolean): string[] {
  const files = readdirSync(join(ROOT, 'test/acceptance'));
  const unknown = [...Object.keys(LOCAL_FILES), ...TELLING_FILES].filter((file) => !files.includes(file));
  if (unknown.length > 0) throw new Error(`No acceptance test is called ${unknown.join(', ')}`);
  return all ? files.filter((file) => LOCAL_FILES[file] === undefined) : TELLING_FILES;
}

/**
 * Runs the acceptance tests, as they are, against the gateway that an env file names.
 *
 * @param directory for their report and their output
 */
export async function runAcceptance(
  files: readonly string[],
  envFile: string,
  directory: string,
  signal: AbortSignal,
): Promise<Verdict> {
  const report = join(directory, 'acceptance.json');
  const differences = DIFFERENCES.filter(({ file }) => files.includes(file));
  const hanging = differences.filter((row) => 'hangs' in row).map(({ tests }) => tests.source);
  const jest = spawn(
    process.execPath,
    [
      ...['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'],
      // One after the other: some lists that they read are those of the whole organization.
      ...['--selectProjects', 'acceptance', '--runInBand', '--silent'],
      ...['--json', '--outputFile', report],
      ...(hanging.length > 0 ? ['--testNamePattern', `^(?!.*(${hanging.join('|')}))`] : []),
      ...['--runTestsByPath', ...files.map((file) => `test/acceptance/${file}`)],
    ],
    { cwd: ROOT, stdio: 'ignore', env: { ...process.env, PORTCULLIS_ACCEPTANCE_ENV: envFile }, signal },
  );
  await once(jest, 'exit');
  const { testResults } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
  if (broken.length > 0) throw new Error(broken.map(({ name, message }) => `${name}: ${message}`).join('\n'));
  const results = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(
      ({ fullName, status, failureMessages }): TestResult => ({
        file: basename(name),
        name: fullName,
        status: status === 'passed' || status === 'failed' ? status : 'left out',
        failure: failureMessages.join('\n'),
      }),
    ),
  );
  return judge(results, differences);
}

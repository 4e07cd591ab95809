import { existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readStartOptions } from '../../local/options.ts';
import { synthesise } from '../../local/synthesis.ts';

const FOLDER = 'PORTCULLIS_TEST_ASSEMBLY';
const WITHIN_MS = 90_000;

/** What jest calls before a run: where its tests share a stack. It is synthesised when the first of them asks for it. */
// biome-ignore lint/style/noDefaultExport: jest asks for it by this name
export default function setUp(): void {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-assembly-'));
  process.env[FOLDER] = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}

/** @returns what the tests of a run share; undefined outside of one */
export const sharedFolder = (): string | undefined => process.env[FOLDER];

/**
 * The stack with the options of `npm start`, synthesised once for all tests of a run: that is a third of what a gateway costs.
 * @returns the folder of its assembly, undefined outside a run of tests
 */
export async function sharedAssembly(): Promise<string | undefined> {
  const folder = sharedFolder();
  if (folder === undefined) return undefined;
  const assembly = join(folder, 'cdk.out');
  const deadline = performance.now() + WITHIN_MS;
  while (!existsSync(assembly)) {
    if (performance.now() > deadline) throw new Error('Another test has not synthesised the stack in time');
    if (!(await synthesiseAlone(folder, assembly))) await delay(100);
  }
  return assembly;
}

/** @returns whether it did: false when another test is at it */
async function synthesiseAlone(folder: string, assembly: string): Promise<boolean> {
  const lock = join(folder, 'lock');
  try {
    mkdirSync(lock);
  } catch {
    return false;
  }
  try {
    const parsed = readStartOptions([], {});
    if (parsed === 'help' || 'problem' in parsed) throw new Error('npm start has no options');
    const unfinished = join(folder, 'unfinished');
    await synthesise(unfinished, parsed.options, AbortSignal.timeout(WITHIN_MS));
    renameSync(unfinished, assembly);
  } finally {
    rmdirSync(lock);
  }
  return true;
}

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { STEP_WITHIN_MS } from './client.ts';

/**
 * @param manifest the URL of an installed package's package.json
 * @param command one of its commands
 * @returns the script to run with Node
 */
export function scriptOf(manifest: string, command: string): string {
  const { bin } = JSON.parse(readFileSync(new URL(manifest), 'utf8'));
  return fileURLToPath(new URL(bin[command], manifest));
}

/** The environment of a client that keeps its files below `home`, finds no proxy and opens no browser. */
export const environment = (home: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: home,
  BROWSER: 'none',
});

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script to its end, without a terminal; one that hangs is killed. */
export function run(script: string, args: readonly string[], home: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [script, ...args],
      { env: environment(home), timeout: STEP_WITHIN_MS, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

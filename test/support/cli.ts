import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** What Node is given to run the command line. */
export const COMMAND_LINE = [
  '--no-warnings',
  fileURLToPath(new URL('../../cli/portcullis.ts', import.meta.url)),
];

/** Nothing of this process's environment but the path. Stripped of its types, the source is kept for the next run. */
export const BARE_ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  PORTCULLIS_NO_KEYCHAIN: '1',
  NODE_COMPILE_CACHE: join(tmpdir(), 'portcullis-compile-cache'),
};

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a shell does, with nothing of this process's environment but the path. */
export async function portcullis(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string; readonly stdin?: string } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [...COMMAND_LINE, ...args], {
    cwd: options.cwd,
    env: { ...BARE_ENVIRONMENT, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {}); // It may end without reading.
  child.stdin.end(options.stdin ?? '');
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

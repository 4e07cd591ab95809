import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
/** The exit code of what could not be run, `EX_TEMPFAIL` of sysexits.h: nothing was found wrong, and nothing was looked at. */
const COULD_NOT_RUN = 75;
const INSTALL_WITHIN_MS = 300_000;
/** One try: where PyPI is not in reach, that is to be said soon. */
const PIP = [
  '-m',
  'pip',
  'install',
  '--quiet',
  '--disable-pip-version-check',
  '--retries',
  '1',
  '--timeout',
  '20',
];

/** A virtual environment of Python. */
export interface PythonEnvironment {
  readonly folder: string;
  /** The path of a program that a package brought. */
  program(name: string): string;
}

/**
 * The virtual environment of this name in `node_modules/.cache`, made where it is missing or has other packages.
 * `packages` are pinned, such as `ministack==1.5.33`. Where it cannot be made, says so in one line and ends the process with
 * {@link COULD_NOT_RUN}.
 */
export function pythonEnvironment(name: string, packages: readonly string[]): PythonEnvironment {
  const environment = tryPythonEnvironment(name, packages);
  if ('folder' in environment) return environment;
  console.log(`${name} was not run: ${environment.problem}`);
  process.exit(COULD_NOT_RUN);
}

/** As {@link pythonEnvironment}. @returns why it cannot be made, where it cannot */
export function tryPythonEnvironment(
  name: string,
  packages: readonly string[],
): PythonEnvironment | { readonly problem: string } {
  const folder = join(CACHE, name);
  const installed = join(folder, 'installed.txt');
  const wanted = packages.join('\n');
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== wanted) {
    if (problemOf('python3', ['-m', 'venv', '--help']) !== undefined)
      return { problem: 'there is no Python 3 with venv here' };
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    const problem =
      problemOf('python3', ['-m', 'venv', folder]) ??
      problemOf(join(folder, 'bin/python'), [...PIP, ...packages]);
    if (problem !== undefined) return { problem: `its packages are not to be had from PyPI (${problem})` };
    // Last: an installation that was broken off is begun anew.
    writeFileSync(installed, wanted);
  }
  return { folder, program: (program) => join(folder, 'bin', program) };
}

/** @returns the last line that a command complained in; `undefined` when it did its work */
function problemOf(command: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: INSTALL_WITHIN_MS,
  });
  if (status === 0) return undefined;
  return error?.message ?? stderr.trim().split('\n').at(-1);
}

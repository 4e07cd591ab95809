import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const STOP_WITHIN_MS = 10_000;
/** Of `/proc/PID/stat`, on every Linux that Node runs on. */
const MS_A_TICK = 10;
/** A tree that takes less of a core than this has done its work. */
const QUIET_SHARE = 0.1;
const QUIET_STEP_MS = 100;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function keep(child: ChildProcess): ChildProcess {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Starts a script that tells its parent its port, and ends with it. */
export async function startScript(
  script: string | URL,
  ...args: string[]
): Promise<ChildProcess & { port: number }> {
  const child = startWorker(script, ...args);
  const [port] = await once(child, 'message');
  return Object.assign(child, { port: Number(port) });
}

/** Starts a script that waits for messages. */
export function startWorker(script: string | URL, ...args: string[]): ChildProcess {
  const child = fork(script, args, { execArgv: ['--no-warnings'] });
  child.once('exit', (code) => {
    // Nobody would hear of it: what waits for its messages would wait for ever.
    if (code !== null && code !== 0) throw new Error(`${script} ended with code ${code}`);
  });
  return keep(child);
}

/** @param logFile takes what it prints */
export function startProgram(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly logFile: string },
): ChildProcess {
  const log = openSync(options.logFile, 'a', 0o600);
  const { cwd, env } = options;
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
  child.once('error', (error) => console.error(error.message)); // What waits for it sees that it has ended.
  return keep(child);
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(forced);
}

/** @throws Error when the program ends before, or not all is well within the time; `what` is in its message */
export async function until(
  what: string,
  child: ChildProcess,
  isSo: () => Promise<boolean>,
  withinMs: number,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo().catch(() => false))) {
    if (child.exitCode !== null) throw new Error(`${what} ended with code ${child.exitCode}`);
    if (performance.now() > deadline) throw new Error(`${what} did not answer within ${withinMs / 1000} s`);
    await delay(20);
  }
}

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  readonly command: string;
}

function processes(): Entry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
          .map(Number);
        const [parent = 0, user = 0, system = 0, ofEndedUser = 0, ofEndedSystem = 0] = [
          1, 11, 12, 13, 14,
        ].map((field) => fields[field]);
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return [{ pid: Number(name), parent, ticks: user + system + ofEndedUser + ofEndedSystem, command }];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

/** The process and all that it has started, without the server behind it. */
function tree(root: number): Entry[] {
  const all = processes();
  const below = (pid: number): Entry[] =>
    all
      .filter(({ parent, command }) => parent === pid && !command.includes(basename(UPSTREAM_SCRIPT)))
      .flatMap((entry) => [entry, ...below(entry.pid)]);
  return [...all.filter(({ pid }) => pid === root), ...below(root)];
}

export const UPSTREAM_SCRIPT = fileURLToPath(new URL('upstream.ts', import.meta.url));

/** The CPU time, in milliseconds, that a tree of processes has taken since its start. */
export function cpuMs(root: number): number {
  return tree(root).reduce((sum, { ticks }) => sum + ticks * MS_A_TICK, 0);
}

/** The resident memory of a tree of processes: all of it, or without the pages of files, which the system can drop. */
export function megabytes(root: number, kind: 'VmRSS' | 'RssAnon' = 'VmRSS'): number {
  const kilobytes = tree(root).map(({ pid }) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return Number(new RegExp(`${kind}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
    } catch {
      return 0; // It has ended meanwhile.
    }
  });
  return Math.round(kilobytes.reduce((sum, size) => sum + size, 0) / 1024);
}

/** Waits until a tree has done what it still had to do, such as answers that nobody waits for and rows of a log. */
export async function quiet(root: number, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  let before = cpuMs(root);
  while (performance.now() < deadline) {
    await delay(QUIET_STEP_MS);
    const now = cpuMs(root);
    if (now - before <= QUIET_SHARE * QUIET_STEP_MS) return;
    before = now;
  }
}

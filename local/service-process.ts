import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own, which ends with the process that started it. */
export interface ServiceProcess {
  /** Where it listens, at 127.0.0.1. */
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended, whatever ended it. */
  readonly ended: Promise<void>;
  /** Lets it finish what it does, and waits until it has ended. */
  stop(): Promise<void>;
}

/**
 * @param script the file name of a script of this folder that calls {@link serveParent}
 * @param args its arguments
 * @param logFile what it prints is appended here
 * @returns the service, listening
 * @throws Error that names the log file when it ends before it listens
 */
export async function startService(
  script: string,
  args: readonly string[],
  logFile: string,
): Promise<ServiceProcess> {
  const log = openSync(logFile, 'a', 0o600);
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', log, log, 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {});
  const port = await Promise.race([portOf(child), ended]);
  if (port === undefined || child.pid === undefined)
    throw new Error(`${script} did not start: see ${logFile}`);
  return {
    port,
    pid: child.pid,
    ended,
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  const [port] = await once(child, 'message');
  return Number(port);
}

/**
 * In the process of a service: reports its port, and ends when its parent lets go of it or has ended.
 *
 * @param port where the service listens
 * @param close lets it finish what it does
 */
export function serveParent(port: number, close: () => Promise<void>): void {
  // Ctrl-C reaches every process of the terminal; the parent decides in which order they end.
  process.on('SIGINT', () => {});
  process.once('disconnect', async () => {
    await close();
    process.exit(0);
  });
  process.send?.(port);
}

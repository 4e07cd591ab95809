import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** Runs `total` tasks, `width` at a time. */
export async function inParallel<Result>(
  width: number,
  total: number,
  task: () => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let started = 0;
  const worker = async () => {
    while (started++ < total) results.push(await task());
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/**
 * Runs what `npm start` runs, in front of that server and with these options, until it is ready.
 * @param monitor a script to load into its process, which may send messages to this one
 */
export async function startGateway(upstreamUrl: string, options: readonly string[] = [], monitor?: string) {
  const stateDir = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const args = ['local/start.ts', '--upstream', upstreamUrl, ...options];
  const child = spawn(process.execPath, monitor === undefined ? args : ['--import', monitor, ...args], {
    env: { ...process.env, PORT: '0', PORTCULLIS_STATE_DIR: stateDir },
    stdio: ['ignore', 'pipe', 'inherit', monitor === undefined ? 'ignore' : 'ipc'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (text) => String(text).includes('is ready at') && resolve());
    child.on('exit', () => reject(new Error('The gateway did not start')));
  });
  const env = parseEnv(readFileSync(join(stateDir, 'env'), 'utf8'));
  return {
    url: env.PORTCULLIS_URL ?? '',
    mcpUrl: env.PORTCULLIS_MCP_URL ?? '',
    key: env.PORTCULLIS_API_KEY ?? '',
    organizationKey: env.PORTCULLIS_ORG_API_KEY ?? '',
    pid: Number(child.pid),
    onMessage: (take: (message: unknown) => void) => child.on('message', take),
    megabytes: () =>
      Math.round(
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
      ),
    async stop() {
      child.kill('SIGINT');
      await once(child, 'exit');
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** @param percent 0…100 */
export function quantile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildCommandLine } from '../infra/build/command-line.ts';
import { median } from './median.ts';

const COMMAND = fileURLToPath(new URL('../dist/cli/portcullis.js', import.meta.url));
const ROUNDS = 31;
const SETTINGS = {
  require_mcp_api_key: true,
  is_2FA_enabled: true,
  mask_secret_keys_in_connected_account: true,
  log_visibility_setting: 'show_all',
};

const run = promisify(execFile);

/**
 * How long the command line takes, as it is published, from the start of its process to its end. The gateway that it asks
 * answers at once, so that what is measured is its own.
 * @returns a Markdown table; times are medians of interleaved rounds, as ratios to `node -e 0` in the same run
 */
export async function cliStart(): Promise<string> {
  buildCommandLine();
  const home = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const gateway = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-request-id': 'bench',
      connection: 'close',
    });
    response.end(JSON.stringify(SETTINGS));
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const env = {
    HOME: home,
    PORTCULLIS_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
    PORTCULLIS_API_KEY: `ak_${'0'.repeat(36)}`,
  };
  const commands = [
    ['-e', '0'],
    [COMMAND, '--version'],
    [COMMAND, '--help'],
    [COMMAND, 'gate', 'status'],
  ];
  const times = commands.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [n, args] of commands.entries()) {
      const startedAt = performance.now();
      await run(process.execPath, args, { env, cwd: home });
      if (round > 0) times[n]?.push(performance.now() - startedAt); // The first round warms the file cache.
    }
  }
  gateway.close();
  rmSync(home, { recursive: true });

  const [bare = Number.NaN, ...medians] = times.map(median);
  const rows = commands.slice(1).map(([, ...args], n) => {
    const milliseconds = medians[n] ?? Number.NaN;
    return `| portcullis ${args.join(' ')} | ${milliseconds.toFixed(0)} | ${(milliseconds / bare).toFixed(2)} |`;
  });
  return [
    `\`node -e 0\`: ${bare.toFixed(0)} ms, median of ${ROUNDS}.`,
    '',
    '| command | ms | ratio |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

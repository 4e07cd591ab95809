import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/gateway.ts';
import { startProgram, stop, UPSTREAM_SCRIPT, until } from './processes.ts';
import { callOnce, open, type Target } from './protocol.ts';
import { OWN_TOOLS, type Way } from './way.ts';

const VERSION = '6.7.19';
const FOLDER = fileURLToPath(new URL(`../../node_modules/.cache/mcp-proxy-${VERSION}`, import.meta.url));
const PROGRAM = join(FOLDER, 'node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs');
const KEY = 'comparison-key';

/** Puts a server that it starts, and speaks to over its standard streams, behind HTTP and one key. */
export const mcpProxy: Way = {
  name: `mcp-proxy ${VERSION} --apiKey`,
  install() {
    if (existsSync(PROGRAM)) return undefined;
    const { status, stderr } = spawnSync(
      'npm',
      ['install', '--prefix', FOLDER, '--no-save', '--ignore-scripts', '--silent', `mcp-proxy@${VERSION}`],
      { encoding: 'utf8' },
    );
    return status === 0 ? undefined : `it is not to be had from npm (${stderr.trim().split('\n').at(-1)})`;
  },
  async start() {
    const port = await freePort();
    const args = ['--host', '127.0.0.1', '--port', String(port), '--apiKey', KEY, '--server', 'stream'];
    const child = startProgram(
      process.execPath,
      [PROGRAM, ...args, '--', process.execPath, UPSTREAM_SCRIPT, 'stdio'],
      { cwd: tmpdir(), env: {}, logFile: '/dev/null' },
    );
    const target: Target = {
      url: `http://127.0.0.1:${port}/mcp`,
      headers: { 'x-api-key': KEY },
      tools: OWN_TOOLS,
      inSessions: true,
    };
    await until('mcp-proxy', child, async () => (await callOnce(target, await open(target))) === 200, 30_000);
    return {
      target,
      pid: Number(child.pid),
      revocation: 'cannot be revoked without a restart',
      stop: () => stop(child),
    };
  },
};

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/gateway.ts';
import { startProgram, stop, until } from './processes.ts';
import { callOnce, headersOf, type Target } from './protocol.ts';
import { pythonPackages, type Way } from './way.ts';

const KEY = 'sk-comparison';
const python = pythonPackages('litellm');

/** Its keys in a store need an engine that is not on PyPI: measured with the master key, which it compares in memory. */
export const litellm: Way = {
  name: `LiteLLM ${python.versionOf('litellm')}, master key`,
  install: python.install,
  async start(upstream) {
    const folder = mkdtempSync(join(tmpdir(), 'comparison-'));
    const port = await freePort();
    const config = {
      model_list: [],
      general_settings: { master_key: KEY },
      mcp_servers: { up: { url: `http://127.0.0.1:${upstream}/mcp`, transport: 'http' } },
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
    const child = startProgram(
      python.program('litellm'),
      ['--config', 'config.yaml', '--host', '127.0.0.1', '--port', String(port)],
      { cwd: folder, env: { LITELLM_LOG: 'ERROR' }, logFile: join(folder, 'log') },
    );
    const target: Target = {
      url: `http://127.0.0.1:${port}/mcp`,
      headers: { authorization: `Bearer ${KEY}` },
      tools: { echo: 'up-echo', count: 'up-count' },
    };
    await until('LiteLLM', child, async () => (await callOnce(target, headersOf(target))) === 200, 180_000);
    return {
      target,
      pid: Number(child.pid),
      revocation: 'cannot be revoked without a restart',
      async stop() {
        await stop(child);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

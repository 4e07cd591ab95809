import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { freePort } from '../../test/support/gateway.ts';
import { startProgram, stop, until } from './processes.ts';
import type { Target } from './protocol.ts';
import { api, pythonPackages, type Way } from './way.ts';

const python = pythonPackages('contextforge');
const START_WITHIN_MS = 180_000;

const loginSchema = z.object({ access_token: z.string() });
const toolsSchema = z.array(z.object({ id: z.string() }));
const serverSchema = z.object({ id: z.string() });
const tokenSchema = z.object({ access_token: z.string(), token: z.object({ id: z.string() }) });

/** ContextForge on its SQLite store, with an API token of its own making. */
export const contextForge = (
  setting: string,
  settings: Readonly<Record<string, string>>,
  inSessions: boolean,
): Way => ({
  name: `ContextForge ${python.versionOf('mcp-contextforge-gateway')}, ${setting}`,
  install: python.install,
  async start(upstream) {
    const folder = mkdtempSync(join(tmpdir(), 'comparison-'));
    const email = 'admin@example.com';
    const password = `Aa1-${randomBytes(16).toString('hex')}`;
    const env = {
      DATABASE_URL: `sqlite:///${join(folder, 'mcp.db')}`,
      JWT_SECRET_KEY: randomBytes(32).toString('hex'),
      AUTH_ENCRYPTION_SECRET: randomBytes(32).toString('hex'),
      BASIC_AUTH_PASSWORD: password,
      DEFAULT_USER_PASSWORD: password,
      PLATFORM_ADMIN_EMAIL: email,
      PLATFORM_ADMIN_PASSWORD: password,
      // Else the account is locked after a hundred calls, and no server of this machine is taken.
      RATE_LIMITING_ENABLED: 'false',
      SSRF_ALLOW_LOCALHOST: 'true',
      ...settings,
    };
    const started: ChildProcess[] = [];
    const launch = async () => {
      const port = await freePort();
      const child = startProgram(
        python.program('mcpgateway'),
        ['--host', '127.0.0.1', '--port', String(port)],
        { cwd: folder, env, logFile: join(folder, 'log') },
      );
      started.push(child);
      const url = `http://127.0.0.1:${port}`;
      await until('ContextForge', child, async () => (await fetch(`${url}/health`)).ok, START_WITHIN_MS);
      return { url, child };
    };
    const { url, child } = await launch();
    const login = async () => {
      const answer = await api('POST', `${url}/v1/auth/login`, {}, { email, password });
      return { authorization: `Bearer ${loginSchema.parse(answer).access_token}` };
    };
    const admin = await login();
    await api('POST', `${url}/v1/gateways`, admin, {
      name: 'up',
      url: `http://127.0.0.1:${upstream}/mcp`,
      transport: 'STREAMABLEHTTP',
    });
    const tools = toolsSchema.parse(await api('GET', `${url}/v1/tools`, admin));
    const server = serverSchema.parse(
      await api('POST', `${url}/v1/servers`, admin, {
        server: { name: 'comparison', description: '', associated_tools: tools.map(({ id }) => id) },
      }),
    );
    const { access_token: key, token } = tokenSchema.parse(
      await api('POST', `${url}/v1/tokens`, admin, { name: 'client', expires_in_days: 1 }),
    );
    const targetAt = (base: string): Target => ({
      url: `${base}/servers/${server.id}/mcp`,
      headers: { authorization: `Bearer ${key}` },
      tools: { echo: 'up-echo', count: 'up-count' },
      inSessions,
    });
    return {
      target: targetAt(url),
      pid: Number(child.pid),
      revocation: async () => void (await api('DELETE', `${url}/v1/tokens/${token.id}`, await login())),
      beside: async () => targetAt((await launch()).url),
      async stop() {
        await Promise.all(started.map(stop));
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});

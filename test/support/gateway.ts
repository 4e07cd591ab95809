import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http, { type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { searched } from '../attack/input/printed-keys.ts';
import { sharedAssembly } from './assembly.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_WITHIN_MS = 60_000;

/** A gateway to test, spoken to over HTTP alone. */
export interface Gateway {
  readonly url: string;
  readonly orgKey: string;
  readonly projectId: string;
  /** The first key of the demo project, with every scope. */
  readonly key: string;
  readonly mcpUrl: string;
  readonly upstreamUrl: string;
  readonly stateDir: string;
  /** The cloud assembly that it serves. */
  readonly assembly: string;
  /** Everything that it printed. */
  output(): string;
  /** @throws Error when a whole key stands in its logs */
  stop(): Promise<number | null>;
}

/**
 * Runs what `npm start` runs, on a free port, until it is ready. With `PORTCULLIS_ACCEPTANCE_ENV` set to an env file, makes a
 * project of its own on the running gateway that the file names instead, deployed or local.
 */
export async function startGateway(options: { args?: string[]; stateDir?: string } = {}): Promise<Gateway> {
  const given = process.env.PORTCULLIS_ACCEPTANCE_ENV;
  if (given !== undefined) return onRunningGateway(readEnv(given), options);
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'portcullis-'));
  const port = await freePort();
  const assembly = options.args === undefined ? await sharedAssembly() : undefined;
  const args = assembly === undefined ? options.args : ['--app', assembly];
  const child = spawn(process.execPath, ['local/start.ts', ...(args ?? [])], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), PORTCULLIS_STATE_DIR: stateDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await ready(`http://127.0.0.1:${port}/health`, child, () => output);
  return {
    ...readEnv(join(stateDir, 'env')),
    stateDir,
    assembly: assembly ?? join(stateDir, 'cdk.out'),
    output: () => output,
    async stop() {
      if (child.exitCode === null) {
        child.kill('SIGINT');
        await once(child, 'exit');
      }
      const logs = join(stateDir, 'logs');
      const { found } = existsSync(logs) ? searched(logs) : { found: [] }; // None when it is stopped again.
      if (options.stateDir === undefined) rmSync(stateDir, { recursive: true, force: true });
      if (found.length > 0)
        throw new Error(`Keys stand in the gateway's logs: ${[...new Set(found)].join(', ')}`);
      return child.exitCode;
    },
  };
}

async function onRunningGateway(
  gateway: ReturnType<typeof readEnv>,
  { args }: { args?: string[] },
): Promise<Gateway> {
  const elsewhere = (what: string): never => {
    throw new Error(`This gateway was running before: ${what} cannot be had of it`);
  };
  if (args !== undefined) elsewhere('options of its own');
  const post = async (path: string, headers: Record<string, string>, body: object) => {
    const json = { 'content-type': 'application/json', ...headers };
    const answer = await send('POST', gateway.url + path, json, JSON.stringify(body));
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  };
  const projects = '/api/v3/org/owner/project';
  const organization = { 'x-org-api-key': gateway.orgKey };
  const { id, api_key: key } = await post(`${projects}/new`, organization, {
    name: `Acceptance ${randomUUID()}`,
    should_create_api_key: true,
  });
  const upstream = { kind: 'http', url: gateway.upstreamUrl };
  const server = await post('/api/v3/mcp/servers', { 'x-api-key': key }, { name: 'Demo', upstream });
  return {
    ...gateway,
    projectId: id,
    key,
    mcpUrl: server.mcp_url,
    get stateDir() {
      return elsewhere('its folder');
    },
    get assembly() {
      return elsewhere('its stack');
    },
    output: () => elsewhere('what it printed'),
    async stop() {
      await send('DELETE', `${gateway.url}${projects}/${id}`, organization);
      return 0;
    },
  };
}

async function ready(healthUrl: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) break;
    const answer = await send('GET', healthUrl).catch(() => undefined);
    if (answer?.status === 200) return;
    await delay(50);
  }
  child.kill('SIGKILL');
  throw new Error(`The gateway did not become ready:\n${output()}`);
}

function readEnv(file: string) {
  const env = parseEnv(readFileSync(file, 'utf8'));
  const value = (name: string): string => {
    const found = env[name];
    if (found === undefined) throw new Error(`${file} does not set ${name}`);
    return found;
  };
  return {
    url: value('PORTCULLIS_URL'),
    orgKey: value('PORTCULLIS_ORG_API_KEY'),
    projectId: value('PORTCULLIS_PROJECT_ID'),
    key: value('PORTCULLIS_API_KEY'),
    mcpUrl: value('PORTCULLIS_MCP_URL'),
    upstreamUrl: value('PORTCULLIS_UPSTREAM_URL'),
  };
}

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request with exactly these headers: an array sends the header as often as it has values. */
export function send(
  method: string,
  url: string,
  headers: Record<string, string | string[]> = {},
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = http.request(
      url,
      { method, headers: { ...length, ...headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const MCP_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
} as const;

const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'acceptance', version: '1' },
  },
});

/** An `initialize` call to an MCP server, with these headers beside the usual ones. */
export const initialize = (
  mcpUrl: string,
  headers: Record<string, string | string[]> = {},
): Promise<Answer> => send('POST', mcpUrl, { ...MCP_HEADERS, ...headers }, INITIALIZE);

export const CONFIG_PATH = '/api/v3/org/project/config';

/** Changes the settings of the key's project. */
export const patchConfig = (gateway: { url: string }, key: string, patch: unknown): Promise<Answer> =>
  send(
    'PATCH',
    gateway.url + CONFIG_PATH,
    { 'content-type': 'application/json', 'x-api-key': key },
    typeof patch === 'string' ? patch : JSON.stringify(patch),
  );

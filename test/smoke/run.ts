/**
 * `npm run smoke -- FILE`: whether a gateway that is deployed, or runs here, keeps the promise of its gate. FILE names it, as
 * `.local/env` does: `PORTCULLIS_URL`, `PORTCULLIS_API_KEY` (scopes `config:read`, `config:write` and `mcp:invoke`) and
 * `PORTCULLIS_MCP_URL`. For a moment the gate of the key's project is up, so it is a project of its own.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

const KEYLESS = '{"error": "API key is required in headers for security reasons"}';
const TIMEOUT_MS = 30_000;

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'portcullis-smoke', version: '1' },
  },
};

/** What it says is all that is told of a failure: no answer is printed, which may hold what nobody should read in a log. */
class Broken extends Error {}

interface Gateway {
  readonly configUrl: string;
  readonly mcpUrl: string;
  readonly key: string;
}

function gatewayOf(file: string): Gateway {
  const env = parseEnv(readFileSync(file, 'utf8'));
  const value = (name: string): string => {
    const found = env[name];
    if (found === undefined || found === '') throw new Broken(`The file does not set ${name}.`);
    return found;
  };
  const url = value('PORTCULLIS_URL').replace(/\/$/, '');
  const mcpUrl = value('PORTCULLIS_MCP_URL');
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && hostname !== '127.0.0.1')
    throw new Broken('PORTCULLIS_URL is not https: the key would be readable on its way.');
  if (!mcpUrl.startsWith(`${url}/`)) throw new Broken('PORTCULLIS_MCP_URL is not below PORTCULLIS_URL.');
  return { configUrl: `${url}/api/v3/org/project/config`, mcpUrl, key: value('PORTCULLIS_API_KEY') };
}

/** @returns the status, and the body unless it is a stream */
async function ask(
  what: string,
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: object,
) {
  try {
    const answer = await fetch(url, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body && { body: JSON.stringify(body) }),
    });
    const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (isStream) await answer.body?.cancel();
    return { status: answer.status, body: isStream ? '' : await answer.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error && 'code' in cause ? cause.code : 'no answer in time';
    throw new Broken(`${what}: the gateway cannot be reached (${why}).`);
  }
}

async function gate({ configUrl, key }: Gateway, change?: { require_mcp_api_key: boolean }) {
  const what = change ? `Turning the gate ${change.require_mcp_api_key ? 'up' : 'down'}` : 'Reading the gate';
  const { status, body } = await ask(what, change ? 'PATCH' : 'GET', configUrl, { 'x-api-key': key }, change);
  if (status !== 200) throw new Broken(`${what}: the gateway answered ${status} to the key, not 200.`);
  const isUp = /"require_mcp_api_key": ?(true|false)/.exec(body)?.[1];
  if (isUp === undefined) throw new Broken(`${what}: the answer does not tell require_mcp_api_key.`);
  return isUp === 'true';
}

const call = (what: string, { mcpUrl }: Gateway, headers: Record<string, string> = {}) =>
  ask(what, 'POST', mcpUrl, { accept: 'application/json, text/event-stream', ...headers }, INITIALIZE);

async function callWithAndWithoutKey(gateway: Gateway): Promise<void> {
  const keyless = await call('Gate up, no key', gateway);
  if (keyless.status === 200) throw new Broken('Gate up, no key: the call was let in.');
  if (keyless.status !== 401) throw new Broken(`Gate up, no key: ${keyless.status}, not 401.`);
  if (keyless.body !== KEYLESS) throw new Broken('Gate up, no key: 401, but not with the announced body.');
  console.log(`Gate up, no key: 401 ${KEYLESS}`);

  const keyed = await call('Gate up, with the key', gateway, { 'x-api-key': gateway.key });
  if (keyed.status === 401 || keyed.status === 403)
    throw new Broken(`Gate up, with the key: the key was refused, ${keyed.status}.`);
  if (keyed.status === 502 || keyed.status === 504)
    throw new Broken(
      `Gate up, with the key: ${keyed.status}, the MCP server behind the gateway does not work.`,
    );
  if (keyed.status !== 200) throw new Broken(`Gate up, with the key: ${keyed.status}, not 200.`);
  console.log('Gate up, with the key: 200');
}

async function smoke(file: string): Promise<void> {
  const gateway = gatewayOf(file);
  const before = await gate(gateway);
  try {
    await gate(gateway, { require_mcp_api_key: true });
    await callWithAndWithoutKey(gateway);
  } catch (error) {
    report(error);
  }
  const after = await gate(gateway, { require_mcp_api_key: before });
  console.log(`Gate put back: ${after ? 'up' : 'down'}`);
}

function report(error: unknown): void {
  if (!(error instanceof Broken)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

const [file] = process.argv.slice(2);
await (file === undefined ? Promise.reject(new Broken('Usage: npm run smoke -- FILE')) : smoke(file)).catch(
  report,
);

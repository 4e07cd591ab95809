import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONFIG_PATH, type Gateway, patchConfig, send, startGateway } from '../support/gateway.ts';
import { KEYS, type ManagementClient, managementClient, parsed } from '../support/management.ts';
import { addServer } from '../support/upstream.ts';

const SMOKE = fileURLToPath(new URL('run.ts', import.meta.url));
const KEYLESS = '{"error": "API key is required in headers for security reasons"}';
const SCOPES = ['config:read', 'config:write', 'mcp:invoke'];

let gateway: Gateway;
let client: ManagementClient;
let folder: string;
beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  folder = mkdtempSync(join(tmpdir(), 'portcullis-smoke-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await gateway.stop();
});

interface Target {
  readonly url: string;
  readonly key: string;
  readonly mcpUrl: string;
}

/** A project with a server, and a key that may do just what the test does. */
async function newTarget(): Promise<Target> {
  const { key: first } = await client.newProject();
  const mcpUrl = await addServer(gateway, first, gateway.upstreamUrl);
  const { key } = parsed(
    await send(
      'POST',
      gateway.url + KEYS,
      { 'content-type': 'application/json', 'x-api-key': first },
      JSON.stringify({ name: 'Smoke test', scopes: SCOPES }),
    ),
    201,
  );
  return { url: gateway.url, key, mcpUrl };
}

async function smoke({ url, key, mcpUrl }: Target) {
  const file = join(folder, 'env');
  writeFileSync(
    file,
    `PORTCULLIS_URL='${url}'\nPORTCULLIS_API_KEY='${key}'\nPORTCULLIS_MCP_URL='${mcpUrl}'\n`,
  );
  const ran = await promisify(execFile)(process.execPath, ['--no-warnings', SMOKE, file]).catch(
    (error) => error,
  );
  expect(ran.stdout + ran.stderr).not.toContain(key);
  expect(ran.stdout + ran.stderr).not.toContain(mcpUrl.split('/').at(-1));
  return { code: 'code' in ran ? ran.code : 0, stdout: ran.stdout, stderr: ran.stderr };
}

const gateOf = async ({ key }: Target): Promise<boolean> =>
  parsed(await send('GET', gateway.url + CONFIG_PATH, { 'x-api-key': key })).require_mcp_api_key;

describe('a gateway that keeps its promise passes, and its gate is put back', () => {
  it.each([
    ['down', false],
    ['up', true],
  ])('%s', async (name, isUp) => {
    const target = await newTarget();
    await patchConfig(gateway, target.key, { require_mcp_api_key: isUp });
    expect(await smoke(target)).toEqual({
      code: 0,
      stdout: `Gate up, no key: 401 ${KEYLESS}\nGate up, with the key: 200\nGate put back: ${name}\n`,
      stderr: '',
    });
    expect(await gateOf(target)).toBe(isUp);
  });
});

describe('one that does not fails with a sentence, and its gate is put back', () => {
  /** Stands before the gateway, and lets a call be answered otherwise: by another key, or by itself. */
  async function broken(
    target: Target,
    change: (incoming: IncomingMessage, response: ServerResponse) => string | undefined,
  ): Promise<{ server: Server; target: Target }> {
    const server = createServer((incoming, response) => {
      const isMcp = !incoming.url?.startsWith('/api/');
      const key = isMcp ? change(incoming, response) : incoming.headers['x-api-key']?.toString();
      if (response.writableEnded) return;
      const { 'x-api-key': _, host: __, ...others } = incoming.headers;
      const headers = key === undefined ? others : { ...others, 'x-api-key': key };
      const forwarded = request(
        gateway.url + incoming.url,
        { method: incoming.method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
      incoming.pipe(forwarded);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { server, target: { ...target, url, mcpUrl: target.mcpUrl.replace(gateway.url, url) } };
  }

  const own = (incoming: IncomingMessage) => incoming.headers['x-api-key']?.toString();
  const answers = (status: number, body: string) => (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body);

  it.each<
    [
      string,
      (target: Target, incoming: IncomingMessage, response: ServerResponse) => string | undefined,
      string,
    ]
  >([
    ['that lets a call without a key in', ({ key }) => key, 'Gate up, no key: the call was let in.'],
    [
      'that refuses it in other words',
      (_, incoming, response) => {
        if (own(incoming) === undefined) answers(401, '{"message":"Unauthorized"}')(response);
        return own(incoming);
      },
      'Gate up, no key: 401, but not with the announced body.',
    ],
    [
      'that does not know who may call',
      (_, incoming, response) => {
        if (own(incoming) === undefined) answers(500, '{}')(response);
        return own(incoming);
      },
      'Gate up, no key: 500, not 401.',
    ],
    ['that refuses the key', () => undefined, 'Gate up, with the key: the key was refused, 401.'],
    [
      'whose MCP server does not work',
      (_, incoming, response) => {
        if (own(incoming) !== undefined) answers(502, '{}')(response);
        return own(incoming);
      },
      'Gate up, with the key: 502, the MCP server behind the gateway does not work.',
    ],
  ])('%s', async (_, change, sentence) => {
    const target = await newTarget();
    const { server, target: behind } = await broken(target, (...call) => change(target, ...call));
    const result = await smoke(behind);
    server.close();
    expect(result).toMatchObject({ code: 1, stderr: `${sentence}\n` });
    expect(result.stdout).toMatch(/Gate put back: down\n$/);
    expect(await gateOf(target)).toBe(false);
  });

  it('that is not there', async () => {
    const target = await newTarget();
    const { server, target: gone } = await broken(target, own);
    server.close();
    await once(server, 'close');
    expect(await smoke(gone)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Reading the gate: the gateway cannot be reached (ECONNREFUSED).\n',
    });
  });

  it('that the key is of no use for', async () => {
    const target = await newTarget();
    expect(await smoke({ ...target, key: 'ak_0' })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Reading the gate: the gateway answered 401 to the key, not 200.\n',
    });
  });
});

describe('a key is not sent', () => {
  it.each([
    ['unencrypted', 'http://gateway.example.invalid', 'http://gateway.example.invalid/x'],
    ['to another host', 'https://gateway.example.invalid', 'https://gateway.example.invalid.evil.invalid/x'],
  ])('%s', async (_, url, mcpUrl) => {
    const { code, stderr } = await smoke({ url, key: 'ak_0', mcpUrl });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/is not (https|below)/) });
  });
});

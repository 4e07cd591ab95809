import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { portcullis, type Ran } from '../support/cli.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import {
  DEAD_URL,
  type ManagementClient,
  managementClient,
  type TestProject,
} from '../support/management.ts';
import { selfSignedCertificate } from '../upstream/certificate.ts';

let gateway: Gateway;
let client: ManagementClient;
let home: string;
let project: TestProject;
let docs: { id: string; mcp_url: string };
const servers: Server[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  home = mkdtempSync(join(tmpdir(), 'portcullis-doctor-'));
});
afterAll(async () => {
  for (const server of servers) server.close();
  rmSync(home, { recursive: true });
  await gateway.stop();
});
beforeEach(async () => {
  project = await client.newProject();
  docs = await client.newServer(project.key, {
    name: 'Docs',
    upstream: { kind: 'http', url: gateway.upstreamUrl },
  });
});

const doctor = (args: string[], env: Record<string, string> = {}): Promise<Ran> =>
  portcullis(['doctor', ...args], {
    env: {
      ...{ HOME: home, PORTCULLIS_CONFIG_DIR: join(home, 'config') },
      ...{ PORTCULLIS_URL: gateway.url, PORTCULLIS_API_KEY: project.key, ...env },
    },
    cwd: home,
  });
/** Its exit code, the one sentence, and the checks that are bad. */
const diagnosed = async (args: string[], env?: Record<string, string>) => {
  const { code, stdout } = await doctor([...args, '--json'], env);
  const { ok, diagnosis, checks } = JSON.parse(stdout);
  expect(ok).toBe(code === 0);
  const bad = (checks as { name: string; ok: boolean }[])
    .filter((check) => !check.ok)
    .map(({ name }) => name);
  return { code, diagnosis, bad };
};
const raise = () =>
  client.must('PATCH /api/v3/org/project/config', project.key, { require_mcp_api_key: true });

/** @returns where something answers that is no gateway */
async function listening(server: Server, scheme = 'http'): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const answering = (listener: RequestListener) => listening(createServer(listener));

describe('where all is well', () => {
  it('says what it looked at, a line each, and that all is well; no caller without a key is left behind', async () => {
    const ran = await doctor([]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout.split('\n')).toEqual([
      `ok    gateway: ${gateway.url} answers (the environment)`,
      'ok    clock: as the gateway has it',
      expect.stringMatching(/^ok {4}key: First key \(ak_\*\*.{4}\) of Project /),
      'ok    scopes: *',
      `ok    server: Docs at ${gateway.upstreamUrl}`,
      'ok    gate: down: a call without a key is let in',
      expect.stringMatching(
        /^ok {4}call with the key: portcullis-demo answers with \d+ tools \(2026-07-28\)$/,
      ),
      '',
      'Everything is well.',
      '',
    ]);
    const { callers } = JSON.parse(
      (await client.call('GET /api/v3/org/project/mcp_api_key_readiness', project.key)).body,
    );
    expect(callers).toEqual([]);
  });

  it('tells what a key may not see, and calls with it by the address', async () => {
    const agent = {
      PORTCULLIS_API_KEY: (await client.newKey(project.key, { mcp_server_ids: [docs.id] })).key,
    };
    const ran = await doctor([], agent);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('--server ADDRESS calls one.\n') });
    expect((await doctor(['--server', docs.mcp_url], agent)).stdout).toMatch(
      /tools .*\n\nWhat was looked at is well: whether this key may call that server shows while the gate is up\.\n$/,
    );
    await raise();
    const slashed = { ...agent, PORTCULLIS_URL: `${gateway.url}/` };
    expect(await doctor(['--server', docs.mcp_url], slashed)).toMatchObject({ code: 0 });
    const other = await client.newServer(project.key, {
      upstream: { kind: 'http', url: gateway.upstreamUrl },
    });
    expect(await diagnosed(['--server', other.mcp_url], agent)).toEqual({
      code: 4,
      diagnosis: expect.stringContaining('(403 API key is not allowed to use this MCP server)'),
      bad: ['call with the key'],
    });
  });
});

describe('says in one sentence what is wrong', () => {
  const certificate = () => {
    const now = Date.now();
    return selfSignedCertificate('localhost', { from: new Date(now - 60_000), to: new Date(now + 60_000) });
  };
  const OTHER = 'x'.repeat(36).replace(/^/, 'ak_');

  it.each<[string, () => Promise<Record<string, string>>, string | RegExp, string]>([
    [
      'nothing listens',
      async () => {
        const server = createServer();
        const url = await listening(server);
        server.close();
        return { PORTCULLIS_URL: url };
      },
      /^Nothing listens at 127\.0\.0\.1:\d+: start the gateway, or check the address\.$/,
      'gateway',
    ],
    [
      'a name that does not resolve',
      async () => ({ PORTCULLIS_URL: 'https://nobody.portcullis.invalid' }),
      /^The name nobody\.portcullis\.invalid is not known here: /,
      'gateway',
    ],
    [
      'a certificate that nobody vouches for',
      async () => ({ PORTCULLIS_URL: await listening(createTlsServer(certificate()), 'https') }),
      /^The certificate of 127\.0\.0\.1:\d+ is not accepted \(DEPTH_ZERO_SELF_SIGNED_CERT\): .*NODE_EXTRA_CA_CERTS/,
      'gateway',
    ],
    [
      'an address that leads elsewhere',
      async () => ({
        PORTCULLIS_URL: await answering((_, response) =>
          response.writeHead(308, { location: 'https://elsewhere.invalid/' }).end(),
        ),
      }),
      /leads elsewhere, and a key is not sent after it/,
      'gateway',
    ],
    [
      'another thing than a gateway',
      async () => ({ PORTCULLIS_URL: gateway.upstreamUrl }),
      'something that no gateway answers',
      'gateway',
    ],
    ['no key', async () => ({ PORTCULLIS_API_KEY: '' }), 'portcullis login stores one', 'key'],
    ['a key that nobody made', async () => ({ PORTCULLIS_API_KEY: OTHER }), 'does not accept the key', 'key'],
    [
      'a key that may not call the server',
      async () => {
        const scopes = ['servers:manage', 'config:read'];
        return { PORTCULLIS_API_KEY: (await client.newKey(project.key, { scopes })).key };
      },
      /^The key Key .* may not call Docs: it lacks the scope mcp:invoke\.$/,
      'call with the key',
    ],
  ])('%s', async (_, env, diagnosis, check) => {
    expect(await diagnosed([], await env())).toEqual({
      code: 4,
      diagnosis:
        typeof diagnosis === 'string' ? expect.stringContaining(diagnosis) : expect.stringMatching(diagnosis),
      bad: [check],
    });
  });

  it('a clock that is wrong, if nothing else is', async () => {
    const ahead = await answering(async (request, response) => {
      const answer = await fetch(gateway.url + request.url, { headers: { 'x-api-key': project.key } });
      response.writeHead(answer.status, {
        'content-type': 'application/json',
        date: new Date(Date.now() + 3_600_000).toUTCString(),
      });
      response.end(await answer.text());
    });
    expect(await diagnosed([], { PORTCULLIS_URL: ahead })).toEqual({
      code: 4,
      diagnosis: expect.stringMatching(/^The clock of this machine is 3\d{3} s behind the gateway: set it/),
      bad: ['clock'],
    });
  });

  it('the MCP server behind, of several the one that is at fault, and a project that has none', async () => {
    await client.newServer(project.key, { name: 'Dead', upstream: { kind: 'http', url: DEAD_URL } });
    expect(await diagnosed([])).toEqual({
      code: 4,
      diagnosis: expect.stringMatching(
        /^The gateway is well, but the MCP server Dead is not \(502 .*\): The host name /,
      ),
      bad: ['call with the key'],
    });
    expect(await diagnosed(['--server', 'Docs'])).toMatchObject({ code: 0 });
    expect(await diagnosed(['--server', 'Wiki'])).toMatchObject({ code: 4, bad: ['server'] });
    const empty = await client.newProject();
    expect(await diagnosed([], { PORTCULLIS_API_KEY: empty.key })).toEqual({
      code: 4,
      diagnosis: 'The project has no MCP server: portcullis server add puts one behind the gateway.',
      bad: ['server'],
    });
  });

  it('the gateway’s own store, while it is out of reach', async () => {
    const failing = await answering(async (request, response) => {
      const isConfig = request.url === '/api/v3/org/project/config';
      const path = isConfig ? '/nothing' : request.url;
      const answer = await fetch(gateway.url + path, { headers: { 'x-api-key': project.key } });
      response.writeHead(isConfig ? 502 : answer.status, { 'content-type': 'application/json' });
      response.end(isConfig ? '<html>' : await answer.text());
    });
    expect(await diagnosed([], { PORTCULLIS_URL: failing })).toMatchObject({ code: 4, bad: ['gate'] });
  });
});

it('sends the key to no other gateway', async () => {
  const asked: string[] = [];
  const evil = await answering((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  expect(await doctor(['--server', `${evil}/mcp_x`])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is no address of the gateway'),
  });
  expect(asked).toEqual([]);
});

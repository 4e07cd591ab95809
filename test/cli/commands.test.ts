import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BARE_ENVIRONMENT, COMMAND_LINE, portcullis, type Ran } from '../support/cli.ts';
import { CONFIG_PATH, type Gateway, initialize, send, startGateway } from '../support/gateway.ts';
import {
  KEYS,
  type ManagementClient,
  managementClient,
  SERVERS,
  type TestProject,
} from '../support/management.ts';

/** A key alone, as a script takes it. */
const KEY = /^ak_[0-9A-Za-z]{36}\n$/;

let gateway: Gateway;
let client: ManagementClient;
let home: string;
let project: TestProject;
let mcpUrl: string;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  home = mkdtempSync(join(tmpdir(), 'portcullis-cli-'));
});
afterAll(async () => {
  rmSync(home, { recursive: true });
  await gateway.stop();
});
beforeEach(async () => {
  project = await client.newProject();
  const upstream = { kind: 'http', url: gateway.upstreamUrl };
  ({ mcp_url: mcpUrl } = await client.must(`POST ${SERVERS}`, project.key, { name: 'Upstream', upstream }));
});

const environment = () => ({
  HOME: home,
  PORTCULLIS_CONFIG_DIR: join(home, 'config'),
  PORTCULLIS_URL: gateway.url,
  PORTCULLIS_API_KEY: project.key,
  PORTCULLIS_ORG_API_KEY: gateway.orgKey,
});
/** Runs it with the keys of the project in its environment. */
const run = (...args: string[]): Promise<Ran> => portcullis(args, { env: environment(), cwd: home });
const runWith = (more: { env?: Record<string, string>; stdin?: string }, ...args: string[]): Promise<Ran> =>
  portcullis(args, { cwd: home, ...more, env: { ...environment(), ...more.env } });

/** What is answered as JSON: nothing is said beside it. */
async function json(...args: string[]) {
  const ran = await run(...args, '--json');
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ran.stdout);
}
const answered = async (path: string) =>
  JSON.parse((await send('GET', gateway.url + path, { 'x-api-key': project.key })).body);
const gateIsUp = async () => (await answered(CONFIG_PATH)).require_mcp_api_key;

/** Runs it until that is so: a row comes some time after its call. */
async function until(is: (ran: Ran) => boolean, ...args: string[]): Promise<Ran> {
  for (let n = 0; ; n++) {
    const ran = await run(...args);
    if (is(ran) || n === 50) return ran;
  }
}

describe('the gate', () => {
  it('is told, raised and lowered', async () => {
    expect((await run('gate', 'status')).stdout).toContain('The gate is down');
    const raised = await run('gate', 'raise', '--yes');
    expect(raised).toMatchObject({
      code: 0,
      stdout: 'The gate is up: every MCP request of the project must carry an API key.\n',
    });
    expect(raised.stderr).toContain(gateway.url);
    expect(raised.stderr).toContain('In the last 7 days: ');
    expect((await initialize(mcpUrl)).status).toBe(401);
    expect(await json('gate', 'status')).toEqual(await answered(CONFIG_PATH));
    expect(await run('gate', 'lower', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The gate is down'),
    });
    expect(await gateIsUp()).toBe(false);
    expect(await json('gate', 'raise', '--yes')).toEqual(await answered(CONFIG_PATH));
    expect(await gateIsUp()).toBe(true);
  });

  it('is checked: 4 and the caller while somebody would be refused, 0 when nobody is', async () => {
    await initialize(mcpUrl);
    const ran = await until(({ stdout }) => stdout.includes('acceptance/1'), 'gate', 'check');
    expect(ran).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(
        /Not ready: 1 caller would.*\n(?:.*\n)*?.*acceptance\/1 +127\.0\.0\.1 +no_key +1/,
      ),
      stderr: expect.stringContaining('no_key: Create an API key'),
    });
    const report = await run('gate', 'check', '--json');
    expect(report).toMatchObject({ code: 4, stderr: '' });
    expect(JSON.parse(report.stdout)).toMatchObject({ ready: false, missing: ['traffic', 'callers'] });

    await client.must('POST /api/v3/org/project/mcp_api_key_readiness/dismissals', project.key, {
      ip: '127.0.0.1',
    });
    for (let n = 0; n < 10; n++) await initialize(mcpUrl, { 'x-api-key': project.key });
    expect(await until(({ code }) => code === 0, 'gate', 'check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 caller would be refused, and you do not mind.'),
    });
  });

  it('is raised with a key that may not see who would be refused, and not with one that may not raise', async () => {
    const key = async (scope: string) => (await run('key', 'create', scope, '--scope', scope)).stdout.trim();
    const raise = async (scope: string) =>
      runWith({ env: { PORTCULLIS_API_KEY: await key(scope) } }, 'gate', 'raise', '--yes');
    expect(await raise('logs:read')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining('APIKey_InsufficientPermissions, request'),
    });
    expect(await gateIsUp()).toBe(false);
    expect(await raise('config:write')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Who would be refused cannot be seen'),
    });
    expect(await gateIsUp()).toBe(true);
  });
});

describe('keys', () => {
  it('are created alone on stdout, listed, rotated with an overlap, and revoked by name', async () => {
    const made = await run(
      'key',
      'create',
      'Agent',
      '--tool',
      'echo',
      '--server',
      'Upstream',
      '--expires',
      '30d',
    );
    expect(made.stdout).toMatch(KEY);
    expect(made.stderr).toContain('Created Agent');
    const { items } = await json('key', 'list');
    expect(items).toEqual((await answered(KEYS)).items);
    expect(items[1]).toMatchObject({ name: 'Agent', scopes: ['mcp:invoke'], allowed_tools: ['echo'] });
    expect(items[1].mcp_server_ids).toHaveLength(1);
    expect(Date.parse(items[1].expires_at)).toBeGreaterThan(Date.now() + 29 * 86_400_000);

    const rotated = await run('key', 'rotate', 'Agent', '--overlap', '1h');
    expect(rotated.stdout).toMatch(KEY);
    expect(rotated.stdout).not.toBe(made.stdout);
    expect(rotated.stderr).toContain('the old one works 1h longer');
    expect(await run('key', 'revoke', 'Agent', '--yes')).toMatchObject({
      code: 0,
      stdout: 'Agent is revoked.\n',
    });
    expect((await run('key', 'list')).stdout).toMatch(/Agent .* revoked +mcp:invoke +1 server, 1 tool/);
    expect(await run('key', 'revoke', 'Agent', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no key "Agent".\nportcullis key list'),
    });
  });

  it('are named by their ids too, and with --json nothing stands beside what the API answered', async () => {
    const made = await json('key', 'create', 'CI', '--scope', 'logs:read', '--scope', 'config:read');
    expect(made).toMatchObject({ name: 'CI', scopes: ['logs:read', 'config:read'] });
    const rotated = await json('key', 'rotate', made.id, '--yes');
    expect(rotated).toMatchObject({ id: made.id, key: expect.stringMatching(/^ak_\w{36}$/) });
    expect(await run('key', 'revoke', made.id, '--yes', '--json')).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('that the command line uses are told when they change', async () => {
    const ran = await run('key', 'rotate', project.keyId, '--yes');
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('portcullis login') });
    expect((await run('gate', 'status')).code).toBe(3);
    const env = { PORTCULLIS_API_KEY: ran.stdout.trim() };
    expect((await runWith({ env }, 'gate', 'status')).code).toBe(0);
    expect(await runWith({ env }, 'key', 'revoke', 'First key', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('HTTP_Conflict'),
    });
  });

  it('are refused with the gateway’s own problems', async () => {
    const told = await run('key', 'create', ' ');
    expect(told).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/\n {2}name: .*\n.*HTTP_BadRequest/),
    });
    const asJson = await run('key', 'create', ' ', '--json');
    expect(asJson).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(asJson.stderr)).toEqual({
      error: {
        message: expect.any(String),
        slug: 'HTTP_BadRequest',
        status: 400,
        code: 10400,
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        errors: [expect.stringContaining('name')],
      },
    });
  });
});

describe('servers', () => {
  it('are added, shown, listed without their address, and removed', async () => {
    const added = await run('server', 'add', 'Docs', gateway.upstreamUrl, '--tool', 'echo');
    expect(added.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp_\w+\n$/);
    expect(added.stderr).toContain('It answers as portcullis-demo with 32 tools.');
    const shown = await json('server', 'show', 'Docs');
    expect(shown).toEqual(await answered(`/api/v3/mcp/${shown.id}`));
    expect(shown).toMatchObject({ name: 'Docs', allowed_tools: ['echo'] });
    expect((await run('server', 'show', shown.id)).stdout).toMatch(/\nmcp_url +http.*\/mcp_\w+\n/);
    const { stdout: listed } = await run('server', 'list');
    expect(listed).toMatch(/^ID +NAME +UPSTREAM +TOOLS +CREATED\n/);
    expect(listed).toContain('Docs');
    expect(listed).not.toContain('/mcp_');
    expect(await run('server', 'rm', 'Docs', '--yes')).toMatchObject({
      code: 0,
      stdout: 'Docs is deleted.\n',
    });
    expect((await initialize(added.stdout.trim())).status).toBe(404);
  });

  it('get headers out of variables and lines of stdin, and never out of a command line', async () => {
    const header = (...headers: string[]) => headers.flatMap((one) => ['--header', one]);
    const given = { env: { TOKEN: 'value-of-the-variable' }, stdin: 'value-of-line-1\nvalue-of-line-2\n' };
    const add = (name: string, more: object, headers: string[]) =>
      runWith(more, 'server', 'add', name, gateway.upstreamUrl, ...header(...headers));
    const added = await add('Docs', given, ['x-first', 'x-token=env:TOKEN', 'x-second']);
    expect(added.code).toBe(0);
    expect(added.stdout + added.stderr).not.toContain('value-of');
    await client.must(`PATCH ${CONFIG_PATH}`, project.key, { mask_secret_keys_in_connected_account: false });
    expect((await json('server', 'show', 'Docs')).upstream.headers).toEqual({
      'x-first': 'value-of-line-1',
      'x-token': 'value-of-the-variable',
      'x-second': 'value-of-line-2',
    });
    expect(await add('Other', given, ['x-first'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('stdin has not a line for each'),
    });
    expect(await add('Other', {}, ['x-token=env:TOKEN'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The variable TOKEN is not set.'),
    });
    expect(await run('server', 'show', 'Other')).toMatchObject({ code: 1 });
  });

  it('that cannot be reached are added all the same, and what is wrong is said', async () => {
    const added = await run('server', 'add', 'Gone', 'http://127.0.0.1:1/mcp');
    expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('It could not be used: ') });
    expect((await run('server', 'list')).stdout).toMatch(/Gone .* unreachable/);
  });
});

describe('projects', () => {
  it('are created with a key alone on stdout, listed and deleted, with the key of the organization', async () => {
    const name = `Research of ${project.id}`;
    const made = await run('project', 'create', name, '--with-key');
    expect(made.stdout).toMatch(KEY);
    expect((await run('project', 'list')).stdout).toContain(name);
    expect(await run('project', 'rm', name, '--yes')).toMatchObject({ code: 0 });
    const { stdout } = await run('project', 'list');
    expect(stdout).not.toContain(name);
    const plain = await run('project', 'create', name);
    expect(plain.stdout).toMatch(/^pr_\w+\n$/);
    expect(await json('project', 'rm', plain.stdout.trim(), '--yes')).toMatchObject({
      id: plain.stdout.trim(),
    });
    expect(await runWith({ env: { PORTCULLIS_ORG_API_KEY: '' } }, 'project', 'list')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('No key of the organization'),
    });
  });
});

describe('what was done', () => {
  it('is told: who called what, why one was refused, and who changed what', async () => {
    await client.must(`PATCH ${CONFIG_PATH}`, project.key, { require_mcp_api_key: true });
    const requestId = String(
      (await initialize(mcpUrl, { 'x-api-key': 'ak_nonsense' })).headers['x-request-id'],
    );
    await initialize(mcpUrl, { 'x-api-key': project.key });
    const ran = await until(({ stdout }) => stdout !== '', 'logs', '--request-id', requestId);
    expect(ran.stdout).toMatch(/\nwhy +It has not the form of a key/);
    const { stdout } = await until((one) => one.stdout.includes('allowed'), 'logs');
    expect(stdout).toMatch(
      /^TIME .*\n.* refused +malformed +401 .*\n.* allowed +- +200 +First key +Upstream +initialize .*\n$/,
    );

    expect(
      (await run('logs', '--outcome', 'refused', '--since', '1h', '--server', 'Upstream')).stdout,
    ).toMatch(/refused +malformed +401/);
    expect((await run('logs', '--key', 'First key')).stdout.split('\n')).toHaveLength(3);
    expect(await run('logs', '--until', '1h')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'No call is found.\n',
    });
    const { items } = await json('logs');
    expect(items).toEqual((await answered('/api/v3/org/project/logs')).items);

    expect((await run('usage')).stdout).toMatch(/^DAY .*\n\d{4}-\d\d-\d\d +2 +1 +1 /);
    expect((await run('usage', '--by', 'api_key')).stdout).toContain('First key');
    expect((await run('usage', '--by', 'mcp_server', '--since', '7d')).stdout).toContain('Upstream');
    expect(await json('usage', '--by', 'tool')).toMatchObject({ group_by: 'tool', items: expect.any(Array) });

    const changed = await run('audit', '--action', 'config.update', '--key', 'First key');
    expect(changed.stdout).toMatch(/First key +config\.update .* require_mcp_api_key: false → true/);
    expect((await json('audit', '--limit', '1')).items).toHaveLength(1);
    expect(await run('audit', '--organization', '--limit', '1')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('project.create'),
    });
  });

  it('is told by ids to a key that may read logs alone', async () => {
    await initialize(mcpUrl, { 'x-api-key': project.key });
    await until(({ stdout }) => stdout.includes('allowed'), 'logs');
    const env = {
      PORTCULLIS_API_KEY: (await run('key', 'create', 'Reader', '--scope', 'logs:read')).stdout.trim(),
    };
    const { stdout } = await runWith({ env }, 'logs', '--json');
    const { api_key_id: id, mcp_server_id: server } = JSON.parse(stdout).items[0];
    expect((await runWith({ env }, 'logs', '--key', id, '--server', server)).stdout).toContain(
      `${id}  ${server}`,
    );
    expect(await runWith({ env }, 'logs', '--key', 'First key')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('keys:manage'),
    });
  });

  it('steers no terminal: what a client calls itself is shown without its controls', async () => {
    await initialize(mcpUrl, { 'user-agent': 'evil\u009b31m' });
    const told = await until(({ stdout }) => stdout !== '', 'logs');
    const asJson = await run('logs', '--json');
    for (const { stdout } of [told, asJson]) {
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it('is followed, a line a call and each once, until the user ends it', async () => {
    const child = spawn(process.execPath, [...COMMAND_LINE, 'logs', '--follow', '--json'], {
      env: { ...BARE_ENVIRONMENT, ...environment() },
    });
    const ids: string[] = [];
    const calls = setInterval(
      () => void initialize(mcpUrl, { 'x-api-key': project.key }).catch(() => {}),
      200,
    );
    for await (const line of createInterface(child.stdout)) {
      ids.push(JSON.parse(line).request_id);
      if (ids.length === 6) break;
    }
    clearInterval(calls);
    expect(new Set(ids).size).toBe(6);
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(130);
  });

  it('is not cut off with a fault when the reader has enough', async () => {
    const words = [process.execPath, ...COMMAND_LINE, 'audit', '--organization', '--limit', '100', '--json'];
    const reader = spawn('sh', ['-c', `${words.map((word) => `'${word}'`).join(' ')} | head -1`], {
      env: { ...BARE_ENVIRONMENT, ...environment() },
    });
    let said = '';
    for (const stream of [reader.stdout, reader.stderr]) stream.on('data', (text) => (said += text));
    expect(await new Promise((resolve) => reader.on('close', resolve))).toBe(0);
    expect(said).toBe('{\n');
  });
});

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { portcullis, type Ran } from '../support/cli.ts';
import { CONFIG_PATH, type Gateway, initialize, send, startGateway } from '../support/gateway.ts';
import { type ManagementClient, managementClient, type TestProject } from '../support/management.ts';
import { addServer } from '../support/upstream.ts';

const KEY = /^ak_[0-9A-Za-z]{36}$/;

let gateway: Gateway;
let client: ManagementClient;
let folder: string;
let home: string;
let project: TestProject;
let mcpUrl: string;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  folder = mkdtempSync(join(tmpdir(), 'portcullis-cli-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await gateway.stop();
});
beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  project = await client.newProject();
  mcpUrl = await addServer(gateway, project.key, gateway.upstreamUrl);
});

const keys = () => ({
  PORTCULLIS_URL: gateway.url,
  PORTCULLIS_API_KEY: project.key,
  PORTCULLIS_ORG_API_KEY: gateway.orgKey,
});
/** Runs it with the keys of the project in its environment. */
const run = (...args: string[]): Promise<Ran> =>
  portcullis(args, {
    env: { HOME: home, PORTCULLIS_CONFIG_DIR: join(home, 'config'), ...keys() },
    cwd: home,
  });
/** Runs it with what is given alone. */
const runBare = (args: string[], env: Record<string, string> = {}, stdin?: string) =>
  portcullis(args, {
    env: { HOME: home, PORTCULLIS_CONFIG_DIR: join(home, 'config'), ...env },
    cwd: home,
    ...(stdin !== undefined && { stdin }),
  });
const json = (ran: Ran) => {
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: expect.any(Number) });
  return JSON.parse(ran.stdout);
};
const gateIsUp = async () =>
  JSON.parse((await send('GET', gateway.url + CONFIG_PATH, { 'x-api-key': project.key })).body)
    .require_mcp_api_key;

describe('the gate', () => {
  it('is told, raised and lowered, and a script must say that it is sure', async () => {
    expect((await run('gate', 'status')).stdout).toContain('The gate is down');
    const unsure = await run('gate', 'raise');
    expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect(await gateIsUp()).toBe(false);
    expect(await run('gate', 'raise', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The gate is up'),
    });
    expect(await gateIsUp()).toBe(true);
    expect((await initialize(mcpUrl)).status).toBe(401);
    expect(json(await run('gate', 'status', '--json'))).toMatchObject({ require_mcp_api_key: true });
    expect(await run('gate', 'lower', '--yes')).toMatchObject({ code: 0 });
    expect(await gateIsUp()).toBe(false);
  });

  it('is checked: 4 and the caller while somebody would be refused', async () => {
    await initialize(mcpUrl, { 'user-agent': 'forgotten/1' });
    let ran = await run('gate', 'check');
    for (let n = 0; n < 20 && !ran.stdout.includes('acceptance/1'); n++) ran = await run('gate', 'check');
    expect(ran).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/acceptance\/1 +127\.0\.0\.1 +no_key +1/),
    });
    expect(json(await run('gate', 'check', '--json'))).toMatchObject({
      ready: false,
      missing: ['traffic', 'callers'],
    });
  });

  it('is asked for on a terminal, and stays as it is when the answer is no', async () => {
    if (spawnSync('script', ['--version']).status !== 0) return; // A terminal of its own, from util-linux.
    const cli = fileURLToPath(new URL('../../cli/portcullis.ts', import.meta.url));
    const child = spawn(
      'script',
      ['-qec', `stty cols 120; '${process.execPath}' --no-warnings '${cli}' gate raise`, '/dev/null'],
      {
        env: { PATH: process.env.PATH ?? '', HOME: home, TERM: 'xterm', ...keys() },
      },
    );
    let shown = '';
    child.stdout.on('data', (chunk) => {
      shown += chunk;
      if (shown.includes('Raise the gate') && !shown.includes('SENT')) {
        shown += 'SENT';
        child.stdin.write('n');
      }
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(shown).toContain('Nothing was changed.');
    expect(code).toBe(1);
    expect(await gateIsUp()).toBe(false);
  });
});

describe('keys', () => {
  it('are created alone on stdout, listed, rotated with an overlap, and revoked by name', async () => {
    const made = await run('key', 'create', 'Agent', '--tool', 'echo', '--expires', '30d');
    const secret = made.stdout.trim();
    expect(secret).toMatch(KEY);
    expect(made.stderr).toContain('Created Agent');
    const { items } = json(await run('key', 'list', '--json'));
    expect(items[1]).toMatchObject({ name: 'Agent', scopes: ['mcp:invoke'], allowed_tools: ['echo'] });
    expect(Date.parse(items[1].expires_at)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    const rotated = (await run('key', 'rotate', 'Agent', '--overlap', '1h')).stdout.trim();
    expect(rotated).toMatch(KEY);
    expect(rotated).not.toBe(secret);
    expect(await run('key', 'rotate', 'Agent')).toMatchObject({ code: 2 });
    expect(await run('key', 'revoke', 'Agent', '--yes')).toMatchObject({
      code: 0,
      stdout: 'Agent is revoked.\n',
    });
    expect((await run('key', 'list')).stdout).toMatch(/Agent .* revoked/);
    expect(await run('key', 'revoke', 'Agent', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no key "Agent"'),
    });
  });

  it('are refused with the gateway’s own problems, and exit with 1', async () => {
    const ran = await run('key', 'create', 'Agent', '--scope', 'everything', '--json');
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(ran.stderr.slice(ran.stderr.indexOf('{')))).toMatchObject({
      error: { slug: 'HTTP_BadRequest', errors: [expect.stringContaining('scopes.0')] },
    });
  });

  it.each([
    [['key', 'create', 'x', '--expires', 'soon'], '--expires must be a duration'],
    [['key', 'rotate', 'First key', '--overlap', '1w'], '--overlap must be a duration'],
    [['gate', 'check', '--days', '31'], 'whole number from 1 to 30'],
    [['key', 'create'], "missing required argument 'name'"],
    [['nonsense'], "unknown command 'nonsense'"],
    [['usage', '--by', 'month'], 'Allowed choices are'],
  ])('of wrong usage nothing is sent: %j', async (args, sentence) => {
    expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
  });
});

describe('servers and projects', () => {
  it('are added, shown and removed; a header’s value stands on no command line', async () => {
    const added = await portcullis(
      ['server', 'add', 'Docs', gateway.upstreamUrl, '--header', 'x-token=env:TOKEN'],
      {
        env: { HOME: home, ...keys(), TOKEN: 'secret-of-the-upstream' },
        cwd: home,
      },
    );
    expect(added.stdout.trim()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp_/);
    const shown = await run('server', 'show', 'Docs');
    expect(shown.stdout).toContain('x-token: secr...');
    expect(shown.stdout).not.toContain('secret-of-the-upstream');
    expect(
      await run('server', 'add', 'Docs', 'https://x.invalid', '--header', 'x-token=secret'),
    ).toMatchObject({ code: 2 });
    expect(await run('server', 'rm', 'Docs', '--yes')).toMatchObject({ code: 0 });
    expect((await initialize(added.stdout.trim())).status).toBe(404);
  });

  it('of the organization need its key', async () => {
    const key = await run('project', 'create', 'From the shell', '--with-key');
    expect(key.stdout.trim()).toMatch(KEY);
    expect((await run('project', 'list')).stdout).toContain('From the shell');
    expect(await run('project', 'rm', 'From the shell', '--yes')).toMatchObject({ code: 0 });
    const { PORTCULLIS_ORG_API_KEY: _none, ...project } = keys();
    expect(await runBare(['project', 'list'], project)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('No key of the organization'),
    });
  });
});

describe('logs, usage and audit', () => {
  it('tell who called what, why one was refused, and who changed what', async () => {
    await run('gate', 'raise', '--yes');
    const { headers } = await initialize(mcpUrl, { 'x-api-key': 'ak_nonsense' });
    let ran = await run('logs', '--request-id', String(headers['x-request-id']));
    for (let n = 0; n < 20 && ran.stdout === ''; n++)
      ran = await run('logs', '--request-id', String(headers['x-request-id']));
    expect(ran.stdout).toMatch(/why +It has not the form of a key/);
    expect((await run('logs', '--outcome', 'refused', '--since', '1h')).stdout).toMatch(
      /refused +malformed +401/,
    );
    expect((await run('usage', '--by', 'day')).stdout).toMatch(/\d{4}-\d\d-\d\d +1 +0 +1/);
    expect((await run('audit', '--action', 'config.update')).stdout).toContain(
      'require_mcp_api_key: false → true',
    );
    expect((await run('audit', '--organization')).stdout).toContain('project.create');
  });

  it('follow what comes in, a line a call, until the reader goes', async () => {
    const cli = fileURLToPath(new URL('../../cli/portcullis.ts', import.meta.url));
    const child = spawn(process.execPath, ['--no-warnings', cli, 'logs', '--follow', '--json'], {
      env: { PATH: process.env.PATH ?? '', HOME: home, ...keys() },
    });
    const line = new Promise<string>((resolve) =>
      child.stdout.once('data', (chunk) => resolve(String(chunk))),
    );
    const calls = setInterval(
      () => void initialize(mcpUrl, { 'x-api-key': project.key }).catch(() => {}),
      300,
    );
    expect(JSON.parse((await line).split('\n')[0] ?? '')).toMatchObject({
      outcome: 'allowed',
      method: 'initialize',
    });
    clearInterval(calls);
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(130);
  });

  it('steer no terminal: what a client calls itself is shown without its controls', async () => {
    await initialize(mcpUrl, { 'user-agent': 'evil\u009b31m' });
    const { stdout } = await run('logs');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  });
});

describe('connect', () => {
  const codex = () => join(home, '.codex', 'config.toml');

  it('adds a server to what is there, keeps a copy, and does it once', async () => {
    mkdirSync(join(home, '.codex'));
    writeFileSync(codex(), '# mine\nmodel = "x"\n');
    const dry = await run('connect', 'codex', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('bearer_token_env_var') });
    expect(readdirSync(join(home, '.codex'))).toEqual(['config.toml']);
    const ran = await run('connect', 'codex');
    const key = /export PORTCULLIS_API_KEY=(\S+)/.exec(ran.stdout)?.[1] ?? '';
    expect(key).toMatch(KEY);
    expect(readFileSync(codex(), 'utf8')).toMatch(/^# mine\nmodel = "x"\n\n\[mcp_servers\./);
    expect(readdirSync(join(home, '.codex'))).toHaveLength(2);
    expect(await run('connect', 'codex')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('already'),
    });
    expect((await initialize(mcpUrl, { authorization: `Bearer ${key}` })).status).toBe(200);
    const { items } = json(await run('key', 'list', '--json'));
    expect(items).toHaveLength(2);
    expect(items[1]).toMatchObject({
      scopes: ['mcp:invoke'],
      mcp_server_ids: [expect.stringMatching(/^srv_/)],
    });
  });

  it('puts a key into a file that its owner alone can read, and no second one', async () => {
    const ran = await run('connect', 'claude-code');
    const file = join(home, '.claude.json');
    expect(ran.code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { mcpServers } = JSON.parse(readFileSync(file, 'utf8'));
    const [entry] = Object.values<{ url: string; headers: Record<string, string> }>(mcpServers);
    expect(entry?.url).toBe(mcpUrl);
    expect((await initialize(mcpUrl, { authorization: entry?.headers.Authorization ?? '' })).status).toBe(
      200,
    );
    expect(ran.stdout + ran.stderr).not.toContain(
      entry?.headers.Authorization?.slice('Bearer '.length) ?? 'none',
    );
    expect(await run('connect', 'claude')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('already'),
    });
    expect(json(await run('key', 'list', '--json')).items).toHaveLength(2);
  });

  it('changes nothing, and makes no key, where the file cannot be read', async () => {
    const file = join(home, 'broken.json');
    writeFileSync(file, '{ "mcpServers": [');
    const ran = await run('connect', 'cursor', '--file', file);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('was not changed') });
    expect(readFileSync(file, 'utf8')).toBe('{ "mcpServers": [');
    expect(json(await run('key', 'list', '--json')).items).toHaveLength(1);
  });

  it('says which clients there are, and prints what cannot be written', async () => {
    expect((await run('connect')).stdout).toMatch(/cursor +Cursor/);
    expect(await run('connect', 'nobody')).toMatchObject({ code: 2 });
    expect((await run('connect', 'anthropic-api')).stdout).toContain(mcpUrl);
  });
});

describe('the doctor', () => {
  it('finds everything well, and leaves no caller without a key', async () => {
    expect(await run('doctor')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Everything is well\.\n$/),
    });
    expect(json(await run('gate', 'check', '--json')).callers).toEqual([]);
  });

  const diagnosis = async (ran: Promise<Ran>) => {
    const { code, stdout } = await ran;
    return { code, said: JSON.parse(stdout).diagnosis };
  };

  it.each([
    ['no gateway', () => ({ ...keys(), PORTCULLIS_URL: 'http://127.0.0.1:9' }), /cannot be reached/],
    [
      'another thing than a gateway',
      () => ({ ...keys(), PORTCULLIS_URL: gateway.upstreamUrl }),
      /no gateway answers/,
    ],
    ['no key', () => ({ PORTCULLIS_URL: gateway.url }), /No key of a project is known/],
    ['a key that is none', () => ({ ...keys(), PORTCULLIS_API_KEY: 'ak_x' }), /does not accept the key/],
  ])('says what is wrong: %s', async (_, env, sentence) => {
    expect(await diagnosis(runBare(['doctor', '--json'], env()))).toEqual({
      code: 4,
      said: expect.stringMatching(sentence),
    });
  });

  it('says when the server behind is at fault, and when the key may not call it', async () => {
    const { id, key } = await client.newKey(project.key, { scopes: ['servers:manage', 'config:read'] });
    expect(id).toBeTruthy();
    await run('gate', 'raise', '--yes');
    expect(await diagnosis(runBare(['doctor', '--json'], { ...keys(), PORTCULLIS_API_KEY: key }))).toEqual({
      code: 4,
      said: expect.stringContaining('scope mcp:invoke'),
    });
    await run('server', 'add', 'Dead', 'https://nobody.portcullis.invalid/mcp');
    expect(await diagnosis(run('doctor', '--server', 'Dead', '--json'))).toEqual({
      code: 4,
      said: expect.stringContaining('the MCP server Dead is not'),
    });
  });
});

describe('the program', () => {
  it('has examples in the help of every command, and completes their names', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const args of [['gate', 'raise'], ['key', 'create'], ['connect'], ['doctor'], ['logs']]) {
      expect((await run(...args, '--help')).stdout).toContain('Examples:');
    }
    expect((await run('completion', 'bash')).stdout).toContain('portcullis');
    expect((await run('complete', '--', 'ga')).stdout).toContain('gate');
    expect(await run('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it('has no colours where nobody sees them', async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the beginning of a colour
    expect((await run('key', 'list')).stdout).not.toMatch(/\u001b/);
  });
});

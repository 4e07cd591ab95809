import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { portcullis, type Ran } from '../support/cli.ts';
import { type Gateway, initialize, startGateway } from '../support/gateway.ts';
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
describe('connect', () => {
  const codex = () => join(home, '.codex', 'config.toml');

  it('adds a server to what is there, keeps a copy, and does it once', async () => {
    mkdirSync(join(home, '.codex'));
    writeFileSync(codex(), '# mine\nmodel = "x"\n');
    const dry = await run('connect', 'codex', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('bearer_token_env_var') });
    expect(readdirSync(join(home, '.codex'))).toEqual(['config.toml']);
    const ran = await run('connect', 'codex');
    const key = /export PORTCULLIS_API_KEY_\w+=(\S+)/.exec(ran.stdout)?.[1] ?? '';
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

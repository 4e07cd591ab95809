import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { portcullis, type Ran } from '../support/cli.ts';
import { type Gateway, initialize, startGateway } from '../support/gateway.ts';
import { type ManagementClient, managementClient, type TestProject } from '../support/management.ts';

const KEY = /\bak_[0-9A-Za-z]{36}\b/g;
const KEYS = '/api/v3/org/project/api_keys';

let gateway: Gateway;
let client: ManagementClient;
let folder: string;
let home: string;
let project: TestProject;
let mcpUrl: string;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  folder = mkdtempSync(join(tmpdir(), 'portcullis-connect-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await gateway.stop();
});
beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  project = await client.newProject();
  mcpUrl = await addServer('Docs');
});

const addServer = async (name: string): Promise<string> => {
  const upstream = { kind: 'http', url: gateway.upstreamUrl };
  const answer = await client.call('POST /api/v3/mcp/servers', project.key, { name, upstream });
  return JSON.parse(answer.body).mcp_url;
};
const connect = (args: string[], { env = {}, stdin }: { env?: object; stdin?: string } = {}): Promise<Ran> =>
  portcullis(['connect', ...args], {
    env: {
      ...{ HOME: home, PORTCULLIS_CONFIG_DIR: join(home, 'config') },
      ...{ PORTCULLIS_URL: gateway.url, PORTCULLIS_API_KEY: project.key, ...env },
    },
    cwd: home,
    ...(stdin !== undefined && { stdin }),
  });
const at = (...path: string[]) => join(home, ...path);
const write = (path: string, content: string) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};
const read = (...path: string[]) => readFileSync(at(...path), 'utf8');
/** The keys of the project but its first. */
const keys = async () => (await client.all(KEYS, project.key)).filter(({ id }) => id !== project.keyId);
const opens = async (url: string, key: string) =>
  (await initialize(url, { authorization: `Bearer ${key}` })).status;

describe('a client that reads a variable', () => {
  it('gets the server beside what is there, and a key of that server alone in a variable of its own', async () => {
    const before = '// mine\n{\n  "mcpServers": {\n    "a": { "url": "https://a.invalid" } // a\n  }\n}\n';
    write(at('.cursor', 'mcp.json'), before);
    const dry = await connect(['cursor', '--dry-run']);
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^@@ line 5 @@\n\+ {4}"docs": \{\n(\+.*\n)+$/),
    });
    expect(readdirSync(at('.cursor'))).toEqual(['mcp.json']);
    expect(await keys()).toEqual([]);

    const ran = await connect(['cursor']);
    const [, key = ''] = /^export PORTCULLIS_API_KEY_DOCS=(\S+)\n$/.exec(ran.stdout) ?? [];
    expect(ran.code).toBe(0);
    expect(ran.stderr.match(KEY)).toBeNull();
    const entry = [
      ...['    "docs": {', `      "url": "${mcpUrl}",`, '      "headers": {'],
      `        "Authorization": "Bearer \${env:PORTCULLIS_API_KEY_DOCS}"`,
      ...['      }', '    }'],
    ];
    expect(read('.cursor', 'mcp.json')).toBe(before.replace('} // a', `}, // a\n${entry.join('\n')}`));
    const backup = readdirSync(at('.cursor')).find((name) => name.startsWith('mcp.json.bak-')) ?? '';
    expect(read('.cursor', backup)).toBe(before);
    const [made, ...others] = await keys();
    expect(others).toEqual([]);
    expect(made).toMatchObject({
      name: expect.stringMatching(/^Cursor on .* for Docs$/),
      scopes: ['mcp:invoke'],
      mcp_server_ids: [expect.stringMatching(/^srv_/)],
    });
    expect(await opens(mcpUrl, key)).toBe(200);

    expect(await connect(['cursor'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Docs stands in'),
    });
    expect(await keys()).toHaveLength(1);
    expect(readdirSync(at('.cursor'))).toHaveLength(2);
  });

  it('has several servers side by side, each with a variable of its own, and uses one that is set', async () => {
    await addServer('Wiki');
    expect(await connect(['codex'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--server NAME'),
    });
    const first = await connect(['codex', '--server', 'Docs', '--json']);
    expect(JSON.parse(first.stdout)).toMatchObject({
      client: 'codex',
      file: at('.codex', 'config.toml'),
      changed: true,
      backup: null,
      variable: 'PORTCULLIS_API_KEY_DOCS',
      key: expect.stringMatching(KEY),
    });
    const second = await connect(['codex', '--server', 'Wiki'], { env: { PORTCULLIS_API_KEY_WIKI: 'ak_x' } });
    expect(second.stdout).toMatch(/^Wiki stands in .*config\.toml as wiki\. Start Codex anew\.\n$/);
    expect(await keys()).toHaveLength(1);
    expect(read('.codex', 'config.toml')).toMatch(
      /^\[mcp_servers\.docs\]\n.*\n.*_DOCS"\n\n\[mcp_servers\.wiki\]\n.*\n.*_WIKI"\n$/,
    );
  });
});

describe('a client whose file holds the key', () => {
  it('gets a file that its owner alone can read, once, and shows the key nowhere', async () => {
    const ran = await connect(['claude']);
    const { mcpServers } = JSON.parse(read('.claude.json'));
    const [key = ''] = mcpServers.docs.headers.Authorization.match(KEY);
    expect(mcpServers.docs).toEqual({
      type: 'http',
      url: mcpUrl,
      headers: { Authorization: `Bearer ${key}` },
    });
    expect(statSync(at('.claude.json')).mode & 0o777).toBe(0o600);
    expect((ran.stdout + ran.stderr).match(KEY)).toBeNull();
    expect(await opens(mcpUrl, key)).toBe(200);
    expect((await connect(['claude-code'])).stdout).toContain('already');
    expect(await keys()).toHaveLength(1);

    // Its address is another one now: the entry is replaced, and what became of its key is said.
    const { id = '' } = (await client.all('/api/v3/mcp/servers', project.key))[0] ?? {};
    await client.must(`POST /api/v3/mcp/${id}/rotate_url`, project.key);
    const again = await connect(['claude']);
    expect(again.stderr).toContain('An entry docs that stood there is replaced.');
    expect(again.stderr).toContain(`Its key ak_**${key.slice(-4)} still works`);
    expect(await keys()).toHaveLength(2);
  });

  it('takes the key on stdin, if it may call the server, and does not loosen who can read', async () => {
    const { key } = await client.newKey(project.key, {});
    const file = at('project', '.mcp.json');
    write(file, '{}');
    const ran = await connect(['claude', '--file', file, '--key-stdin'], { stdin: `${key}\n` });
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('do not commit it') });
    expect(readFileSync(file, 'utf8')).toContain(`Bearer ${key}`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await keys()).toHaveLength(1);
    const reader = await client.newKey(project.key, { scopes: ['logs:read'] });
    const refused = [
      [reader.key, 1, 'it lacks the scope mcp:invoke'],
      [`ak_${'0'.repeat(36)}`, 3, 'APIKey_InvalidAPIKey'],
      ['nonsense', 2, 'no API key'],
    ] as const;
    for (const [stdin, code, sentence] of refused) {
      const other = await connect(['zed', '--key-stdin'], { stdin });
      expect(other).toMatchObject({ code, stderr: expect.stringContaining(sentence) });
    }
    expect(existsSync(at('.config', 'zed'))).toBe(false);
    const all = await connect(['zed', '--key-stdin'], { stdin: project.key });
    expect(all.stderr).toContain('can do more than call servers');
  });

  it('keeps the placeholder when that is wanted, and gets a key later', async () => {
    const ran = await connect(['roo', '--no-key']);
    expect(ran.stderr).toContain('Put a key where it says ak_your_api_key');
    expect(read('.roo', 'mcp.json')).toContain('Bearer ak_your_api_key');
    expect((await connect(['roo', '--no-key'])).stdout).toContain('already');
    await connect(['roo']);
    expect(read('.roo', 'mcp.json')).toMatch(/Bearer ak_[0-9A-Za-z]{36}"/);
  });
});

it('a client that asks for the key: it is shown alone, this once', async () => {
  const ran = await connect(['vscode']);
  expect(ran.stdout).toMatch(/^ak_[0-9A-Za-z]{36}\n$/);
  const file = JSON.parse(read('.config', 'Code', 'User', 'mcp.json'));
  expect(file.inputs).toEqual([expect.objectContaining({ id: 'docs-key', password: true })]);
  expect(file.servers.docs.headers.Authorization).toBe(`Bearer \${input:docs-key}`);
});

describe('the file', () => {
  it('is the user’s own or the project’s, the one that the client was told, and the one that is there', async () => {
    const fileOf = async (args: string[], env: object = {}) =>
      JSON.parse((await connect([...args, '--dry-run', '--json'], { env })).stdout).file;
    expect(await fileOf(['cursor', '--scope', 'project'])).toBe(at('.cursor', 'mcp.json'));
    expect(await fileOf(['codex'], { CODEX_HOME: at('moved') })).toBe(at('moved', 'config.toml'));
    expect(await fileOf(['claude'], { CLAUDE_CONFIG_DIR: at('moved') })).toBe(at('moved', '.claude.json'));
    write(at('.config', 'opencode', 'opencode.jsonc'), '{}');
    expect(await fileOf(['opencode'])).toBe(at('.config', 'opencode', 'opencode.jsonc'));
    expect(await fileOf(['opencode', '--scope', 'project'])).toBe(at('opencode.json'));
    expect(await connect(['codex', '--scope', 'project'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has no file of a project'),
    });
  });

  it('is what a link leads to, whether that is there or not; the link stays', async () => {
    mkdirSync(at('dotfiles'));
    symlinkSync(at('dotfiles', 'kiro.json'), at('kiro.json'));
    for (const server of ['Docs', 'Wiki']) {
      if (server === 'Wiki') await addServer('Wiki');
      expect((await connect(['kiro', '--server', server, '--file', 'kiro.json'])).code).toBe(0);
      expect(lstatSync(at('kiro.json')).isSymbolicLink()).toBe(true);
    }
    expect(Object.keys(JSON.parse(read('dotfiles', 'kiro.json')).mcpServers)).toEqual(['docs', 'wiki']);
  });

  it('stays as it is, and no key is made, where it cannot be read or written', async () => {
    write(at('broken.json'), '{\n  "mcpServers": [\n');
    expect(await connect(['cursor', '--file', 'broken.json'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/broken\.json was not changed: it is no JSON: .* in line 3\./),
    });
    expect(read('broken.json')).toBe('{\n  "mcpServers": [\n');
    expect(await connect(['cursor', '--file', '.'])).toMatchObject({ code: 1, stdout: '' });
    expect(await keys()).toEqual([]);
    const { key } = await client.newKey(project.key, { scopes: ['servers:manage', 'mcp:invoke'] });
    const weak = await connect(['cursor'], { env: { PORTCULLIS_API_KEY: key } });
    expect(weak).toMatchObject({ code: 3, stderr: expect.stringContaining('--key-stdin') });
    expect(await keys()).toHaveLength(1);
    // What turns out only when it is written takes the key back.
    expect(await connect(['cursor', '--file', 'broken.json/x'])).toMatchObject({ code: 1, stdout: '' });
    expect((await keys()).map(({ status }) => status)).toEqual(['active', 'revoked']);
    expect(readdirSync(home)).toEqual(['broken.json']);
  });
});

describe('what cannot be written', () => {
  it('is printed, with nothing else on stdout', async () => {
    const printed = await connect(['anthropic-api']);
    expect(printed.stdout).toMatch(/^curl https:/);
    expect(printed.stdout).toContain(mcpUrl);
    const wanted = await connect(['codex', '--print']);
    expect(wanted.stdout).toBe(
      `[mcp_servers.docs]\nurl = "${mcpUrl}"\nbearer_token_env_var = "PORTCULLIS_API_KEY_DOCS"\n`,
    );
    expect(existsSync(at('.codex'))).toBe(false);
    expect(await keys()).toEqual([]);
  });

  it('is told before anything is asked: which clients there are', async () => {
    const nobody = { PORTCULLIS_URL: '', PORTCULLIS_API_KEY: '' };
    const list = await connect([], { env: nobody });
    expect(list.stdout).toMatch(/\ncursor +Cursor +.*mcp\.json\n/);
    expect(JSON.parse((await connect(['--json'], { env: nobody })).stdout).items).toContainEqual(
      expect.objectContaining({ client: 'kiro', kind: 'file', files: expect.any(Array) }),
    );
    expect(await connect(['constructor'], { env: nobody })).toMatchObject({ code: 2 });
  });
});

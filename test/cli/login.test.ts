import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { portcullis, type Ran } from '../support/cli.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ManagementClient, managementClient, type TestProject } from '../support/management.ts';
import { hasTerminal, onTerminal } from '../support/terminal.ts';

let gateway: Gateway;
let client: ManagementClient;
let folder: string;
let home: string;
let config: string;
let project: TestProject;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  project = await client.newProject();
  folder = mkdtempSync(join(tmpdir(), 'portcullis-login-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await gateway.stop();
});
beforeEach(() => {
  home = mkdtempSync(join(folder, 'home-'));
  config = join(home, 'config');
});

const run = (args: string[], env: Record<string, string> = {}, stdin?: string): Promise<Ran> =>
  portcullis(args, {
    env: { HOME: home, PORTCULLIS_CONFIG_DIR: config, ...env },
    cwd: home,
    ...(stdin !== undefined && { stdin }),
  });
const login = (key: string, ...args: string[]) =>
  run(['login', '--url', gateway.url, '--key-stdin', ...args], {}, `${key}\n`);
const stored = (name: string) => JSON.parse(readFileSync(join(config, name), 'utf8'));
const secretsOf = (text: string) => text.match(/o?ak_[0-9A-Za-z]{36}/g) ?? [];

describe('signing in', () => {
  it('stores a key that the gateway accepts, for its owner alone, shows it nowhere, and forgets it', async () => {
    const ran = await login(project.key);
    expect(ran).toEqual({
      code: 0,
      stdout: `Signed in to ${gateway.url} as First key of ${project.name}, profile default.\n`,
      stderr: expect.stringContaining('in a file that you alone can read'),
    });
    expect(statSync(config).mode & 0o777).toBe(0o700);
    expect(readdirSync(config).sort()).toEqual(['keys.json', 'profiles.json']);
    for (const file of readdirSync(config)) expect(statSync(join(config, file)).mode & 0o777).toBe(0o600);
    expect(stored('profiles.json')).toEqual({
      current: 'default',
      profiles: { default: { url: gateway.url, project: project.name, apiKey: 'file' } },
    });

    const created = await run(['key', 'create', 'Agent']);
    expect(created.stderr).toContain(`${gateway.url}, project ${project.name} (profile default)`);
    const out = await run(['logout', '--json']);
    expect(JSON.parse(out.stdout)).toEqual({ profile: 'default', url: gateway.url });
    expect(stored('keys.json')).toEqual({});
    expect(await run(['gate', 'status'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('portcullis login'),
    });
    expect(await run(['logout'])).toMatchObject({ code: 1, stderr: 'Error: You are not signed in.\n' });
  });

  it('tells by its beginning which key it is, and a profile holds both', async () => {
    const environment = { PORTCULLIS_API_KEY: project.key, PORTCULLIS_ORG_API_KEY: gateway.orgKey };
    const ran = await run(['login', '--url', gateway.url, '--json'], environment);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      profile: 'default',
      url: gateway.url,
      project: { id: project.id },
      organization: true,
      key_in: 'file',
    });
    expect(secretsOf(ran.stdout + ran.stderr)).toEqual([]);
    expect((await run(['project', 'list'])).stdout).toContain(project.name);
    expect((await run(['gate', 'status'])).stdout).toContain('The gate is down');
    expect((await run(['whoami'])).stdout).toMatch(
      /project +Project .*\(pr_.*\n.*\n.*\n.*\norganization +its key is known\n$/,
    );
  });

  it('keeps profiles apart: the one named, the one in the environment, the one in use', async () => {
    const other = await client.newProject();
    await login(project.key);
    await login(other.key, '--profile', 'other');
    const whose = async (args: string[] = [], env = {}) =>
      JSON.parse((await run(['whoami', '--json', ...args], env)).stdout).project.id;
    expect(await whose()).toBe(other.id);
    expect(await whose(['--profile', 'default'])).toBe(project.id);
    expect(await whose([], { PORTCULLIS_PROFILE: 'default' })).toBe(project.id);
    // What is named comes before what is set, and what is set before what is in use.
    const set = { PORTCULLIS_URL: gateway.url, PORTCULLIS_API_KEY: gateway.key };
    expect(await whose([], set)).toBe(gateway.projectId);
    expect(await whose(['--profile', 'default'], set)).toBe(project.id);

    const used = await run(['profile', 'use', 'default'], set);
    expect(used).toMatchObject({ code: 0, stderr: expect.stringContaining('PORTCULLIS_URL is set') });
    expect(await whose()).toBe(project.id);
    const { stdout } = await run(['profile', 'list']);
    expect(stdout).toMatch(/default +\S+ +Project .* file +yes\nother .* file +-\n$/);
    for (const args of [
      ['profile', 'use', 'constructor'],
      ['logout', 'nobody'],
      ['gate', 'status', '--profile', 'nobody'],
    ]) {
      expect((await run(args)).stderr).toContain('There is no profile "');
    }
  });

  it('takes no key of one gateway to another: a profile that moves loses those it had', async () => {
    const asked: (string | undefined)[] = [];
    const elsewhere = createServer(({ headers }, response) => {
      asked.push(headers['x-api-key']?.toString(), headers['x-org-api-key']?.toString());
      response.end(
        JSON.stringify({ project: { id: 'pr_x', name: 'X' }, api_key: { name: 'k', key: 'ak_**0000' } }),
      );
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    await run(['login', '--url', gateway.url], {
      PORTCULLIS_API_KEY: project.key,
      PORTCULLIS_ORG_API_KEY: gateway.orgKey,
    });
    const ran = await run(['login', '--url', url, '--key-stdin'], {}, 'ak_of_elsewhere');
    expect(ran.stderr).toContain(`The profile default was of ${gateway.url} before.`);
    expect(await run(['project', 'list'])).toMatchObject({ code: 3 });
    await run(['gate', 'status']);
    elsewhere.close();
    expect(new Set(asked)).toEqual(new Set(['ak_of_elsewhere', undefined]));
    expect(Object.values(stored('keys.json'))).toEqual(['ak_of_elsewhere']);
  });

  it('finds no key where the address of a profile was changed behind its back', async () => {
    await login(project.key);
    const profiles = readFileSync(join(config, 'profiles.json'), 'utf8');
    writeFileSync(
      join(config, 'profiles.json'),
      profiles.replace(gateway.url, gateway.url.replace('127.0.0.1', 'localhost')),
    );
    expect(await run(['gate', 'status'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is gone'),
    });
  });

  it.each([
    ['a key that is none', 'hello', [], 2],
    ['nothing', ' \n', [], 2],
    ['a key that nobody made', `ak_${'0'.repeat(36)}`, [], 3],
    ['a name that is none', 'ak_x', ['--profile', '../x'], 2],
    ['the name of the local gateway', 'ak_x', ['--profile', 'local'], 2],
    ['an address in clear', 'ak_x', ['--url', 'http://gateway.invalid'], 2],
    ['an address with a password', 'ak_x', ['--url', 'https://a:b@gateway.invalid'], 2],
    ['a gateway that is not there', 'ak_x', ['--url', 'http://127.0.0.1:9'], 1],
  ])('refuses %s, and stores nothing', async (_, key, args, code) => {
    expect(await login(key, ...args)).toMatchObject({ code, stdout: '' });
    expect(existsSync(config)).toBe(false);
  });

  it('asks nobody where nobody is', async () => {
    expect(await run(['login', '--url', gateway.url])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nobody can be asked here'),
    });
    expect(await run(['login'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--url') });
  });

  (hasTerminal ? it : it.skip)('asks on a terminal, and does not show what is typed', async () => {
    const { code, shown } = await onTerminal(['login', '--url', gateway.url], {
      env: { HOME: home, PORTCULLIS_CONFIG_DIR: config },
      reactions: [{ to: 'API key (ak_… or oak_…)', with: `${project.key}\r` }],
    });
    expect({ code, keys: secretsOf(shown) }).toEqual({ code: 0, keys: [] });
    expect(Object.values(stored('keys.json'))).toEqual([project.key]);
  });

  it.each([
    ['no JSON', '{'],
    ['another form', '{"profiles": {"default": {"address": "x"}}}'],
  ])('says which file to mend when it has %s', async (_, content) => {
    mkdirSync(config);
    writeFileSync(join(config, 'profiles.json'), content);
    expect(await run(['gate', 'status'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${join(config, 'profiles.json')} cannot be read.`),
    });
  });
});

describe('a local gateway', () => {
  const local = (at: string, url: string) => {
    mkdirSync(join(at, '.local'), { recursive: true });
    writeFileSync(
      join(at, '.local', 'env'),
      `PORTCULLIS_URL='${url}'\nPORTCULLIS_API_KEY='${project.key}'\n`,
    );
  };
  const whoami = (cwd: string, env: Record<string, string> = {}, ...args: string[]) =>
    portcullis(['whoami', '--json', ...args], {
      env: { HOME: home, PORTCULLIS_CONFIG_DIR: config, ...env },
      cwd,
    });

  it('is found in this folder or above it, by its state folder, and by the profile of its name', async () => {
    const below = join(home, 'a', 'b');
    mkdirSync(below, { recursive: true });
    local(home, gateway.url);
    const file = join(home, '.local', 'env');
    expect(JSON.parse((await whoami(below)).stdout)).toMatchObject({
      project: { id: project.id },
      source: file,
    });
    const state = { PORTCULLIS_STATE_DIR: join(home, '.local') };
    expect(JSON.parse((await whoami(folder, state)).stdout)).toMatchObject({ source: file });
    await login(project.key);
    expect(JSON.parse((await whoami(below)).stdout)).toMatchObject({ source: 'profile default' });
    expect(JSON.parse((await whoami(below, {}, '--profile', 'local')).stdout)).toMatchObject({
      source: file,
    });
  });

  it.each(['https://gateway.invalid', 'http://127.0.0.1.gateway.invalid', 'nonsense', ''])(
    'is on this machine: a folder cannot send commands to %j',
    async (url) => {
      local(home, url);
      expect(await whoami(home)).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('names no gateway on this machine'),
      });
    },
  );
});

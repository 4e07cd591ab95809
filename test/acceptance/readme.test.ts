import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONFIG_PATH, type Gateway, patchConfig, send, startGateway } from '../support/gateway.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const run = promisify(execFile);

let gateway: Gateway;
let folder: string;

beforeAll(async () => {
  gateway = await startGateway();
  folder = mkdtempSync(join(tmpdir(), 'portcullis-readme-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await gateway.stop();
});

/** The fenced blocks of that language under that heading, in their order. */
function blocks(heading: string, language: string): string[] {
  const section = README.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    (match) => match[1] ?? '',
  );
}

/** Only the host, the address and the key are replaced. */
const filledIn = (example: string) =>
  example
    .replaceAll('https://gateway.example.com/your_mcp_url', gateway.mcpUrl)
    .replaceAll('https://gateway.example.com', gateway.url)
    .replaceAll('ak_your_api_key', gateway.key);

const gateIsUp = async () => {
  const answer = await send('GET', gateway.url + CONFIG_PATH, { 'x-api-key': gateway.key });
  return JSON.parse(answer.body).require_mcp_api_key;
};
const lower = () => patchConfig(gateway, gateway.key, { require_mcp_api_key: false });

const hasCommand = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const withCurl = hasCommand('curl', '--version') ? it : it.skip;
const withPython = hasCommand('python3', '-c', 'import requests') ? it : it.skip;

const bash = async (script: string) => {
  const source = script.replace('source .local/env', `source ${join(gateway.stateDir, 'env')}`);
  const { stdout } = await run('bash', ['-euc', `source ${join(gateway.stateDir, 'env')}\n${source}`]);
  return stdout.trimEnd();
};

describe('the examples of the README run as written, only the host replaced', () => {
  withCurl('curl', async () => {
    await lower();
    const [example] = blocks('Settings', 'bash');
    const output = await bash(filledIn(example ?? ''));
    expect(output).toContain('"require_mcp_api_key":true');
    expect(output).toContain('serverInfo');
    expect(await gateIsUp()).toBe(true);
  });

  withPython('Python', async () => {
    await lower();
    const [example] = blocks('Settings', 'python');
    const { stdout } = await run('python3', ['-c', filledIn(example ?? '')]);
    expect(stdout).toMatch(/^200 \{'require_mcp_api_key': True,/);
    expect(await gateIsUp()).toBe(true);
  });

  it('TypeScript', async () => {
    await lower();
    const [example] = blocks('Settings', 'typescript');
    const file = join(folder, 'example.mts');
    writeFileSync(file, filledIn(example ?? ''));
    const { stdout } = await run(process.execPath, [file]);
    expect(stdout).toMatch(/^200 \{/);
    expect(stdout).toContain('require_mcp_api_key: true');
    expect(await gateIsUp()).toBe(true);
  });

  withCurl('the keys: created, rotated, narrowed, revoked and listed', async () => {
    const output = await bash(blocks('Keys', 'sh')[0] ?? '');
    expect(output.match(/"key":"ak_[0-9A-Za-z]{36}"/g)).toHaveLength(2);
    const { items } = JSON.parse(output.slice(output.lastIndexOf('{"items"')));
    expect(items.map(({ name, status }: Record<string, string>) => [name, status])).toEqual([
      ['First key', 'active'],
      ['Agent', 'active'],
      ['CI', 'revoked'],
    ]);
  });

  withCurl('the second server and the second project', async () => {
    const output = await bash(blocks('Servers and projects', 'sh')[0] ?? '');
    expect(output).toMatch(/"mcp_url":"[^"]+"/);
    expect(output).toMatch(/"probe":\{"status":"ok"/);
    expect(output).toMatch(/"api_key":"ak_[0-9A-Za-z]{36}"/);
  });

  withCurl('who called what, and who would be refused', async () => {
    const output = await bash(blocks('Who called what, and who would be refused', 'sh')[0] ?? '');
    const answers = output
      .replaceAll('}{', '}\n{')
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers).toEqual([
      expect.objectContaining({ ready: expect.any(Boolean), callers: expect.any(Array) }),
      expect.objectContaining({ items: [expect.objectContaining({ outcome: expect.any(String) })] }),
      expect.objectContaining({ group_by: 'api_key' }),
      expect.objectContaining({ items: [expect.objectContaining({ action: expect.any(String) })] }),
      expect.objectContaining({ api_key: expect.objectContaining({ scopes: ['*'] }) }),
    ]);
  });

  withCurl('those of the page on attribution', async () => {
    const page = readFileSync(new URL('../../docs/attribution.md', import.meta.url), 'utf8');
    const scripts = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, script = '']) => script);
    expect(scripts).toHaveLength(2);
    const output = await bash(scripts.join('\n'));
    expect(output).not.toContain('"error"');
    expect(output).toContain('"ip":"192.0.2.7"');
  });
});

describe('the quick start of the README', () => {
  withCurl('answers what it says', async () => {
    await lower();
    const [, call, raise] = blocks('Quick start', 'sh');
    const [raised] = blocks('Quick start', 'json');
    const refused = /```\n(\{"error": .*?)```/s.exec(README)?.[1];
    const tools = await bash(call ?? '');
    expect(tools).toMatch(/\n200$/);
    expect(tools).toContain('"tools"');
    expect(`${await bash(raise ?? '')}\n`).toBe(raised);
    expect(`${await bash(call ?? '')}\n`).toBe(refused);
    const withKey = (call ?? '').replace(
      '"$PORTCULLIS_MCP_URL"',
      '"$PORTCULLIS_MCP_URL" -H "x-api-key: $PORTCULLIS_API_KEY"',
    );
    expect(await bash(withKey)).toBe(tools);
  });
});

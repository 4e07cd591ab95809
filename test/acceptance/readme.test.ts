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
    const [example] = blocks('The switch', 'bash');
    const output = await bash(filledIn(example ?? ''));
    expect(output).toContain('"require_mcp_api_key":true');
    expect(output).toContain('serverInfo');
    expect(await gateIsUp()).toBe(true);
  });

  withPython('Python', async () => {
    await lower();
    const [example] = blocks('The switch', 'python');
    const { stdout } = await run('python3', ['-c', filledIn(example ?? '')]);
    expect(stdout).toMatch(/^200 \{'require_mcp_api_key': True,/);
    expect(await gateIsUp()).toBe(true);
  });

  it('TypeScript', async () => {
    await lower();
    const [example] = blocks('The switch', 'typescript');
    const file = join(folder, 'example.mts');
    writeFileSync(file, filledIn(example ?? ''));
    const { stdout } = await run(process.execPath, [file]);
    expect(stdout).toMatch(/^200 \{/);
    expect(stdout).toContain('require_mcp_api_key: true');
    expect(await gateIsUp()).toBe(true);
  });
});

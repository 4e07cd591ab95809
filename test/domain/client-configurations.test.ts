import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { transformSync } from 'esbuild';
import {
  type ClientConfiguration,
  clientConfigurations,
} from '../../functions/domain/client-configurations.ts';

const DOCS = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
const EXAMPLE = { mcpUrl: 'https://gateway.example.com/your_mcp_url', name: 'portcullis' };

/** The sections of the clients, by their headings in the order of the page. */
const sections = DOCS.split(/^## /m)
  .slice(1)
  .map((section) => ({ title: section.slice(0, section.indexOf('\n')), text: section }))
  .filter(({ title }) => !['Which header', 'What was run', 'Without a key'].includes(title));

const blocksOf = (markdown: string) =>
  [...markdown.matchAll(/^```(\w+)\n(.*?)\n```$/gms)].map(([, language, content]) => ({ language, content }));

/** Addresses, and what stands for them in a configuration: the same where a URL may hold it. */
const ADDRESSES: readonly (readonly [why: string, mcpUrl: string, written: string])[] = [
  ['the example', EXAMPLE.mcpUrl, EXAMPLE.mcpUrl],
  ['a stage', 'https://x.example.com/prod/mcp_0', 'https://x.example.com/prod/mcp_0'],
  ['loopback', 'http://127.0.0.1:4010/mcp_0', 'http://127.0.0.1:4010/mcp_0'],
  ['what a URL may hold and a shell reads', "https://h/';id;'&(x)*?#!~[]", "https://h/';id;'&(x)*?#!~[]"],
  [
    'what a shell fills in',
    'https://h/$(id)`id`$PATH"; id "\\',
    'https://h/%24(id)%60id%60%24PATH%22;%20id%20%22%5C',
  ],
  [
    'what clients fill in',
    `https://h/\${env:A}{env:A}\${A}`,
    'https://h/%24%7Benv:A%7D%7Benv:A%7D%24%7BA%7D',
  ],
  ['new lines and controls', 'https://h/\n\r\u2028\0\x7f', 'https://h/%0A%0D%E2%80%A8%00%7F'],
  ['half a character', 'https://h/\ud800é', 'https://h/%EF%BF%BD%C3%A9'],
  ['no URL', "it's\n", "it's%0A"],
];

/** The clients of one language, each with every address. */
const cases = (language: ClientConfiguration['language']) =>
  ADDRESSES.flatMap(([why, mcpUrl, written]) =>
    clientConfigurations(EXAMPLE)
      .filter((configuration) => configuration.language === language)
      .map(({ client }) => [client, why, mcpUrl, written] as const),
  );

const contentOf = (client: string, mcpUrl: string): string =>
  clientConfigurations({ mcpUrl, name: 'Docs & Wiki' }).find((one) => one.client === client)?.content ?? '';

/** Every string inside, names of members included. */
const stringsOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, member]) => [name, ...stringsOf(member)])
    : [String(value)];

describe('the configurations and docs/clients.md are the same', () => {
  it('every client of the page has one, in the order of the page', () => {
    const titles = clientConfigurations(EXAMPLE).map(({ title }) => title);
    expect(titles).toEqual(sections.map(({ title }) => title));
  });

  it.each(sections)('$title stands there word for word, with its files', ({ title, text }) => {
    const configuration = clientConfigurations(EXAMPLE).find((one) => one.title === title);
    const { language, content, files = [] } = configuration ?? {};
    expect(blocksOf(text)[0]).toEqual({ language, content });
    const named = text.slice(0, text.indexOf('```')).matchAll(/`([^`\n]+\.(?:json|toml))`/g);
    expect(Array.from(named, ([, file]) => file).toSorted()).toEqual(files.toSorted());
  });

  it('the header named is the one that carries the key', () => {
    const carriers = {
      authorization: /Bearer (ak_your_api_key|\$\{)|bearer_token_env_var|"authorization_token"/,
      'x-api-key': /x-api-key["']?: ?["']?(\$PORTCULLIS|ak_your|\{env:PORTCULLIS|process\.env\.PORTCULLIS)/,
    };
    for (const { content, header } of clientConfigurations(EXAMPLE)) {
      const found = Object.entries(carriers).filter(([, carrier]) => carrier.test(content));
      expect(found.map(([name]) => name)).toEqual([header]);
    }
  });

  it('each goes by a name that stays, to a place of one kind', () => {
    const configurations = clientConfigurations(EXAMPLE);
    const byKind = Map.groupBy(configurations, ({ kind }) => kind);
    const named = [...byKind].map(([kind, ones]) => [kind, ones.map(({ client }) => client).join(' ')]);
    expect(Object.fromEntries(named)).toEqual({
      file:
        'claude-code codex gemini-cli opencode mcp-remote cursor vs-code copilot-cli windsurf zed antigravity cline kiro ' +
        'qwen-code roo-code',
      command: 'mcp-inspector anthropic-api openai-responses-api',
      code: 'typescript-sdk-v1 typescript-sdk-v2',
      settings: 'claude-ai',
    });
    for (const { kind, files } of configurations) expect(files.length > 0).toBe(kind === 'file');
  });
});

describe('the name of the entry', () => {
  it.each([
    ['Docs & Wiki', 'docs-wiki'],
    ['  --Docs--  ', 'docs'],
    ['a - b', 'a-b'],
    ['snake_case', 'snake-case'],
    ['9 lives', '9-lives'],
    ['"]\n[evil]', 'evil'],
    ['', 'portcullis'],
    ['文書', 'portcullis'],
    ['x'.repeat(100), 'x'.repeat(40)],
    [`${'x'.repeat(39)} y`, 'x'.repeat(39)],
  ])('of %j is %s', (name, key) => {
    const cursor = clientConfigurations({ ...EXAMPLE, name }).find(({ client }) => client === 'cursor');
    expect(Object.keys(JSON.parse(cursor?.content ?? '').mcpServers)).toEqual([key]);
  });

  it.each([
    ['9 lives', 'portcullis-9-lives'],
    ['lives 9', 'lives-9'],
  ])('of %j starts with a letter for OpenAI, which refuses others: %s', (name, expected) => {
    const contents = clientConfigurations({ ...EXAMPLE, name }).map(({ content }) => content);
    const labels = contents.flatMap((content) => /"server_label": "(.*?)"/.exec(content)?.[1] ?? []);
    expect(labels).toEqual([expected]);
  });
});

describe('an address is data, whatever it holds', () => {
  it.each(cases('json'))('%s: %s', (client, _why, mcpUrl, written) => {
    const content = contentOf(client, mcpUrl);
    const strings = stringsOf(JSON.parse(content));
    expect(strings).toContain(written);
    expect(strings).toContain('docs-wiki');
  });

  // Visible ASCII without control characters: a basic string of TOML and a string of JSON are then the same.
  it.each(cases('toml'))('%s: %s', (client, _why, mcpUrl, written) => {
    const content = contentOf(client, mcpUrl);
    const [table, url, ...rest] = content.split('\n');
    expect(table).toBe('[mcp_servers.docs-wiki]');
    expect(url).toMatch(/^url = "[\x20-\x7e]*"$/);
    expect(JSON.parse(url?.slice('url = '.length) ?? '')).toBe(written);
    expect(rest).toEqual(['bearer_token_env_var = "PORTCULLIS_API_KEY"']);
  });

  it.each(cases('text'))('%s: %s', (client, _why, mcpUrl, written) => {
    const content = contentOf(client, mcpUrl);
    expect(content.split('\n')).toHaveLength(5);
    expect(content).toContain(`\nAddress: ${written}\n`);
  });

  it.each(cases('typescript'))('%s: %s', async (client, _why, mcpUrl, written) => {
    const content = contentOf(client, mcpUrl);
    const { code } = transformSync(content, { loader: 'ts', format: 'esm', charset: 'utf8' });
    expect(await addressOf(code)).toBe(written);
  });

  const withBash = spawnSync('bash', ['-c', 'true']).status === 0 ? it : it.skip;
  withBash.each(cases('sh'))('%s: %s', (client, _why, mcpUrl, written) => {
    const content = contentOf(client, mcpUrl);
    const commands = commandsOf(content);
    expect(commands).toHaveLength(1);
    const words = commands[0] ?? [];
    const body = words[words.indexOf('-d') + 1] ?? '';
    expect(words[0] === 'curl' ? stringsOf(JSON.parse(body)) : words).toContain(written);
  });
});

/** Runs the code with a client that connects nowhere. */
async function addressOf(code: string): Promise<string | undefined> {
  const addresses: string[] = [];
  class Client {
    async connect() {}
  }
  class Transport {
    constructor(url: Url) {
      addresses.push(url.text);
    }
  }
  /** The text itself, not what a URL makes of it. */
  class Url {
    readonly text: string;
    constructor(text: string) {
      this.text = text;
    }
  }
  const body = code.replace(/^import .*$/gm, '');
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  await new AsyncFunction('Client', 'StreamableHTTPClientTransport', 'URL', body)(Client, Transport, Url);
  return addresses[0];
}

/** What a shell would run, each command as its words. Nothing is run: each command is a function that tells its words. */
function commandsOf(script: string): string[][] {
  const tell = ['claude', 'npx', 'curl']
    .map((name) => `${name}() { printf '%s\\0' ${name} "$@"; printf '\\n\\0'; }`)
    .join('\n');
  const { status, stdout, stderr } = spawnSync('bash', ['-euc', `PATH=\n${tell}\n${script}`], {
    encoding: 'utf8',
    // With a socket for its input bash takes itself for a remote shell, and reads the machine's own start files.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PORTCULLIS_API_KEY: 'ak_a', ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'o' },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .split('\0\n\0')
    .slice(0, -1)
    .map((words) => words.split('\0'));
}

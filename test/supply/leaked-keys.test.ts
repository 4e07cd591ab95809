/** A key that leaked can be found: by what docs/keys.md gives to scanners. And none has leaked into this repository. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from '@decimalturn/toml-patch';
import { afterAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { generateKey, isWellFormedKey, type KeyPrefix, maskKey } from '../../functions/domain/api-key.ts';
import { newProjectId } from '../../functions/domain/ids.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { keysIn } from '../attack/input/printed-keys.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/keys.md'), 'utf8');
const block = (language: string) =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';

const gitleaks = z
  .object({
    extend: z.object({ useDefault: z.literal(true) }),
    rules: z.tuple([
      z.object({
        id: z.string(),
        description: z.string(),
        regex: z.string(),
        secretGroup: z.literal(1),
        keywords: z.tuple([z.string()]),
      }),
    ]),
  })
  .parse(parse(block('toml')));
const [rule] = gitleaks.rules;
const PREFIXES: KeyPrefix[] = ['ak_', 'oak_'];
const prefixOf = (key: string): KeyPrefix => (key.startsWith('o') ? 'oak_' : 'ak_');

const folder = mkdtempSync(join(tmpdir(), 'portcullis-leaked-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** @returns what the pattern finds: its first group, as gitleaks takes it */
const found = (text: string) => [...text.matchAll(new RegExp(rule.regex, 'g'))].map((match) => match[1]);

describe('the pattern for scanners', () => {
  const PLACES = [
    (key: string) => key,
    (key: string) => `PORTCULLIS_API_KEY=${key}\n`,
    (key: string) => `{"headers":{"x-api-key":"${key}"}}`,
    (key: string) => `Authorization: Bearer ${key}`,
    (key: string) => `https://example.com/?key=${key}&more=1`,
    (key: string) => `curl -H 'x-api-key: ${key}'`,
    (key: string) => JSON.stringify(`one line\n${key}\nanother`),
    (key: string) => encodeURIComponent(`key=${key}&`),
  ];

  it.each(PREFIXES)('finds every key that begins with %s, once and whole, wherever it stands', (prefix) => {
    for (let round = 0; round < 200; round++) {
      const key = generateKey(prefix);
      for (const place of PLACES) expect(found(place(key))).toEqual([key]);
    }
  });

  it('has a keyword that stands in every key as gitleaks compares it, in lower case', () => {
    for (const prefix of PREFIXES) expect(generateKey(prefix).toLowerCase()).toContain(rule.keywords[0]);
  });

  it('is one that RE2 takes: it looks neither ahead nor back', () => {
    expect(rule.regex).not.toMatch(/\(\?[^:]|\\[1-9]/);
  });

  it('and those for GitHub find the same', () => {
    const [format, ...ofPartners] = [...page.matchAll(/`((?:\\b)?(?:o\??)?ak_\[[^`]*)`/g)].map(
      ([, pattern = '']) => pattern,
    );
    expect(ofPartners).toHaveLength(2);
    // What GitHub proposes to stand before and after: https://docs.github.com/en/code-security/reference/secret-security/custom-patterns
    const custom = new RegExp(`(?:^|[^0-9A-Za-z])(${format})(?:$|[^0-9A-Za-z])`);
    for (const prefix of PREFIXES) {
      const key = generateKey(prefix);
      expect(custom.exec(`key: "${key}"`)?.[1]).toBe(key);
      const names = ofPartners.filter((pattern) => new RegExp(pattern).test(key));
      expect(names).toEqual([expect.stringContaining(`\\b${prefix}`)]);
    }
  });

  const key = generateKey('ak_');
  it.each([
    ['a masked key', maskKey('ak_', key)],
    ['a key that is cut', key.slice(0, -1)],
    ['a longer word', `${key}x`],
    ['a word that ends like one', `flak_${key.slice(3)}`],
    ['a project', newProjectId()],
    ['the address of a server', newSlug(newProjectId())],
    ['a UUID', 'ak_7f1d0c3e-6f0c-4e9a-9d0b-2f4b1a7c9e10'],
    ['the placeholder of the documentation', 'ak_your_api_key'],
  ])('finds nothing in %s', (_, text) => {
    expect(found(` ${text} `)).toEqual([]);
  });
});

describe('the check of what was found, as the page has it', () => {
  const check = async (texts: readonly string[]) => {
    const file = join(folder, 'is-key.mjs');
    writeFileSync(file, block('js'));
    const { stdout } = await promisify(execFile)(process.execPath, [file, ...texts]);
    return stdout.trim().split('\n');
  };

  it('knows a key from what only looks like one', async () => {
    const keys = PREFIXES.flatMap((prefix) => Array.from({ length: 50 }, () => generateKey(prefix)));
    const others = keys.map((key) => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0'));
    expect(others.every((text) => !isWellFormedKey(prefixOf(text), text))).toBe(true);
    expect(await check([...keys, ...others])).toEqual([
      ...keys.map(() => 'key'),
      ...others.map(() => 'none'),
    ]);
    expect(await check(['ak_', '', 'ak_your_api_key'])).toEqual(['none', 'none', 'none']);
  });
});

describe('this repository', () => {
  /** Nobody's, and those of a store that was thrown away, whose items the compatibility tests keep. */
  const KNOWN = {
    'test/acceptance/attribution.test.ts': ['ak_**UaE7'],
    'test/acceptance/isolation.test.ts': ['ak_**UaE7'],
    'test/compatibility/items-0.1.0.json': [
      ...['ak_**562D', 'ak_**ATwB', 'ak_**B2lk', 'ak_**H0tz', 'ak_**WFU6', 'ak_**jtEo', 'ak_**m6wG'],
      'oak_**l7Xb',
    ],
  };

  it('holds no key but those that open nothing', () => {
    const ignored = readFileSync(join(ROOT, '.gitignore'), 'utf8')
      .split('\n')
      .map((line) => line.replace(/\/$/, ''));
    const files = readdirSync(ROOT, { withFileTypes: true })
      .filter(({ name }) => name !== '.git' && !ignored.includes(name))
      .flatMap((entry) =>
        entry.isDirectory()
          ? readdirSync(join(ROOT, entry.name), { withFileTypes: true, recursive: true })
          : [entry],
      )
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    expect(files.length).toBeGreaterThan(700);
    const keys = files.flatMap((path) => {
      const masked = [...new Set(keysIn(readFileSync(path, 'latin1')))];
      return masked.length > 0 ? [[relative(ROOT, path), masked.toSorted()]] : [];
    });
    expect(Object.fromEntries(keys)).toEqual(KNOWN);
  });
});

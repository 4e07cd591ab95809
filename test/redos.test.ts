/**
 * An engine that backtracks can be made to spend the square of a text's length, or more, on a careless regular expression. Each
 * one of ours is judged by recheck; what is vulnerable and yet no danger stands below, with the reason.
 *
 * What looks ahead or behind, or counts far, recheck can only fuzz, by the clock and in minutes: `PORTCULLIS_EXHAUSTIVE=1` judges
 * those too, and believes in a danger when Node itself is slow with the text that recheck has found.
 */
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from '@swc/core';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = globSync('{functions,local,cli,client,infra,dashboard}/**/*.{ts,tsx}', { cwd: ROOT });

/** The build in plain JavaScript: the other ones start a program of their own. */
const { checkSync }: typeof import('recheck') = createRequire(import.meta.url)('recheck/lib/browser.js');

/** Vulnerable by form, and yet no danger: nobody else can give it a long text. */
const HARMLESS: Readonly<Record<string, string>> = {
  [String(/ \(.*\)$/)]: 'the titles of MCP clients, which are our own',
  [String(/\/+$/)]: 'the address of a gateway, as its own user writes it',
  [String(/^[^\s@]+@[^\s@]+\.[^\s@]+$/)]: 'an option of the deployer',
  [String(/\$\{(!?)([^}]+)\}/g)]: 'the template of the stack, which is our own',
  [String(/\s*\/\*# sourceMappingURL=[^*]+\*\/\s*$/)]: 'a file of the build',
  [String(/url\(data:font\/woff2;base64,([^)]+)\)/g)]: 'a file of the build',
  [String(
    /^(?:EPROTO|ERR_SSL_\w+|ERR_TLS_\w+|\w*CERT_\w+|\w+_CERT|UNABLE_TO_\w+|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/,
  )]: 'the code of an error of Node',
};

/** Those that recheck needs seconds for: judged with `PORTCULLIS_EXHAUSTIVE=1`. */
const SLOW: readonly string[] = [
  /\b(?:bearer|basic)\s{1,8}([\w.~+/=-]{8,})/gi,
  /(?:(?:bearer|basic|digest|token)\s{1,8})?[^\s&"'`<>]*/iy,
  /:lambda:path\/(?<version>[\d-]+)\/functions\/(?<arn>arn:[^/]+)\/(?<action>invocations|response-streaming-invocations)$/,
  /^(method\.request\.header|method\.request\.querystring|stageVariables)\.(.+)$/,
  /\bstatusCode"?\s*:\s*"?(\d{3})\b/,
  /^arn:[\w-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
  /^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
  /^arn:[\w-]+:sns:[a-z0-9-]+:\d{12}:[\w-]+$/,
  /\$context\.([A-Za-z_]\w*(?:\.\w+)*)/g,
  /^\/2015-03-31\/functions\/(?<name>[^/?]+)\/invocations$/,
  /(?:from |import\()['"](\.[^'"]+)['"]/g,
  /^rate\((?:(?<one>1) (?<unit>minute|hour|day)|(?<more>[2-9]|[1-9]\d+) (?<units>minute|hour|day)s)\)$/,
].map(String);
/** Zod's own for a time takes half a minute. */
const isSlow = (written: string): boolean => SLOW.includes(written) || written.length > 200;
const isExhaustive = process.env.PORTCULLIS_EXHAUSTIVE === '1';
const EXHAUSTIVE_MS = 900_000;

/** Whether it repeats anything without a bound: what does not is done with a text after a fixed time at each place. */
const repeats = (written: string): boolean => /[*+]|\{\d+,\}/.test(written);

/** Whether recheck can only fuzz it. */
const isFuzzed = (written: string): boolean =>
  /\(\?<?[=!]/.test(written) ||
  [...written.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].some(([, least, most]) => Number(most || least) >= 16);

/** Modules that make regular expressions out of parts when they are loaded. */
const MAKERS = [
  '../functions/domain/api-key.ts',
  '../functions/domain/ids.ts',
  '../functions/domain/mcp-server.ts',
  '../functions/domain/origin.ts',
  '../functions/http/answers.ts',
  '../functions/http/schemas.ts',
  '../functions/records/client-text.ts',
  '../functions/records/read.ts',
  '../functions/secrets/envelope.ts',
];
/** And those that make them later: of a text that is theirs or the template's, and no client's. */
const LATER_MAKERS = [
  'cli/resolve.ts',
  'infra/settings.ts',
  'local/rest-api/mock.ts',
  'local/rest-api/policy.ts',
];

/** By how it is written, where it stands. */
const found = new Map<string, string>();

beforeAll(async () => {
  for (const file of FILES) {
    const syntax = { syntax: 'typescript', tsx: file.endsWith('.tsx'), target: 'es2024' } as const;
    for (const { pattern, flags } of literals(await parse(readFileSync(`${ROOT}/${file}`, 'utf8'), syntax))) {
      found.set(`/${pattern}/${flags}`, file);
    }
  }
  const { RegExp: Original } = globalThis;
  globalThis.RegExp = new Proxy(Original, {
    construct(target, [source, flags]: [string, string?]) {
      const made = new target(source, flags);
      const maker = /functions\/[\w/-]+\.ts/.exec(new Error().stack ?? '')?.[0];
      if (maker !== undefined) found.set(String(made), maker);
      return made;
    },
  });
  for (const module of MAKERS) await import(module);
  globalThis.RegExp = Original;
});

interface RegExpLiteral {
  readonly pattern: string;
  readonly flags: string;
}

function literals(node: unknown): RegExpLiteral[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('type' in node && node.type === 'RegExpLiteral') return [node as unknown as RegExpLiteral];
  return Object.values(node).flatMap(literals);
}

describe('a regular expression', () => {
  it('is found, whether it is written as one or made out of parts', () => {
    expect(found.size).toBeGreaterThan(180);
    expect(found.get(String(/^bearer[ \t]+(?![ \t])(.+)$/is))).toBe('functions/domain/credential.ts');
    expect([...found.values()]).toEqual(expect.arrayContaining(MAKERS.map((module) => module.slice(3))));
    const makers = FILES.filter((file) => /\bRegExp\(/.test(readFileSync(`${ROOT}/${file}`, 'utf8')));
    expect(makers.toSorted()).toEqual(
      [...MAKERS.map((module) => module.slice(3)), ...LATER_MAKERS].toSorted(),
    );
  });

  it('cannot be made slow by a text', () => {
    const dangers = judged(
      (written) => repeats(written) && !isFuzzed(written) && (isExhaustive || !isSlow(written)),
    )
      .map(([written, file]) => [file, written, verdictOn(written, 'automaton').status])
      .filter(([, , status]) => status !== 'safe');
    expect(dangers).toEqual([]);
  });

  if (isExhaustive)
    it(
      'that looks around or counts far is not slow with the worst text that is found',
      () => {
        const dangers = judged(isFuzzed).filter(([written]) => {
          const verdict = verdictOn(written, 'fuzz');
          if (verdict.status !== 'vulnerable') return false;
          const { source, flags } = partsOf(written);
          const startedAt = performance.now();
          new RegExp(source, flags).exec(verdict.attack.string);
          return performance.now() - startedAt > 1_000;
        });
        expect(dangers).toEqual([]);
      },
      EXHAUSTIVE_MS,
    );

  it('that is vulnerable is found to be so', () => {
    expect(verdictOn(String(/"(?:[^"\\]|\\.)*"/g), 'automaton').status).toBe('vulnerable');
    expect(verdictOn(String(/^(a+)+$/), 'automaton').status).toBe('vulnerable');
  });

  it('that is listed here is still there', () => {
    expect([...Object.keys(HARMLESS), ...SLOW].filter((written) => !found.has(written))).toEqual([]);
  });
});

const judged = (which: (written: string) => boolean) =>
  [...found].filter(([written]) => !(written in HARMLESS) && which(written));

function partsOf(written: string): { source: string; flags: string } {
  const end = written.lastIndexOf('/');
  return { source: written.slice(1, end), flags: written.slice(end + 1) };
}

function verdictOn(written: string, checker: 'automaton' | 'fuzz') {
  const { source, flags } = partsOf(written);
  return checkSync(source, flags, { checker, timeout: checker === 'automaton' ? null : 60_000 });
}

import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A room: where a file stands, or what an import reaches. Packages are rooms under their own names. */
function room(path: string): string {
  if (/^functions\/(domain|table|secrets|http|upstream|records|background)\//.test(path))
    return path.split('/').slice(0, 2).join('/');
  if (['functions/environment.ts', 'client/generate.ts'].includes(path)) return path;
  if (/^functions\/[^/]+\.ts$/.test(path)) return 'functions/entry';
  return path.split('/')[0] ?? path;
}

const SECRETS_SDK = ['@aws-sdk/client-kms', '@aws-sdk/client-secrets-manager'];
const BACKGROUND_SDK = '@aws-sdk/client-lambda';

/**
 * Who may import whom. What a rule does not name is forbidden among our own rooms; packages are free unless a rule
 * says otherwise.
 */
const MAY_IMPORT: Record<string, (target: string) => boolean> = {
  'functions/domain': (target) => target === 'functions/domain' || target === 'node:crypto',
  'functions/environment.ts': () => false,
  'functions/table': (target) =>
    ['functions/table', 'functions/domain'].includes(target) || isPackage(target),
  'functions/secrets': (target) =>
    ['functions/secrets', 'functions/domain', 'node:crypto', ...SECRETS_SDK].includes(target),
  'functions/http': (target) =>
    ['functions/http', 'functions/domain'].includes(target) || (isPackage(target) && !isSdk(target)),
  'functions/upstream': (target) =>
    ['functions/upstream', 'functions/domain'].includes(target) || (isPackage(target) && !isSdk(target)),
  'functions/records': (target) =>
    ['functions/records', 'functions/domain', 'functions/upstream'].includes(target) ||
    (isPackage(target) && !isSdk(target)),
  'functions/background': (target) =>
    ['functions/background', 'functions/domain', BACKGROUND_SDK].includes(target),
  'functions/entry': (target) =>
    (target.startsWith('functions/') && target !== 'functions/entry') ||
    (isPackage(target) && !isSdk(target)),
  infra: (target) =>
    ['infra', 'functions/environment.ts', 'functions/domain', 'functions/table/layout.ts'].includes(target) ||
    isPackage(target),
  local: (target) => target === 'local' || isPackage(target),
  // Browsers load it too.
  client: (target) => target === 'client' || (isPackage(target) && !target.startsWith('node:')),
  'client/generate.ts': (target) => ['client', 'functions/http'].includes(target) || isPackage(target),
  // What stands in the files of MCP clients is the command line's own: no gateway is to write commands into them.
  cli: (target) => ['cli', 'client', 'functions/domain'].includes(target) || isPackage(target),
  // It speaks to the API as everybody does, and runs in browsers.
  dashboard: (target) =>
    ['dashboard', 'client'].includes(target) || (isPackage(target) && !target.startsWith('node:')),
};

const OWN_ROOMS = ['functions', 'infra', 'local', 'cli', 'client', 'dashboard', 'bench', 'test'];
const isPackage = (target: string) => !OWN_ROOMS.includes(target.split('/')[0] ?? '');
const isSdk = (target: string) => target.startsWith('@aws-sdk/') || target.startsWith('@smithy/');

interface Import {
  readonly from: string;
  readonly target: string;
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const specifiers = [
    ...source.matchAll(
      /(?:^|[\s;])(?:import|export)\s[^'"();]*?from\s*['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]/g,
    ),
  ];
  return specifiers.map((match) => {
    const specifier = match[1] ?? match[2] ?? '';
    const path = specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), specifier)) : specifier;
    return { from: file, target: path };
  });
}

const files = globSync(
  [
    'functions/**/*.ts',
    'infra/**/*.ts',
    'local/**/*.ts',
    'cli/**/*.ts',
    'client/**/*.ts',
    'dashboard/**/*.{ts,tsx}',
  ],
  {
    cwd: ROOT,
  },
);

describe('who imports whom', () => {
  it('finds the imports', () => {
    expect(importsOf('functions/authorizer.ts').map(({ target }) => target)).toContain(
      'functions/domain/access.ts',
    );
    expect(importsOf('functions/table/server-directory.ts').map(({ target }) => target)).toContain(
      'functions/table/item-reader.ts',
    );
  });

  it.each(Object.keys(MAY_IMPORT))('%s keeps to its rule', (from) => {
    const violations = files
      .filter((file) => room(file) === from)
      .flatMap(importsOf)
      .filter(({ target }) => {
        const reached = from === 'infra' && target === 'functions/table/layout.ts' ? target : room(target);
        return MAY_IMPORT[from]?.(isPackage(target) ? target : reached) !== true;
      });
    expect(violations).toEqual([]);
  });

  it('every source file stands in a room with a rule', () => {
    expect(files.filter((file) => MAY_IMPORT[room(file)] === undefined)).toEqual([]);
  });

  it('each service of AWS is spoken to by one room', () => {
    const speakers = (target: string) => {
      if (target === BACKGROUND_SDK) return 'functions/background';
      return SECRETS_SDK.includes(target) ? 'functions/secrets' : 'functions/table';
    };
    const violations = files
      .filter((file) => file.startsWith('functions/'))
      .flatMap(importsOf)
      .filter(({ from, target }) => isSdk(target) && room(from) !== speakers(target));
    expect(violations).toEqual([]);
  });

  it('nobody holds the MCP SDK but the probe, which is a client itself', () => {
    const violations = files
      .filter((file) => file.startsWith('functions/'))
      .flatMap(importsOf)
      .filter(({ target }) => target.startsWith('@modelcontextprotocol/'))
      .filter(({ from }) => from !== 'functions/upstream/probe.ts');
    expect(violations).toEqual([]);
  });
});

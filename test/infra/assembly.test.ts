import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import type { FunctionName } from '../../infra/functions.ts';
import { functionNames, SynthesizedStack } from './synthesized.ts';

const APP = fileURLToPath(new URL('../../infra/app.ts', import.meta.url));
const outdir = mkdtempSync(join(tmpdir(), 'portcullis-assembly-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** No credentials, no region, no home: what `cdk synth` has on a machine that has never seen AWS. */
execFileSync(process.execPath, [APP], {
  cwd: tmpdir(),
  env: { CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: '{"portcullis:cacheSeconds":"7"}' },
});
const stack = new SynthesizedStack(
  Template.fromJSON(JSON.parse(readFileSync(join(outdir, 'Portcullis.template.json'), 'utf8'))),
  'Portcullis',
);

test('the app is synthesised from any folder without an account, and reads its context', () => {
  expect(JSON.stringify(stack.functionProperties('authorizer').Environment)).toContain('"7"');
});

test('the template is for any account and region', () => {
  const manifest = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8'));
  expect(manifest.artifacts.Portcullis.environment).toBe('aws://unknown-account/unknown-region');
});

const WEB_FILE = /^(assets\.json|[\w-]+\.[0-9a-f]{16}\.((css|js)\.(br|gz)|woff2))$/;

describe.each(functionNames())('the bundle of %s', (name) => {
  const properties = stack.functionProperties(name);
  const folder = join(outdir, `asset.${basename(properties.Code.S3Key, '.zip')}`);

  test('loads with the variables that the stack gives it, and exports a handler', () => {
    expect(loadedIn(folder, properties.Environment?.Variables ?? {})).toBe('function');
  });

  test('holds modules, and what a page is made of: no source map, no metafile', () => {
    const others = readdirSync(folder).filter((file) => !file.endsWith('.mjs'));
    expect(others.every((file) => name === 'web' && WEB_FILE.test(file))).toBe(true);
    expect(readdirSync(folder)).toContain('index.mjs');
  });

  test('names no path of the machine that made it', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const naming = readdirSync(folder).filter((file) =>
      readFileSync(join(folder, file), 'utf8').includes(root),
    );
    expect(naming).toEqual([]);
  });
});

const AUTHORIZER_LIMIT_BYTES = 130_000;

const folderOf = (name: FunctionName) =>
  join(outdir, `asset.${basename(stack.functionProperties(name).Code.S3Key, '.zip')}`);

test('the bundle of the authorizer, which stands in front of every call, is at most 130 KB', () => {
  const folder = folderOf('authorizer');
  const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  expect(bytes).toBeLessThanOrEqual(AUTHORIZER_LIMIT_BYTES);
});

/** How each client of the SDK names itself to what it asks for. */
const SDK_OF_DYNAMODB = '@aws-sdk/client-dynamodb';

/** The files that a start loads: the entry, and what is imported statically from there. */
function loadedFiles(folder: string): Set<string> {
  const loaded = new Set<string>();
  const load = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    const imports = readFileSync(join(folder, file), 'utf8').matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g);
    for (const [, imported = ''] of imports) load(imported);
  };
  load('index.mjs');
  return loaded;
}

test.each(['authorizer', 'mcp'] as const)(
  'the start of %s does not wait for the WebSocket and fetch of node:http',
  (name) => {
    const folder = folderOf(name);
    const importing = [...loadedFiles(folder)].filter((file) =>
      /(?:from|import)\s*"node:http"/.test(readFileSync(join(folder, file), 'utf8')),
    );
    expect(importing).toEqual([]);
  },
);

describe('the relay', () => {
  const folder = folderOf('mcp');
  const source = (file: string) => readFileSync(join(folder, file), 'utf8');
  const loaded = loadedFiles(folder);
  const holding = (text: string) => readdirSync(folder).filter((file) => source(file).includes(text));

  test.each([
    ['KMS', 'TrentService'],
    ['Secrets Manager', '@aws-sdk/client-secrets-manager'],
  ])('does not load the SDK of %s until it calls it', (_service, mark) => {
    const client = holding(mark);
    expect(client).not.toEqual([]);
    expect(client.filter((file) => loaded.has(file))).toEqual([]);
  });

  test('does not load what masks a payload until an answer has left', () => {
    const rules = holding('enableIDScanRule');
    expect(rules).not.toEqual([]);
    expect(rules.filter((file) => loaded.has(file))).toEqual([]);
  });

  test('loads at most 100 KB at its start', () => {
    const bytes = [...loaded].reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    expect(bytes).toBeLessThanOrEqual(100_000);
  });

  test('holds no SDK of DynamoDB', () => {
    const files = readdirSync(folderOf('api-keys')).map((file) => join(folderOf('api-keys'), file));
    expect(files.some((file) => readFileSync(file, 'utf8').includes(SDK_OF_DYNAMODB))).toBe(true);
    expect(holding(SDK_OF_DYNAMODB)).toEqual([]);
  });

  test('holds no MCP SDK', () => expect(holding('io.modelcontextprotocol/clientCapabilities')).toEqual([]));
});

/** Imports the bundle as Lambda does, in a process with these variables alone, and tells the type of its handler. */
function loadedIn(folder: string, variables: Record<string, unknown>): string {
  const script = `
    globalThis.awslambda = { streamifyResponse: (handler) => handler, HttpResponseStream: { from: (stream) => stream } };
    const { handler } = await import(${JSON.stringify(pathToFileURL(join(folder, 'index.mjs')).href)});
    process.stdout.write(typeof handler);
    process.exit();`;
  const values = Object.entries(variables).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : 'a-reference',
  ]);
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...Object.fromEntries(values), AWS_REGION: 'eu-central-1' },
    encoding: 'utf8',
  });
}

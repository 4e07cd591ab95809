import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
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
);

test('the app is synthesised from any folder without an account, and reads its context', () => {
  expect(JSON.stringify(stack.functionProperties('authorizer').Environment)).toContain('"7"');
});

test('the template is for any account and region', () => {
  const manifest = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8'));
  expect(manifest.artifacts.Portcullis.environment).toBe('aws://unknown-account/unknown-region');
});

describe.each(functionNames())('the bundle of %s', (name) => {
  const properties = stack.functionProperties(name);
  const folder = join(outdir, `asset.${basename(properties.Code.S3Key, '.zip')}`);

  test('loads with the variables that the stack gives it, and exports a handler', () => {
    expect(loadedIn(folder, properties.Environment?.Variables ?? {})).toBe('function');
  });

  test('holds modules alone: no source map, no metafile', () => {
    expect(readdirSync(folder).filter((file) => !file.endsWith('.mjs'))).toEqual([]);
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

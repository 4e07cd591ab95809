import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { TemplateStack } from '../../infra/template-stack.ts';
import { synthesize } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

const APP = fileURLToPath(new URL('../../infra/template-app.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'portcullis-template-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a resource waits for is a set. */
const normalized = (template: object) =>
  JSON.parse(JSON.stringify(template), (name, value) =>
    name === 'DependsOn' ? [value].flat().toSorted() : value,
  );

/** @returns the template of the app with this context, and the file that has it */
function deployed(context: Record<string, unknown>) {
  const { template: synthesized, stackName: name } = synthesize(context);
  const template = synthesized.toJSON();
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(template));
  return { name, template, file };
}

describe('the way back deploys a template as it was', () => {
  it.each(Object.entries(VARIANTS))('%s', (_, context) => {
    const { name, template, file } = deployed(context);
    const again = Template.fromStack(new TemplateStack(new App(), name, { templateFile: file })).toJSON();
    expect(normalized(again)).toEqual(normalized(template));
  });

  it.each(Object.entries(VARIANTS))('%s, of which CloudFormation tells every character', (_, context) => {
    // What is not ASCII it tells as question marks.
    const { template } = deployed(context);
    expect(JSON.stringify(template).match(/\P{ASCII}/gu)).toBeNull();
  });

  it('through its app', async () => {
    const { name, template, file } = deployed({});
    await promisify(execFile)(process.execPath, [APP, name, file], { env: { CDK_OUTDIR: folder } });
    const again = JSON.parse(readFileSync(join(folder, `${name}.template.json`), 'utf8'));
    expect(normalized(again)).toEqual(normalized(template));
  });
});

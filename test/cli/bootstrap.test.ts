import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { awsJsonListener } from '../../local/aws-services/json-protocol.ts';
import { type KeptSecret, replaced, secretsManager } from '../../local/aws-services/secrets-manager.ts';
import { rootSecretString } from '../support/aws-services.ts';

const CLI = fileURLToPath(new URL('../../cli/portcullis.ts', import.meta.url));
const ORGANIZATION_KEY = `oak_${'0'.repeat(36)}`;

const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:root-abcdef';

/** What CloudFormation has: the outputs of each stack. */
const STACKS: Record<string, Record<string, string>> = {
  Portcullis: {
    ApiUrl: 'https://api.example.invalid/prod/',
    BootstrapFunctionName: 'ours',
    RootSecretArn: SECRET_ARN,
  },
  Failing: { BootstrapFunctionName: 'failing' },
  Unheard: { BootstrapFunctionName: 'unheard' },
  Forbidden: { BootstrapFunctionName: 'forbidden' },
  Older: { BootstrapFunctionName: 'ours' },
  Tools: {
    OtherApiUrl: 'https://other.example.invalid',
    GatewayApiUrl7F3A01BC: 'https://mcp.example.invalid',
    GatewayBootstrapFunctionName0A1B2C3D: 'theirs',
  },
  Empty: {},
};
/** The root secret, as Secrets Manager keeps it, and how often a value of it was asked for or put. */
let secret: KeptSecret;
let puts = 0;
const answerForSecrets = awsJsonListener(
  secretsManager([
    {
      arn: SECRET_ARN,
      read: () => secret,
      write: (written) => {
        puts++;
        secret = written;
      },
    },
  ]),
);
const invoked: { name: string; payload: unknown }[] = [];

/** CloudFormation's and Lambda's answers, over HTTP as they give them. */
const server = createServer(async (request, response) => {
  if (request.headers['x-amz-target'] !== undefined) return answerForSecrets(request, response);
  const body = await text(request);
  const [status, answer, headers] = answered(request, body);
  if (status === 0) return void request.socket.destroy();
  response.writeHead(status, {
    ...headers,
    'content-type': status === 200 && answer.startsWith('{') ? 'application/json' : 'text/xml',
  });
  response.end(answer);
});
let environment: NodeJS.ProcessEnv;

function answered(
  { url = '' }: IncomingMessage,
  body: string,
): [status: number, answer: string, headers?: Record<string, string>] {
  const name = /\/functions\/([^/]+)\/invocations/.exec(url)?.[1];
  if (name !== undefined) {
    invoked.push({ name, payload: JSON.parse(body) });
    if (name === 'unheard') return [0, ''];
    if (name === 'failing') return [200, '{"errorMessage":"no"}', { 'x-amz-function-error': 'Unhandled' }];
    if (name === 'forbidden') {
      const message = 'User: x is not authorized to perform: lambda:InvokeFunction';
      return [403, JSON.stringify({ Message: message }), { 'x-amzn-errortype': 'AccessDeniedException' }];
    }
    return [200, JSON.stringify({ status: 'replaced', org_api_key: ORGANIZATION_KEY })];
  }
  const outputs = STACKS[new URLSearchParams(body).get('StackName') ?? ''];
  if (outputs === undefined) {
    return [
      400,
      '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id None does not exist</Message></Error></ErrorResponse>',
    ];
  }
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return [
    200,
    `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>s</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  ];
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  environment = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'example',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const bootstrap = (args: string[], env?: NodeJS.ProcessEnv) => run(['bootstrap', ...args], env);

function run(args: string[], env: NodeJS.ProcessEnv = environment) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe('portcullis bootstrap', () => {
  it.each([
    ['of this repository', 'Portcullis', 'ours', 'https://api.example.invalid/prod'],
    ['of somebody’s own, with the gateway in it', 'Tools', 'theirs', 'https://mcp.example.invalid'],
  ])('finds function and address in the outputs of a stack %s', async (_, stack, name, url) => {
    invoked.length = 0;
    const { code, stdout } = await bootstrap(['--stack', stack, '--replace-organization-key']);
    expect(invoked).toEqual([{ name, payload: { replace_organization_key: true } }]);
    expect(stdout).toBe(`PORTCULLIS_URL='${url}'\nPORTCULLIS_ORG_API_KEY='${ORGANIZATION_KEY}'\n`);
    expect(code).toBe(0);
  });

  it('prints an object and nothing else, for who asks for JSON', async () => {
    const { stdout, stderr } = await bootstrap(['--replace-organization-key', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      PORTCULLIS_URL: 'https://api.example.invalid/prod',
      PORTCULLIS_ORG_API_KEY: ORGANIZATION_KEY,
    });
    expect(stderr).toBe('');
  });

  it.each([
    ['failed', 'Failing', 'The function failing failed'],
    ['was not heard', 'Unheard', 'The function unheard was called, and its answer did not come'],
  ])(
    'says what to do where the function %s, and does not call it again by itself',
    async (_, stack, sentence) => {
      invoked.length = 0;
      const { code, stdout, stderr } = await bootstrap(['--stack', stack]);
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(sentence)]);
      expect(stderr).toContain('--replace-organization-key');
      expect(invoked).toHaveLength(1);
    },
  );

  it('says which right is missing, and that nothing was made', async () => {
    const { code, stderr } = await bootstrap(['--stack', 'Forbidden']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('lambda:InvokeFunction')]);
    expect(stderr).not.toContain('may have made');
  });

  it.each([
    ['a stack that has no gateway', ['--stack', 'Empty'], 'has no output BootstrapFunctionName'],
    ['a stack that is not there', ['--stack', 'None'], 'AWS: Stack with id None does not exist'],
  ])('says in a sentence what is wrong with %s', async (_, args, sentence) => {
    const { code, stderr } = await bootstrap(args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(sentence)]);
    expect(stderr).not.toContain('fault of the command line');
  });

  it('takes no profile of gateways for one of AWS', async () => {
    invoked.length = 0;
    const { code, stderr } = await bootstrap(['--profile', 'staging']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('AWS_PROFILE')]);
    expect(invoked).toEqual([]);
  });

  it('says what it needs where there is no region', async () => {
    const { code, stderr } = await bootstrap([], {
      ...environment,
      AWS_REGION: undefined,
      HOME: '/nonexistent',
    });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/AWS: Region is missing\n.*AWS_REGION/)]);
  });
});

describe('portcullis rotate-root-secret', () => {
  const DAY_MS = 24 * 60 * 60 * 1_000;
  const rotate = (...args: string[]) => run(['rotate-root-secret', ...args]);
  const current = () => JSON.parse(secret.current.secretString);

  beforeEach(() => {
    secret = replaced(undefined, rootSecretString(1), Date.now());
    puts = 0;
  });

  it('puts the next version, whose secret is new and is printed nowhere', async () => {
    const { secret: before } = current();
    const { code, stdout, stderr } = await rotate();
    expect([code, stdout]).toEqual([0, 'The root secret has version 2.\n']);
    expect(current()).toEqual({ version: 2, secret: expect.stringMatching(/^[\w-]{64}$/) });
    expect(secret.previous?.secretString).toContain(before);
    for (const hidden of [before, current().secret]) expect(stdout + stderr).not.toContain(hidden);
  });

  it('says in JSON until when the version before is accepted', async () => {
    const { stdout, stderr } = await rotate('--json');
    const { version, previous_accepted_until } = JSON.parse(stdout);
    expect([version, stderr]).toEqual([2, '']);
    const end = secret.current.createdAt + DAY_MS;
    expect(Math.abs(Date.parse(previous_accepted_until) - end)).toBeLessThan(10_000);
  });

  it('refuses within a day of the last time, when sessions of before would end, unless it is told to', async () => {
    secret = replaced(secret, rootSecretString(2), Date.now() - DAY_MS + 60_000);
    const { code, stderr } = await rotate();
    expect([code, puts]).toEqual([1, 0]);
    expect(stderr).toMatch(/replaced 23 hours ago[\s\S]*--force/);
    expect((await rotate('--force')).code).toBe(0);
    expect(current().version).toBe(3);
  });

  it('does a day after the last time', async () => {
    secret = replaced(secret, rootSecretString(2), Date.now() - DAY_MS);
    expect((await rotate()).code).toBe(0);
    expect(current().version).toBe(3);
  });

  it('has 1 follow 255, since a version is one byte of what it seals', async () => {
    secret = replaced(undefined, rootSecretString(255), Date.now());
    await rotate();
    expect(current().version).toBe(1);
  });

  it('replaces a version that was gone back to, by one that has no number of before', async () => {
    await rotate();
    const [first, second] = [secret.previous, secret.current];
    secret = { current: first ?? second, previous: second };
    const { code, stderr } = await rotate('--force');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('Somebody else')]);
    expect(current().version).toBe(3);
    expect(secret.previous).toBe(first);
  });

  it('is done once by two who see the same version', async () => {
    const outcomes = await Promise.all([rotate('--force'), rotate('--force')]);
    const done = outcomes.filter(({ code }) => code === 0).length;
    // Unless one was done before the other looked, and that is two rotations in a row.
    expect(current().version).toBe(1 + done);
    expect(puts).toBe(done);
  });

  it.each([
    ['no JSON', 'hidden-in-the-value'],
    ['of something else', '{"password":"hidden-in-the-value"}'],
  ])('leaves a secret that is %s as it is, and does not quote it', async (_, value) => {
    secret = replaced(undefined, value, Date.now());
    const { code, stdout, stderr } = await rotate();
    expect([code, puts]).toEqual([1, 0]);
    expect(stdout + stderr).not.toContain('hidden');
  });

  it('says what to do with a stack that does not name its secret', async () => {
    const { code, stderr } = await rotate('--stack', 'Older');
    expect([code, stderr]).toEqual([1, expect.stringContaining('no output RootSecretArn')]);
  });
});

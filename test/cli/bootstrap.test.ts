import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const CLI = fileURLToPath(new URL('../../cli/portcullis.ts', import.meta.url));
const ORGANIZATION_KEY = `oak_${'0'.repeat(36)}`;

/** What CloudFormation has: the outputs of each stack. */
const STACKS: Record<string, Record<string, string>> = {
  Portcullis: { ApiUrl: 'https://api.example.invalid/prod/', BootstrapFunctionName: 'ours' },
  Tools: {
    OtherApiUrl: 'https://other.example.invalid',
    GatewayApiUrl7F3A01BC: 'https://mcp.example.invalid',
    GatewayBootstrapFunctionName0A1B2C3D: 'theirs',
  },
  Empty: {},
};
const invoked: { name: string; payload: unknown }[] = [];

/** CloudFormation's and Lambda's answers, over HTTP as they give them. */
const server = createServer(async (request, response) => {
  const body = await text(request);
  const [status, answer] = answered(request, body);
  response.writeHead(status, {
    'content-type': status === 200 && answer.startsWith('{') ? 'application/json' : 'text/xml',
  });
  response.end(answer);
});
let environment: NodeJS.ProcessEnv;

function answered({ url = '' }: IncomingMessage, body: string): [status: number, answer: string] {
  const name = /\/functions\/([^/]+)\/invocations/.exec(url)?.[1];
  if (name !== undefined) {
    invoked.push({ name, payload: JSON.parse(body) });
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

function bootstrap(args: string[], env: NodeJS.ProcessEnv = environment) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [CLI, 'bootstrap', ...args], { env }, (error, stdout, stderr) =>
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

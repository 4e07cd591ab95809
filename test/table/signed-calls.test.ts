import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ItemReader, itemReader } from '../../functions/table/item-reader.ts';
import { dynamodbEndpoint, type SignedCall, signedCalls } from '../../functions/table/signed-calls.ts';
import { signingTime } from '../support/dynamodb.ts';

const SECRET = 'a-secret-that-signs';
const INPUT = { TableName: 'some', Key: { pk: { S: 'CONFIG#ä' }, sk: { S: 'CONFIG' } } };

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

let server: http.Server;
let environment: NodeJS.ProcessEnv;
let call: SignedCall;
const received: Received[] = [];
let answers: ((response: ServerResponse) => void)[];

beforeAll(async () => {
  server = http.createServer(async (request: IncomingMessage, response) => {
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body: await text(request) });
    const answer = answers[Math.min(received.length, answers.length) - 1];
    answer?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  environment = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: 'a-session-token',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/below`,
  };
});
beforeEach(() => {
  received.length = 0;
  answers = [json(200, {})];
  call = signedCalls(environment);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status).end(JSON.stringify(body));
const exception = (name: string) =>
  json(400, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'What was wrong.' });

describe('a request', () => {
  it('is signed as AWS checks it, with its body, its operation and the session', async () => {
    await call('GetItem', INPUT);
    const [request] = received;
    expect(request).toMatchObject({ method: 'POST', url: '/below/', body: JSON.stringify(INPUT) });
    expect(request?.headers).toMatchObject({
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-security-token': 'a-session-token',
    });
    const [, signed = '', signature] =
      /SignedHeaders=([^,]+), Signature=(\w{64})$/.exec(request?.headers.authorization ?? '') ?? [];
    expect(signed.split(';')).toEqual(
      expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']),
    );
    expect(request && signatureOf(request, signed)).toBe(signature);
  });

  it('stands in the trace of the Lambda request that it is made for', async () => {
    const traced = { ...environment, AWS_LAMBDA_FUNCTION_NAME: 'authorizer' };
    const tracedCall = signedCalls(traced);
    for (const trace of ['Root=1-1', 'Root=1-2']) {
      Object.assign(traced, { _X_AMZN_TRACE_ID: trace });
      await tracedCall('GetItem', INPUT);
    }
    await call('GetItem', INPUT);
    expect(received.map(({ headers }) => headers['x-amzn-trace-id'])).toEqual([
      'Root=1-1',
      'Root=1-2',
      undefined,
    ]);
  });
});

describe('an answer', () => {
  it.each(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'])(
    '%s is asked for once more, and then believed',
    async (name) => {
      answers = [exception(name), json(200, { Item: {} })];
      expect(await call('GetItem', INPUT)).toEqual({ Item: {} });
      answers = [exception(name)];
      await expect(call('GetItem', INPUT)).rejects.toMatchObject({ name, message: 'What was wrong.' });
      expect(received).toHaveLength(4);
    },
  );

  it.each(['AccessDeniedException', 'ValidationException', 'ResourceNotFoundException'])(
    '%s is believed at once',
    async (name) => {
      answers = [exception(name), json(200, {})];
      await expect(call('GetItem', INPUT)).rejects.toMatchObject({ name, message: 'What was wrong.' });
      expect(received).toHaveLength(1);
    },
  );

  it.each([-10, 10])(
    'that the clock, %i minutes off, has signed at another time makes it sign at the time of DynamoDB',
    async (minutes) => {
      const expected = Math.floor(Date.now() / 1_000) * 1_000 - minutes * 60_000;
      const refused = (response: ServerResponse) => {
        response.setHeader('date', new Date(expected).toUTCString());
        exception('InvalidSignatureException')(response);
      };
      answers = [refused, json(200, { Item: {} }), json(200, {}), refused];
      expect(await call('GetItem', INPUT)).toEqual({ Item: {} });
      expect(await call('GetItem', INPUT)).toEqual({});
      await expect(call('GetItem', INPUT)).rejects.toMatchObject({ name: 'InvalidSignatureException' });
      const signedAt = received.map(({ headers }) => signingTime(String(headers['x-amz-date'])));
      expect(signedAt).toHaveLength(5);
      for (const at of signedAt.slice(1)) expect(Math.abs(at - expected)).toBeLessThan(60_000);
    },
  );

  it.each([
    ['of another service', 503, 'Service unavailable'],
    ['that is not JSON', 200, '<html>'],
  ])('%s is a fault', async (_name, status, body) => {
    answers = [(response) => void response.writeHead(status).end(body)];
    await expect(call('GetItem', INPUT)).rejects.toThrow();
    expect(received).toHaveLength(2);
  });

  it.each([
    ['breaks off', (response: ServerResponse) => response.socket?.resetAndDestroy()],
    ['never ends', () => {}],
  ])('that %s in the middle is a fault, in less than what a command may take', async (_name, then) => {
    answers = [
      (response) => {
        response.writeHead(200, { 'content-length': 100 }).write('{"Item":', () => then(response));
      },
    ];
    const startedAt = performance.now();
    await expect(call('GetItem', INPUT)).rejects.toThrow();
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(received).toHaveLength(2);
  });
});

describe('a batch of items', () => {
  const TABLE = 'some';
  const KEYS = [
    { pk: 'CONFIG#1', sk: 'CONFIG' },
    { pk: 'SERVER#1', sk: 'SERVER' },
  ];
  const kept = { ...process.env };
  let read: ItemReader;
  beforeEach(() => {
    Object.assign(process.env, environment);
    read = itemReader(TABLE);
  });
  afterAll(() => {
    process.env = kept;
  });

  it.each([
    ['names another table', { Responses: { other: [] }, UnprocessedKeys: {} }],
    ['names no table', { Responses: {} }],
    ['leaves keys of another table', { Responses: { some: [] }, UnprocessedKeys: { other: { Keys: [] } } }],
  ])('is a fault, and not an absence, where the answer %s', async (_, body) => {
    answers = [json(200, body)];
    await expect(read.getAll(KEYS)).rejects.toThrow();
  });

  it('is read within the time of one command, however many rounds it takes', async () => {
    const Keys = [{ pk: { S: 'SERVER#1' }, sk: { S: 'SERVER' } }];
    const unprocessed = json(200, { Responses: { [TABLE]: [] }, UnprocessedKeys: { [TABLE]: { Keys } } });
    const late = (response: ServerResponse) => void setTimeout(() => unprocessed(response), 900);
    answers = [() => {}, late, late];
    const startedAt = performance.now();
    await expect(read.getAll(KEYS)).rejects.toThrow();
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(received).toHaveLength(3);
  });
});

describe('the environment', () => {
  it.each([
    'us-east-1',
    'eu-central-1',
    'us-gov-west-1',
    'cn-north-1',
    'us-iso-east-1',
    'us-isob-east-1',
    'us-isof-south-1',
    'eu-isoe-west-1',
    'eusc-de-east-1',
  ])('of %s names the host that the SDK names', async (region) => {
    const { endpointProvider } = new DynamoDBClient({ region }).config;
    const { url } = endpointProvider({ Region: region, UseDualStack: false, UseFIPS: false });
    expect(dynamodbEndpoint(region, {}).href).toBe(url.href);
  });

  it('names another endpoint: that of DynamoDB before that of all services', () => {
    const all = { AWS_ENDPOINT_URL: 'http://all.invalid/path' };
    expect(dynamodbEndpoint('us-east-1', all).href).toBe('http://all.invalid/path/');
    const one = { ...all, AWS_ENDPOINT_URL_DYNAMODB: 'https://one.invalid:8443' };
    expect(dynamodbEndpoint('us-east-1', one).href).toBe('https://one.invalid:8443/');
  });

  it.each(['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'])(
    'with %s needs the name of the endpoint',
    (name) => {
      expect(() => dynamodbEndpoint('us-east-1', { [name]: 'true' })).toThrow('AWS_ENDPOINT_URL_DYNAMODB');
      const named = { [name]: 'true', AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb-fips.invalid' };
      expect(dynamodbEndpoint('us-east-1', named).hostname).toBe('dynamodb-fips.invalid');
    },
  );

  it('without a region fails at once, without credentials with the first call', async () => {
    expect(() => signedCalls({})).toThrow('AWS_REGION');
    await expect(signedCalls({ AWS_REGION: 'eu-central-1' })('GetItem', INPUT)).rejects.toThrow(
      'AWS_ACCESS_KEY_ID',
    );
  });
});

/** As AWS describes it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signatureOf({ method, url, headers, body }: Received, signedHeaders: string): string {
  const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');
  const hmac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest();
  const date = String(headers['x-amz-date']);
  const scope = [date.slice(0, 8), 'eu-central-1', 'dynamodb', 'aws4_request'];
  const lines = signedHeaders.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = [method, url, '', lines.join(''), signedHeaders, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${SECRET}`);
  return hmac(key, toSign).toString('hex');
}

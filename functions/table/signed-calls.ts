import https from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod/mini';
import { ATTEMPT_TIMEOUT_MS, COMMAND_TIMEOUT_MS, CONNECTION_TIMEOUT_MS } from '../domain/call-limits.ts';
import { lazily } from '../domain/lazily.ts';
import { storeConnections } from './connections.ts';

/** What is sent again: reads alone, so nothing can happen twice. */
type Operation = 'GetItem' | 'BatchGetItem';

/**
 * Sends one operation.
 * @param endsAt when the last attempt has to have ended, by `performance.now()`; left out: as long as one command may take
 * @returns the answer's JSON
 * @throws {@link StoreFault}, or the connection's error
 */
export type SignedCall = (operation: Operation, input: object, endsAt?: number) => Promise<unknown>;

/** What DynamoDB answered instead. Its name is that of DynamoDB's exception. */
class StoreFault extends Error {
  readonly status: number;

  constructor(status: number, name: string, message: string) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

const fault = z.object({
  __type: z.string(),
  message: z.optional(z.string()),
  Message: z.optional(z.string()),
});

/** Of DynamoDB's exceptions, those after which the same request may pass. */
const THROTTLED = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'LimitExceededException',
];

/** What answers a request that is signed at another time than now. It has not been carried out. */
export const SIGNED_AT_ANOTHER_TIME = 'InvalidSignatureException';

/** The longest pause before the second attempt: it is drawn at random, so that a crowd does not return at once. */
const MAX_PAUSE_MS = 50;

/** Where the regions whose names begin so have their hosts (AWS calls those groups partitions); all others: amazonaws.com. */
const DNS_SUFFIXES = {
  'cn-': 'amazonaws.com.cn',
  'us-iso-': 'c2s.ic.gov',
  'us-isob-': 'sc2s.sgov.gov',
  'us-isof-': 'csp.hci.ic.gov',
  'eu-isoe-': 'cloud.adc-e.uk',
  'eusc-': 'amazonaws.eu',
} as const;

/**
 * Calls DynamoDB as the SDK does, and no more of it than the reads in front of each MCP call need: the SDK's client takes
 * most of their time (ADR 29). Region, credentials and endpoint come from the environment, as Lambda sets it; signatures
 * are the SDK's own, at DynamoDB's time where the clock here is wrong, as it can be after a freeze
 * (https://github.com/aws/aws-sdk-js-v3/issues/7605). An attempt, its answer included, ends after a second, and is made twice
 * at most.
 * @throws Error when the environment names no region, or asks for a kind of endpoint that is not known here
 */
export function signedCalls(environment: NodeJS.ProcessEnv = process.env): SignedCall {
  const region = variable(environment, 'AWS_REGION');
  const endpoint = dynamodbEndpoint(region, environment);
  const isHttp = endpoint.protocol === 'http:';
  const { request } = isHttp ? process.getBuiltinModule('node:http') : https;
  const { httpAgent, httpsAgent, closeIdle } = storeConnections();
  const target = {
    ...urlToHttpOptions(endpoint),
    path: endpoint.pathname,
    method: 'POST',
    agent: isHttp ? httpAgent : httpsAgent,
  };
  const signer = new SignatureV4({
    service: 'dynamodb',
    region,
    // Of a process they are always the same.
    credentials: lazily(async () => credentialsOf(environment)),
    sha256: Sha256,
    applyChecksum: false,
  });

  /** How far DynamoDB's clock is ahead of this one, in milliseconds: so far it is taken to be right. */
  let clockOffset = 0;

  async function attempt(operation: Operation, body: string, timeoutMs: number): Promise<unknown> {
    const { headers } = await signer.sign(
      {
        protocol: endpoint.protocol,
        hostname: endpoint.hostname,
        method: 'POST',
        path: endpoint.pathname,
        headers: {
          host: endpoint.host,
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `DynamoDB_20120810.${operation}`,
          ...traceHeader(environment),
        },
        body,
      },
      { signingDate: new Date(Date.now() + clockOffset) },
    );
    const { status, date, text } = await new Promise<HttpAnswer>((resolve, reject) => {
      const sent = request({ ...target, headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
      const giveUp = (what: string, afterMs: number) =>
        setTimeout(() => sent.destroy(new Error(`${operation}: ${what} within ${afterMs} ms`)), afterMs);
      const timer = giveUp('no whole answer', timeoutMs);
      const fail = (error: Error) => {
        clearTimeout(timer);
        reject(error);
      };
      sent.on('error', fail);
      sent.on('socket', (socket) => {
        if (!socket.connecting) return;
        const connecting = giveUp('no connection', CONNECTION_TIMEOUT_MS);
        for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(connecting));
      });
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('error', fail);
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, date: Date.parse(response.headers.date ?? ''), text });
        });
      });
      sent.end(body);
    });
    if (status === 200) return JSON.parse(text);
    const fault = faultOf(status, text);
    if (fault.name === SIGNED_AT_ANOTHER_TIME && !Number.isNaN(date)) clockOffset = date - Date.now();
    throw fault;
  }

  return async (operation, input, endsAt = performance.now() + COMMAND_TIMEOUT_MS) => {
    const body = JSON.stringify(input);
    const timeLeft = () => {
      const left = endsAt - performance.now();
      if (left <= 0) throw new Error(`${operation}: there is no time left`);
      return Math.min(ATTEMPT_TIMEOUT_MS, left);
    };
    try {
      return await attempt(operation, body, timeLeft());
    } catch (error) {
      if (error instanceof StoreFault && !isPassing(error)) throw error;
      if (!(error instanceof StoreFault)) closeIdle();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_PAUSE_MS));
      return attempt(operation, body, timeLeft());
    }
  };
}

interface HttpAnswer {
  readonly status: number;
  /** Milliseconds since the epoch; NaN when the answer does not say. */
  readonly date: number;
  readonly text: string;
}

const isPassing = ({ status, name }: StoreFault): boolean =>
  status >= 500 || name === SIGNED_AT_ANOTHER_TIME || THROTTLED.includes(name);

function faultOf(status: number, text: string): StoreFault {
  const { success, data } = fault.safeParse(jsonOf(text));
  if (!success) return new StoreFault(status, 'StoreFault', `DynamoDB answered with ${status}`);
  // `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`
  const name = data.__type.slice(data.__type.indexOf('#') + 1);
  return new StoreFault(status, name, data.message ?? data.Message ?? `DynamoDB answered with ${status}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // What a proxy says is no answer of DynamoDB's.
  }
}

/** @returns where the region's DynamoDB is, or what the environment names in its place, as the SDK reads it */
export function dynamodbEndpoint(region: string, environment: NodeJS.ProcessEnv): URL {
  const given = environment.AWS_ENDPOINT_URL_DYNAMODB || environment.AWS_ENDPOINT_URL;
  if (given) {
    const url = new URL(given);
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return url;
  }
  for (const name of ['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT']) {
    if (environment[name] === 'true')
      throw new Error(`${name} is not read: name the endpoint in AWS_ENDPOINT_URL_DYNAMODB`);
  }
  const [, suffix = 'amazonaws.com'] =
    Object.entries(DNS_SUFFIXES).find(([prefix]) => region.startsWith(prefix)) ?? [];
  return new URL(`https://dynamodb.${region}.${suffix}/`);
}

function credentialsOf(environment: NodeJS.ProcessEnv) {
  const { AWS_SESSION_TOKEN: sessionToken } = environment;
  return {
    accessKeyId: variable(environment, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: variable(environment, 'AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken && { sessionToken }),
  };
}

/** The Lambda runtime sets it anew for each request: the call then stands in that request's trace. */
function traceHeader({ AWS_LAMBDA_FUNCTION_NAME, _X_AMZN_TRACE_ID: trace }: NodeJS.ProcessEnv) {
  return AWS_LAMBDA_FUNCTION_NAME && trace ? { 'x-amzn-trace-id': trace } : {};
}

function variable(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (!value) throw new Error(`Environment variable ${name} is not set`);
  return value;
}

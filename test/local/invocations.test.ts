import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AwsServices, startAwsServices } from '../../local/aws-services/services.ts';
import type { GatewayOptions } from '../../local/gateway.ts';
import { StateDirectory } from '../../local/state-directory.ts';
import { createResolver } from '../../local/template/resolver.ts';
import { makeStack, type ServedApi, serve } from './fixture.ts';
import { ManualTimers } from './manual-timers.ts';

const SDK = createRequire(import.meta.url).resolve('@aws-sdk/client-lambda');
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:Test-Fn';

const FUNCTIONS = {
  Fn: `export const handler = async (event) => {
    process.stdout.write('got ' + JSON.stringify(event) + '\\n');
    if (event.fail) throw new TypeError('not today');
    return { event };
  };`,
  Slow: `export const handler = async (event) => {
    if (event.end) return globalThis.end();
    await new Promise((resolve) => { globalThis.end = resolve; });
    process.stdout.write('ended\\n');
  };`,
  Caller: `
    import sdk from ${JSON.stringify(SDK)};
    const client = new sdk.LambdaClient({});
    export const handler = async (event) => {
      const { StatusCode } = await client.send(new sdk.InvokeCommand({
        FunctionName: 'Test-Fn', InvocationType: 'Event', Payload: JSON.stringify(event),
      }));
      return StatusCode;
    };`,
  Broken: { source: '', properties: { Runtime: 'python3.13' } },
};

let directory: string;
let services: AwsServices;
let client: LambdaClient;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-invocations-'));
  const stack = makeStack({ functions: {}, routes: [] });
  stack.remove();
  services = await startAwsServices(createResolver(stack), StateDirectory.take(directory));
  client = new LambdaClient({
    endpoint: String(services.environment.AWS_ENDPOINT_URL_LAMBDA),
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await services.close();
  rmSync(directory, { recursive: true });
});

const invoke = (input: InvokeCommandInput) => client.send(new InvokeCommand(input));

async function serveFunctions(options: Partial<GatewayOptions> = {}): Promise<ServedApi> {
  const { environment } = services;
  const served = await serve({ functions: FUNCTIONS, routes: [] }, { environment, ...options });
  services.serveLambda(served.gateway.lambdaListener);
  return served;
}

describe('the local Lambda API', () => {
  it('is unavailable until the functions are there', async () => {
    await expect(invoke({ FunctionName: 'Test-Fn' })).rejects.toMatchObject({
      name: 'ServiceException',
      $metadata: { httpStatusCode: 503 },
    });
  });

  it('is where the SDK in a function finds it', async () => {
    await using served = await serveFunctions();
    const got = served.printed('got');
    expect(await served.gateway.invoke('Caller', { a: 1 })).toBe(202);
    expect(await got).toBe('got {"a":1}');
  });

  it('answers an Event invocation at once, with nothing, and runs the function', async () => {
    await using served = await serveFunctions();
    const ended = served.printed('ended');
    const { StatusCode, Payload } = await invoke({ FunctionName: 'Test-Slow', InvocationType: 'Event' });
    expect([StatusCode, Payload?.length ?? 0]).toEqual([202, 0]);
    await served.gateway.invoke('Slow', { end: true });
    await ended;
  });

  it('tries a failed Event invocation again, and reports it when it has failed three times', async () => {
    const timers = new ManualTimers();
    const reported = Promise.withResolvers<string>();
    await using _served = await serveFunctions({ after: timers.after, report: reported.resolve });
    await invoke({ FunctionName: 'Test-Fn', InvocationType: 'Event', Payload: Buffer.from('{"fail":true}') });
    await timers.run(1_000);
    await timers.run(2_000);
    expect(await reported.promise).toMatch(/Test-Fn failed 3 times.*not today/);
  });

  it.each([
    ['the name', 'Test-Fn', { InvocationType: 'RequestResponse' as const }],
    ['the ARN, without a type', ARN, {}],
  ])('answers a RequestResponse invocation by %s with the payload', async (_, FunctionName, rest) => {
    await using _served = await serveFunctions();
    const answer = await invoke({ FunctionName, Payload: Buffer.from('{"a":"ä"}'), ...rest });
    expect(answer).toMatchObject({ StatusCode: 200 });
    expect(answer.FunctionError).toBeUndefined();
    expect(JSON.parse(String(answer.Payload?.transformToString()))).toEqual({ event: { a: 'ä' } });
  });

  it('gives an empty object to a function that is invoked without a payload', async () => {
    await using _served = await serveFunctions();
    const { Payload } = await invoke({ FunctionName: 'Test-Fn' });
    expect(Payload?.transformToString()).toBe('{"event":{}}');
  });

  it('says how a function failed that was invoked with RequestResponse, and does not try again', async () => {
    const timers = new ManualTimers();
    await using _served = await serveFunctions({ after: timers.after });
    const answer = await invoke({ FunctionName: 'Test-Fn', Payload: Buffer.from('{"fail":true}') });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(JSON.parse(String(answer.Payload?.transformToString()))).toMatchObject({
      errorType: 'TypeError',
      errorMessage: 'not today',
    });
    expect(timers.waiting).toEqual([]);
  });

  it.each(['Test-Other', `${ARN}-2`, 'Fn'])('does not know the function %s', async (FunctionName) => {
    await using _served = await serveFunctions();
    await expect(invoke({ FunctionName })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${FunctionName}`,
      Type: 'User',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it.each(['Event', 'RequestResponse'] as const)(
    'refuses a payload that is not JSON in an invocation of type %s, and runs nothing',
    async (InvocationType) => {
      await using served = await serveFunctions();
      const lines: string[] = [];
      served.gateway.logs.on('line', ({ message }) => lines.push(message));
      const Payload = Buffer.from('{not json');
      await expect(invoke({ FunctionName: 'Test-Fn', InvocationType, Payload })).rejects.toMatchObject({
        name: 'InvalidRequestContentException',
        $metadata: { httpStatusCode: 400 },
      });
      await served.gateway.invoke('Fn', {});
      expect(lines).toEqual(['got {}']);
    },
  );

  it.each([
    [{ InvocationType: 'DryRun' as const }, 'InvalidParameterValueException'],
    [{ Qualifier: 'live' }, 'UnknownOperationException'],
  ])('refuses %j, which it would not do as Lambda does', async (rest, name) => {
    await using _served = await serveFunctions();
    await expect(invoke({ FunctionName: 'Test-Fn', ...rest })).rejects.toMatchObject({ name });
  });

  it('answers no other operation', async () => {
    await using _served = await serveFunctions();
    const url = `${services.environment.AWS_ENDPOINT_URL_LAMBDA}/2015-03-31/functions/Test-Fn/invocations`;
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(`${url}-2`, { method: 'POST' })).status).toBe(404);
  });

  it('reports a function that cannot run here', async () => {
    const reported = Promise.withResolvers<string>();
    await using _served = await serveFunctions({ report: reported.resolve });
    await expect(invoke({ FunctionName: 'Test-Broken' })).rejects.toMatchObject({ name: 'ServiceException' });
    expect(await reported.promise).toContain('Broken cannot run on this machine');
  });
});

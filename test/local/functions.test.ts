import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ECHO, serve } from './fixture.ts';

const fn = (source: string, properties: object = {}) => ({
  functions: { Fn: { source, properties }, Echo: ECHO },
  routes: [
    { path: '/', to: 'Echo' },
    { path: '/fn', to: 'Fn' },
  ],
});

describe('a function', () => {
  it('has the environment of the template and of Lambda, and nothing of this process', async () => {
    const source = 'export const handler = async () => process.env;';
    const variables = { TABLE: { Ref: 'Table' }, SECONDS: 5 };
    await using served = await serve(
      {
        ...fn(source, { MemorySize: 512, Environment: { Variables: variables } }),
        resources: { Table: { Type: 'AWS::DynamoDB::Table', Properties: {} } },
      },
      { environment: { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' } },
    );
    const environment = await served.gateway.invoke('Fn', {});
    expect(environment).toMatchObject({
      TABLE: 'Test-Table',
      SECONDS: '5',
      AWS_LAMBDA_FUNCTION_NAME: 'Test-Fn',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
    });
    expect(environment).not.toHaveProperty('PATH');
  });

  it('is invoked directly by name or logical id, with its context', async () => {
    const source = `export const handler = async (event, context) =>
      ({ event, id: context.awsRequestId, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis() });`;
    await using served = await serve(fn(source, { Timeout: 20 }));
    const answer = await served.gateway.invoke('Test-Fn', { a: 1 });
    expect(answer).toMatchObject({ event: { a: 1 }, arn: expect.stringContaining(':function:Test-Fn') });
    expect(Object(answer).left).toBeLessThanOrEqual(20_000);
    await expect(served.gateway.invoke('Fn', {})).resolves.toBeDefined();
    await expect(served.gateway.invoke('Other', {})).rejects.toThrow('no function Other');
  });

  it.each([
    ['an exit', 'process.exit(3)', 'exit status 3'],
    ['an uncaught error', "setImmediate(() => { throw new Error('boom'); })", 'boom'],
    ['a rejection that nobody handles', "void Promise.reject(new Error('boom'))", 'boom'],
  ])('that crashes by %s fails its invocations and serves the next one anew', async (_, crash, message) => {
    const source = `
      let served = 0;
      export const handler = async (event) => {
        served += 1;
        if (!event.crash) return served;
        ${crash};
        await new Promise(() => {});
      };`;
    await using served = await serve(fn(source));
    expect(await served.gateway.invoke('Fn', {})).toBe(1);
    await expect(served.gateway.invoke('Fn', { crash: true })).rejects.toThrow(message);
    expect(await served.gateway.invoke('Fn', {})).toBe(1);
  });

  it('that takes longer than its timeout fails, even when it blocks its thread', async () => {
    const source = 'export const handler = async (event) => { while (event.block); return "free"; };';
    await using served = await serve(fn(source, { Timeout: 1 }));
    await expect(served.gateway.invoke('Fn', { block: true })).rejects.toThrow(
      'timed out after 1.00 seconds',
    );
    expect(await served.gateway.invoke('Fn', {})).toBe('free');
  });

  it.each([
    ['that cannot be loaded', "throw new Error('no table name');", 'no table name'],
    ['that does not export its handler', 'export const other = 1;', 'index.handler is undefined'],
    ['with a callback', 'export const handler = (event, context, callback) => callback();', 'callback'],
  ])('%s fails each invocation with the reason', async (_, source, reason) => {
    await using served = await serve(fn(source));
    for (let invocation = 0; invocation < 2; invocation++) {
      await expect(served.gateway.invoke('Fn', {})).rejects.toThrow(reason);
    }
  });

  it('is loaded by its first invocation, and spends none of its time on that', async () => {
    const source = `
      const end = Date.now() + 1500;
      while (Date.now() < end);
      export const handler = async (event, { getRemainingTimeInMillis }) => getRemainingTimeInMillis();`;
    await using served = await serve(fn(source, { Timeout: 1 }));
    expect(await served.gateway.invoke('Fn', {})).toBeGreaterThan(500);
  });

  it('prints as on Lambda: its own lines as they are, those of console with time, request and level', async () => {
    const logDirectory = mkdtempSync(join(tmpdir(), 'portcullis-logs-'));
    const source = `export const handler = async (event, context) => {
      process.stdout.write('{"record":1}\\n');
      console.warn('two\\nlines');
      return context.awsRequestId;
    };`;
    {
      await using served = await serve(fn(source), { logDirectory });
      const lines = Promise.all([served.printed('record'), served.printed('WARN')]);
      const requestId = await served.gateway.invoke('Fn', {});
      const [record, warning] = await lines;
      expect(record).toBe('{"record":1}');
      expect(warning).toMatch(new RegExp(`^\\d{4}-.+Z\\t${requestId}\\tWARN\\ttwo\\rlines$`));
    }
    const [file = ''] = readdirSync(logDirectory);
    expect(file).toMatch(/^Test-Fn\.\d{4}-\d\d-\d\d\.log$/);
    expect(readFileSync(join(logDirectory, file), 'utf8')).toContain('{"record":1}\n');
    rmSync(logDirectory, { recursive: true });
  });
});

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Template } from '../../local/template/assembly.ts';
import { serve } from './fixture.ts';
import { ManualTimers } from './manual-timers.ts';

const INTERVAL = 60_000;
const QUEUE_ARN = { 'Fn::GetAtt': ['Queue', 'Arn'] };

/** A function that a schedule invokes, which fails so many times, and a queue for its dead letters. */
const failing = (times: number, { properties = {}, resources = {} }: Change = {}) => ({
  functions: {
    Fn: {
      source: `
        let attempts = 0;
        export const handler = async (event) => {
          attempts += 1;
          process.stdout.write('attempt ' + attempts + ' ' + JSON.stringify(event) + '\\n');
          if (attempts <= ${times}) throw new Error('not today');
        };`,
      properties: { DeadLetterConfig: { TargetArn: QUEUE_ARN }, ...properties },
    },
  },
  routes: [],
  resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
    Tick: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        Targets: [{ Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Id: 'Target0' }],
      },
    },
    ...resources,
  },
});
interface Change {
  readonly properties?: object;
  readonly resources?: Template['Resources'];
}
const invokeConfig = (properties: object) => ({
  Config: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: { FunctionName: { Ref: 'Fn' }, Qualifier: '$LATEST', ...properties },
  },
});

describe('an event that a function fails on in every attempt', () => {
  let directory: string;
  let deadLetterDirectory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portcullis-dead-letters-'));
    deadLetterDirectory = join(directory, 'dead-letters');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const letters = () =>
    readFileSync(join(deadLetterDirectory, 'Test-Queue.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const served = (api: ReturnType<typeof failing>, timers: ManualTimers, report: (problem: string) => void) =>
    serve(api, { after: timers.after, report, deadLetterDirectory });

  it('is one message in the queue that the template names, as it was, with the error', async () => {
    const timers = new ManualTimers();
    const reported = Promise.withResolvers<string>();
    await using api = await served(failing(9), timers, reported.resolve);
    const printed = api.printed('attempt 1');
    await timers.run(INTERVAL);
    await timers.run(1_000);
    await timers.run(2_000);
    const file = join(deadLetterDirectory, 'Test-Queue.jsonl');
    expect(await reported.promise).toBe(
      `Test-Fn failed 3 times, and its event is kept in ${file}: not today`,
    );
    const event = (await printed).slice('attempt 1 '.length);
    expect(letters()).toEqual([
      {
        MessageId: expect.any(String),
        Body: event,
        Attributes: { SentTimestamp: expect.stringMatching(/^\d{13}$/) },
        MessageAttributes: { ErrorMessage: { StringValue: 'not today', DataType: 'String' } },
      },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(deadLetterDirectory).mode & 0o777).toBe(0o700);
  });

  it('stands behind those that were there before', async () => {
    const timers = new ManualTimers();
    let reported = Promise.withResolvers<string>();
    await using _api = await served(failing(9), timers, (problem) => reported.resolve(problem));
    for (let n = 0; n < 2; n++) {
      await timers.run(INTERVAL);
      await timers.run(1_000);
      await timers.run(2_000);
      await reported.promise;
      reported = Promise.withResolvers();
    }
    expect(letters()).toHaveLength(2);
  });

  it('is there after as many attempts as the template asks for', async () => {
    const timers = new ManualTimers();
    const reported = Promise.withResolvers<string>();
    const resources = invokeConfig({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 21_600 });
    await using _api = await served(failing(9, { resources }), timers, reported.resolve);
    await timers.run(INTERVAL);
    expect(await reported.promise).toContain('failed 1 times, and its event is kept');
    expect(letters()).toHaveLength(1);
  });

  it('is kept when the gateway closes before the next attempt', async () => {
    const timers = new ManualTimers();
    const problems: string[] = [];
    const api = await served(failing(9), timers, (problem) => problems.push(problem));
    const printed = api.printed('attempt 1');
    await timers.run(INTERVAL);
    await printed;
    await timers.run(INTERVAL);
    await api.gateway.invoke('Fn', {}).catch(() => {}); // The function answers in turn: the attempts are over.
    await api[Symbol.asyncDispose]();
    expect(problems).toEqual([
      expect.stringMatching(/ was stopped before it was done; events kept in .*: 2$/),
    ]);
    const Body = (await printed).slice('attempt 1 '.length);
    expect(letters()).toEqual([expect.objectContaining({ Body }), expect.anything()]);
  });

  it('is reported as dropped when it cannot be kept', async () => {
    const timers = new ManualTimers();
    const problems: string[] = [];
    const dropped = Promise.withResolvers<void>();
    writeFileSync(deadLetterDirectory, 'a file in the place of the folder');
    await using _api = await served(failing(9), timers, (problem) => {
      problems.push(problem);
      if (problem.includes('dropped')) dropped.resolve();
    });
    await timers.run(INTERVAL);
    await timers.run(1_000);
    await timers.run(2_000);
    await dropped.promise;
    expect(problems).toEqual([
      expect.stringContaining('The dead letter cannot be kept'),
      'Test-Fn failed 3 times, and its event is dropped: not today',
    ]);
  });
});

it.each<[string, Change, RegExp]>([
  [
    'a dead-letter target that is no queue of it',
    { properties: { DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:000000000000:other' } } },
    /Function Fn cannot be served[\s\S]*no queue arn/,
  ],
  [
    'destinations of events',
    { resources: invokeConfig({ DestinationConfig: { OnFailure: { Destination: QUEUE_ARN } } }) },
    /EventInvokeConfig Config cannot be served[\s\S]*DestinationConfig/,
  ],
  ['settings of a version', { resources: invokeConfig({ Qualifier: '1' }) }, /Qualifier/],
  ['more attempts than Lambda makes', { resources: invokeConfig({ MaximumRetryAttempts: 3 }) }, /Attempts/],
])('a stack with %s does not start: it could not be served as on AWS', async (_, change, message) => {
  await expect(serve(failing(0, change))).rejects.toThrow(message);
});

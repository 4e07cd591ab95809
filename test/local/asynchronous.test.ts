import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { RETRY_DELAYS_MS } from '../../local/lambda/asynchronous.ts';
import { LambdaFunction } from '../../local/lambda/function.ts';
import { serve } from './fixture.ts';
import { ManualTimers } from './manual-timers.ts';

const INTERVAL = 60_000;
const [FIRST_DELAY = 0, SECOND_DELAY = 0] = RETRY_DELAYS_MS;

/** A function that fails so many times before it succeeds, invoked by a schedule. */
const failing = (times: number) => ({
  functions: {
    Fn: `
      let attempts = 0;
      export const handler = async (event) => {
        attempts += 1;
        process.stdout.write('attempt ' + attempts + ' ' + event.id + '\\n');
        if (attempts <= ${times}) throw new Error('not today');
      };`,
  },
  routes: [],
  resources: {
    Tick: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        Targets: [{ Arn: { 'Fn::GetAtt': ['Fn', 'Arn'] }, Id: 'Target0' }],
      },
    },
  },
});

describe('an asynchronous invocation', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('that fails is tried again with the same event, and no more once it has succeeded', async () => {
    const timers = new ManualTimers();
    const problems: string[] = [];
    const options = { after: timers.after, report: (problem: string) => problems.push(problem) };
    await using served = await serve(failing(1), options);
    const first = served.printed('attempt 1');
    await timers.run(INTERVAL);
    const second = served.printed('attempt 2');
    await timers.run(FIRST_DELAY);
    expect((await second).split(' ')[2]).toBe((await first).split(' ')[2]);
    await served.gateway.invoke('Fn', {}); // The function answers in turn: the attempt is over after this one.
    expect([timers.waiting, problems]).toEqual([[INTERVAL], []]);
  });

  it('that fails three times is reported and dropped', async () => {
    const timers = new ManualTimers();
    const invoke = jest.spyOn(LambdaFunction.prototype, 'invoke');
    const reported = Promise.withResolvers<string>();
    const options = { after: timers.after, report: (problem: string) => reported.resolve(problem) };
    await using _served = await serve(failing(3), options);
    await timers.run(INTERVAL);
    await timers.run(FIRST_DELAY);
    await timers.run(SECOND_DELAY);
    expect(await reported.promise).toBe('Test-Fn failed 3 times, and its event is dropped: not today');
    expect(timers.waiting).toEqual([INTERVAL]);
    expect(invoke).toHaveBeenCalledTimes(3);
  });

  it('that waits for another attempt is dropped in silence when the gateway closes', async () => {
    const timers = new ManualTimers();
    const problems: string[] = [];
    const options = { after: timers.after, report: (problem: string) => problems.push(problem) };
    const served = await serve(failing(3), options);
    const printed = served.printed('attempt 1');
    await timers.run(INTERVAL);
    await printed;
    await served.gateway.invoke('Fn', {}).catch(() => {}); // In turn, as above.
    await served[Symbol.asyncDispose]();
    const invoke = jest.spyOn(LambdaFunction.prototype, 'invoke');
    await timers.run(FIRST_DELAY);
    await Promise.resolve();
    expect([invoke.mock.calls, problems]).toEqual([[], []]);
  });

  it('that is running when the gateway closes is not reported', async () => {
    const timers = new ManualTimers();
    const problems: string[] = [];
    const hanging = { ...failing(0), functions: { Fn: HANG } };
    const served = await serve(hanging, { after: timers.after, report: (problem) => problems.push(problem) });
    const printed = served.printed('hanging');
    await timers.run(INTERVAL);
    await printed;
    await served[Symbol.asyncDispose]();
    expect([timers.waiting, problems]).toEqual([[], []]);
  });
});

describe('many events for one function', () => {
  it('are processed four at a time, and all of them', async () => {
    const timers = new ManualTimers();
    const source = `
      import { setTimeout as delay } from 'node:timers/promises';
      let running = 0;
      export const handler = async ({ id }) => {
        running += 1;
        process.stdout.write('running ' + running + '\\n');
        await delay(1);
        running -= 1;
      };`;
    await using served = await serve({ ...failing(0), functions: { Fn: source } }, { after: timers.after });
    const running: number[] = [];
    const all = Promise.withResolvers<void>();
    served.gateway.logs.on('line', ({ message }) => {
      running.push(Number(message.slice('running '.length)));
      if (running.length === 20) all.resolve();
    });
    for (let n = 0; n < 20; n++) await timers.run(INTERVAL);
    await all.promise;
    expect(Math.max(...running)).toBe(4);
  });
});

const HANG = `export const handler = () => {
  process.stdout.write('hanging\\n');
  return new Promise(() => {});
};`;

import { describe, expect, it } from '@jest/globals';
import { rateMilliseconds } from '../../local/events/rate.ts';
import { serve } from './fixture.ts';
import { ManualTimers } from './manual-timers.ts';

const MINUTE = 60_000;
const TELL = `export const handler = async (event) => { process.stdout.write('told ' + JSON.stringify(event) + '\\n'); };`;

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const scheduled = (rule: object = {}) => ({
  functions: { Tell: TELL },
  routes: [],
  resources: {
    Other: { Type: 'AWS::DynamoDB::Table', Properties: {} },
    Tick: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(5 minutes)',
        State: 'ENABLED',
        Targets: [{ Arn: arnOf('Tell'), Id: 'Target0' }],
        ...rule,
      },
    },
  },
});

describe('a schedule', () => {
  it('invokes its function with an event of EventBridge when its interval has passed', async () => {
    const timers = new ManualTimers();
    await using served = await serve(scheduled(), { after: timers.after });
    const told = served.printed('told');
    await timers.run(5 * MINUTE);
    expect(JSON.parse((await told).slice('told '.length))).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/Test-Tick'],
      detail: {},
    });
  });

  it('goes on, with an event of its own each time', async () => {
    const timers = new ManualTimers();
    await using served = await serve(scheduled(), { after: timers.after });
    const ids = new Set<string>();
    for (let times = 0; times < 3; times += 1) {
      const told = served.printed('told');
      await timers.run(5 * MINUTE);
      ids.add(JSON.parse((await told).slice('told '.length)).id);
    }
    expect(ids.size).toBe(3);
  });

  it('invokes each of its targets, and has its own name', async () => {
    const timers = new ManualTimers();
    const { functions, ...rest } = scheduled({
      Name: 'tick',
      Targets: [
        { Arn: arnOf('Tell'), Id: 'Target0' },
        { Arn: arnOf('Too'), Id: 'Target1' },
      ],
    });
    const too = `export const handler = async ({ resources }) => { process.stdout.write('too ' + resources + '\\n'); };`;
    await using served = await serve(
      { ...rest, functions: { ...functions, Too: too } },
      { after: timers.after },
    );
    const both = Promise.all([served.printed('told'), served.printed('too')]);
    await timers.run(5 * MINUTE);
    expect((await both)[1]).toMatch(/:rule\/tick$/);
  });

  it('is on when the template does not say so, and rests when it is disabled', async () => {
    for (const [State, waiting] of [
      [undefined, [5 * MINUTE]],
      ['DISABLED', []],
    ]) {
      const timers = new ManualTimers();
      await using _served = await serve(scheduled({ State }), { after: timers.after });
      expect(timers.waiting).toEqual(waiting);
    }
  });

  it('ends with the gateway, also after it has run', async () => {
    const timers = new ManualTimers();
    const served = await serve(scheduled(), { after: timers.after });
    await timers.run(5 * MINUTE);
    expect(timers.waiting).toEqual([5 * MINUTE]);
    await served[Symbol.asyncDispose]();
    expect(timers.waiting).toEqual([]);
  });

  it.each([
    ['a cron expression', { ScheduleExpression: 'cron(0 12 * * ? *)' }, /cron/],
    ['an event pattern', { EventPattern: { source: ['aws.s3'] } }, /EventPattern/],
    ['no schedule', { ScheduleExpression: undefined }, /ScheduleExpression/],
    ['a state that EventBridge does not have', { State: 'ON' }, /State/],
    ['a target that is no function', { Targets: [{ Arn: arnOf('Other'), Id: 'a' }] }, /table\/Test-Other/],
    [
      'a function of another stack',
      { Targets: [{ Arn: 'arn:aws:lambda:us-east-1:000000000000:function:other', Id: 'a' }] },
      /function:other/,
    ],
    ['an input of its own', { Targets: [{ Arn: arnOf('Tell'), Id: 'a', Input: '{}' }] }, /Input/],
  ])('with %s stops the start', async (_, rule, message) => {
    const serving = serve(scheduled(rule));
    await expect(serving).rejects.toThrow(/AWS::Events::Rule Tick cannot be served/);
    await expect(serving).rejects.toThrow(message);
  });
});

describe('a rate', () => {
  it.each([
    ['rate(1 minute)', MINUTE],
    ['rate(2 minutes)', 2 * MINUTE],
    ['rate(15 minutes)', 15 * MINUTE],
    ['rate(1 hour)', 60 * MINUTE],
    ['rate(12 hours)', 720 * MINUTE],
    ['rate(1 day)', 1_440 * MINUTE],
    ['rate(24 days)', 24 * 1_440 * MINUTE],
  ])('%s is %d ms', (expression, milliseconds) => {
    expect(rateMilliseconds.parse(expression)).toBe(milliseconds);
  });

  it.each([
    ['rate(1 minutes)', 'EventBridge takes the singular for one'],
    ['rate(5 minute)', 'and the plural for more'],
    ['rate(0 minutes)', 'no interval'],
    ['rate(1.5 hours)', 'whole numbers'],
    ['rate(30 seconds)', 'a unit that EventBridge does not have'],
    ['rate(25 days)', 'a timer of Node would fire at once'],
    ['at(2030-01-01T00:00:00)', 'for EventBridge Scheduler alone'],
    ['', 'nothing'],
  ])('%j is refused: %s', (expression) => {
    expect(rateMilliseconds.safeParse(expression).success).toBe(false);
  });
});

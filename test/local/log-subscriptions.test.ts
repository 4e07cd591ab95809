import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { createBatch, type LogEvent } from '../../local/logs/batch.ts';
import { filterPattern } from '../../local/logs/filter-pattern.ts';
import { serve } from './fixture.ts';
import { ManualTimers } from './manual-timers.ts';

const PRINT = `export const handler = async (lines) => {
  for (const line of lines) process.stdout.write(line + '\\n');
};`;
const STORE = `
  import { gunzipSync } from 'node:zlib';
  export const handler = async ({ awslogs }) => {
    process.stdout.write('delivered ' + gunzipSync(Buffer.from(awslogs.data, 'base64')) + '\\n');
  };`;

const logGroup = { Type: 'AWS::Logs::LogGroup', Properties: {} };
const printingTo = (group: string, source: string, properties: object = {}) => ({
  source,
  properties: { LoggingConfig: { LogGroup: { Ref: group } }, ...properties },
});

const subscribed = (subscription: object = {}, store = STORE) => ({
  functions: {
    Print: printingTo('PrintLogs', PRINT),
    Store: printingTo('StoreLogs', store, { Timeout: 60 }),
    Other: PRINT,
  },
  routes: [],
  resources: {
    PrintLogs: logGroup,
    StoreLogs: logGroup,
    Subscription: {
      Type: 'AWS::Logs::SubscriptionFilter',
      Properties: {
        LogGroupName: { Ref: 'PrintLogs' },
        DestinationArn: { 'Fn::GetAtt': ['Store', 'Arn'] },
        FilterPattern: '',
        ...subscription,
      },
    },
  },
});

const delivery = (line: string) => JSON.parse(line.slice('delivered '.length));
const messagesOf = (line: string) =>
  delivery(line).logEvents.map(({ message }: { message: string }) => message);

describe('a log subscription', () => {
  it('delivers what a function prints, in the envelope of CloudWatch Logs', async () => {
    const before = Date.now();
    await using served = await serve(subscribed());
    const delivered = served.printed('delivered');
    await served.gateway.invoke('Print', ['first', 'second']);
    const { logEvents, ...envelope } = delivery(await delivered);
    expect(envelope).toEqual({
      messageType: 'DATA_MESSAGE',
      owner: '000000000000',
      logGroup: 'Test-PrintLogs',
      logStream: 'local',
      subscriptionFilters: ['Subscription'],
    });
    const [first, second] = logEvents;
    expect([first.message, second.message]).toEqual(['first', 'second']);
    expect(first.timestamp).toBeGreaterThanOrEqual(before);
    expect(first.timestamp).toBeLessThanOrEqual(Date.now());
    expect([first.id, second.id]).toEqual([
      expect.stringMatching(/^\d{56}$/),
      expect.stringMatching(/^\d{56}$/),
    ]);
    expect(first.id < second.id).toBe(true);
  });

  it('bears the name that the template gives it', async () => {
    await using served = await serve(subscribed({ FilterName: 'records' }));
    const delivered = served.printed('delivered');
    await served.gateway.invoke('Print', ['x']);
    expect(delivery(await delivered).subscriptionFilters).toEqual(['records']);
  });

  it('delivers no lines of other log groups', async () => {
    await using served = await serve(subscribed());
    const delivered = served.printed('delivered');
    const other = served.printed('of another group');
    await served.gateway.invoke('Other', ['of another group']);
    await other;
    await served.gateway.invoke('Print', ['of its group']);
    expect(messagesOf(await delivered)).toEqual(['of its group']);
  });

  it('delivers only what its filter pattern lets pass', async () => {
    await using served = await serve(subscribed({ FilterPattern: '{ $.record = "call" }' }));
    const delivered = served.printed('delivered');
    await served.gateway.invoke('Print', ['text', '{"record":"other"}', '{"record":"call"}']);
    expect(messagesOf(await delivered)).toEqual(['{"record":"call"}']);
  });

  it('delivers again when its function has failed', async () => {
    const timers = new ManualTimers();
    const source = STORE.replace(
      '{ awslogs }) => {',
      '$&\n if (!globalThis.asked) throw (globalThis.asked = 1);',
    );
    await using served = await serve(subscribed({}, source), { after: timers.after });
    const delivered = served.printed('delivered');
    await served.gateway.invoke('Print', ['x']);
    await timers.run(100);
    await timers.run(1_000);
    expect(messagesOf(await delivered)).toEqual(['x']);
  });

  it('delivers what is pending when the gateway closes', async () => {
    const timers = new ManualTimers(); // Nothing leaves because its time has passed.
    const served = await serve(subscribed(), { after: timers.after });
    const [delivered, printed] = [served.printed('delivered'), served.printed('last words')];
    await served.gateway.invoke('Print', ['last words']);
    await printed;
    await served[Symbol.asyncDispose]();
    expect(messagesOf(await delivered)).toEqual(['last words']);
  });

  it('delivers then also what its function prints, to whoever subscribed to that', async () => {
    const { functions, resources, routes } = subscribed();
    const tell = `export const handler = async () => { process.stdout.write('told\\n'); };`;
    const toTell = {
      LogGroupName: { Ref: 'StoreLogs' },
      DestinationArn: { 'Fn::GetAtt': ['Tell', 'Arn'] },
      FilterPattern: '',
    };
    const served = await serve(
      {
        functions: { ...functions, Tell: tell },
        resources: { ...resources, Next: { Type: 'AWS::Logs::SubscriptionFilter', Properties: toTell } },
        routes,
      },
      { after: new ManualTimers().after },
    );
    const [told, printed] = [served.printed('told'), served.printed('last words')];
    await served.gateway.invoke('Print', ['last words']);
    await printed;
    await served[Symbol.asyncDispose]();
    await told;
  });

  it('gives up, and says so, when its function does not end while the gateway closes', async () => {
    const problems: string[] = [];
    const hang = 'export const handler = () => new Promise(() => {});';
    const served = await serve(subscribed({}, hang), { report: (problem) => problems.push(problem) });
    const printed = served.printed('last words');
    await served.gateway.invoke('Print', ['last words']);
    await printed;
    await served[Symbol.asyncDispose]();
    expect(problems).toEqual(['The last log lines could not be delivered to their subscribers in time']);
  });

  it.each([
    ['a pattern that is not followed here', { FilterPattern: 'ERROR' }, /filter pattern ERROR/],
    ['its destination’s own log group', { LogGroupName: { Ref: 'StoreLogs' } }, /its own lines/],
    [
      'a destination that is no function',
      { DestinationArn: { 'Fn::GetAtt': ['PrintLogs', 'Arn'] } },
      /no function arn:aws:logs/,
    ],
    ['a setting that is not followed here', { ApplyOnTransformedLogs: true }, /ApplyOnTransformedLogs/],
  ])('of %s stops the start', async (_, subscription, message) => {
    const serving = serve(subscribed(subscription));
    await expect(serving).rejects.toThrow(/AWS::Logs::SubscriptionFilter Subscription cannot be served/);
    await expect(serving).rejects.toThrow(message);
  });
});

/** A function behind a route that prints a line for each request, and one that stores them, which fails so many times. */
const storing = (failures: number) => {
  const print = `
    let requests = 0;
    export const handler = async () => {
      process.stdout.write('line ' + ++requests + '\\n');
      return { statusCode: 200 };
    };`;
  const store = STORE.replace(
    '{ awslogs }) => {',
    `$&\n if ((globalThis.failures = (globalThis.failures ?? 0) + 1) <= ${failures}) throw new Error('not today');`,
  );
  const { functions, resources } = subscribed({}, store);
  const keptProperties = {
    ...functions.Store.properties,
    DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
  };
  return {
    functions: {
      Print: printingTo('PrintLogs', print),
      Store: { source: store, properties: keptProperties },
    },
    routes: [{ path: '/', to: 'Print' }],
    resources: { ...resources, Queue: { Type: 'AWS::SQS::Queue', Properties: {} } },
  };
};
const LINES = Array.from({ length: 20 }, (_, n) => `line ${n + 1}`);
const callAll = async (served: Awaited<ReturnType<typeof serve>>) =>
  (await Promise.all(LINES.map(() => served.send('/')))).map(({ status }) => status);

describe('while a log writer fails', () => {
  it('no client waits or fails, and all is stored once it has recovered', async () => {
    const timers = new ManualTimers(); // No attempt is made until the clients have their answers.
    await using served = await serve(storing(2), { after: timers.after });
    const last = served.printed('line 20');
    const delivered = served.printed('delivered');
    expect(await callAll(served)).toEqual(LINES.map(() => 200));
    await last;
    for (const wait of [100, 1_000, 2_000]) await timers.run(wait);
    expect(messagesOf(await delivered).toSorted()).toEqual(LINES.toSorted());
  });

  it('for good, no client waits or fails, and one dead letter holds all', async () => {
    const timers = new ManualTimers();
    const directory = mkdtempSync(join(tmpdir(), 'portcullis-lost-'));
    const reported = Promise.withResolvers<string>();
    await using served = await serve(storing(9), {
      after: timers.after,
      deadLetterDirectory: directory,
      report: reported.resolve,
    });
    const last = served.printed('line 20');
    expect(await callAll(served)).toEqual(LINES.map(() => 200));
    await last;
    for (const wait of [100, 1_000, 2_000]) await timers.run(wait);
    await reported.promise;
    const { Body } = JSON.parse(readFileSync(join(directory, 'Test-Queue.jsonl'), 'utf8'));
    const { logEvents } = JSON.parse(
      gunzipSync(Buffer.from(JSON.parse(Body).awslogs.data, 'base64')).toString(),
    );
    expect(logEvents.map(({ message }: { message: string }) => message).toSorted()).toEqual(LINES.toSorted());
    rmSync(directory, { recursive: true });
  });
});

describe('a filter pattern', () => {
  it.each([
    ['', 'anything', true],
    [' ', '{"a":1}', true],
    ['{ $.a = "text" }', '{"a":"text","b":1}', true],
    ['{$.a="text"}', ' {"a":"text"}\n', true],
    ['{ $.a.b-c = "text" }', '{"a":{"b-c":"text"}}', true],
    ['{ $.a = "" }', '{"a":""}', true],
    ['{ $.a = "text" }', '{"a":"texts"}', false],
    ['{ $.a = "text" }', '{"b":{"a":"text"}}', false],
    ['{ $.a = "1" }', '{"a":1}', false],
    ['{ $.a.b = "text" }', '{"a":"text"}', false],
    ['{ $.a.b = "text" }', '{"a":null}', false],
    ['{ $.a = "text" }', '2030-01-01\tINFO\t{"a":"text"}', false],
    ['{ $.a = "text" }', '"text"', false],
    ['{ $.a = "text" }', 'null', false],
    ['{ $.constructor.name = "Object" }', '{}', false],
  ])('%j on the line %j: %j', (pattern, line, passes) => {
    expect(filterPattern.parse(pattern)(line)).toBe(passes);
  });

  it.each([
    ['ERROR', 'a term'],
    ['"two words"', 'a phrase'],
    ['[ip, user]', 'columns'],
    ['{ $.a = 1 }', 'a number'],
    ['{ $.a = text }', 'a text without quotes'],
    ['{ $.a != "text" }', 'another comparison'],
    ['{ $.a = "te*t" }', 'a wildcard'],
    ['{ $.a = "a\\"b" }', 'an escape'],
    ['{ $.a = %text% }', 'a regular expression'],
    ['{ $.a[0] = "text" }', 'an element of a list'],
    ['{ $.a IS TRUE }', 'a truth value'],
    ['{ $.a = "x" && $.b = "y" }', 'both'],
    ['{ $.a = "x" || $.b = "y" }', 'either'],
  ])('%j is refused: %s', (pattern) => {
    expect(filterPattern.safeParse(pattern).success).toBe(false);
  });
});

describe('a batch', () => {
  const event = (message: string): LogEvent => ({ id: '', timestamp: 0, message });
  const filled = (messages: readonly string[]) => {
    const timers = new ManualTimers();
    const sizes: number[] = [];
    const batch = createBatch(timers.after, (events) => sizes.push(events.length));
    for (const message of messages) batch.add(event(message));
    return { timers, sizes, batch };
  };
  const lines = (count: number) => Array.from({ length: count }, () => 'x');
  const MEGABYTE = 1024 * 1024;

  it('leaves 100 ms after its first line', async () => {
    const { timers, sizes } = filled(lines(3));
    expect([timers.waiting, sizes]).toEqual([[100], []]);
    await timers.run(100);
    expect(sizes).toEqual([3]);
  });

  it('leaves 600 ms after the one before, however many lines have come since', async () => {
    const { timers, sizes, batch } = filled(lines(1));
    await timers.run(100);
    for (const message of lines(2)) batch.add(event(message));
    expect([timers.waiting, sizes]).toEqual([[600], [1]]);
    await timers.run(600);
    expect(sizes).toEqual([1, 2]);
  });

  it('waits for its first line again when none has come for so long', async () => {
    const { timers, sizes, batch } = filled(lines(1));
    await timers.run(100);
    await timers.run(600);
    expect([timers.waiting, sizes]).toEqual([[], [1]]);
    batch.add(event('x'));
    expect(timers.waiting).toEqual([100]);
  });

  it('leaves at once with 1,000 lines', () => {
    const { timers, sizes } = filled(lines(1_001));
    expect([timers.waiting, sizes]).toEqual([[600], [1_000]]);
  });

  it.each([
    ['that makes a megabyte stays', ['€'.repeat(1_000), 'x'.repeat(MEGABYTE - 3_000)], []],
    ['that makes more waits for the next batch', ['€'.repeat(1_000), 'x'.repeat(MEGABYTE - 2_999)], [1]],
    ['of more than a megabyte goes alone', ['x', 'x'.repeat(MEGABYTE + 1), 'x'], [1, 1]],
  ])('counts bytes: a line %s', (_, messages, sizes) => {
    expect(filled(messages).sizes).toEqual(sizes);
  });
});

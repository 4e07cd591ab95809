import { expect, test } from '@jest/globals';
import { OUTCOMES } from '../../functions/domain/call-record.ts';
import { METRICS } from '../../functions/domain/metric-names.ts';
import { functionNames, synthesize } from './synthesized.ts';
import { tellingAlarms } from './telling-alarms.ts';
import { VARIANTS } from './variants.ts';

const DASHBOARD = 'AWS::CloudWatch::Dashboard';
const stack = synthesize(VARIANTS.operations);
const [, parts] = stack.only(DASHBOARD).DashboardBody['Fn::Join'];
/** Each reference by its logical id, so that the whole is JSON again. */
const { widgets } = JSON.parse(
  parts
    .map((part: string | { Ref?: string; 'Fn::GetAtt'?: string[] }) =>
      typeof part === 'string' ? part : (part.Ref ?? part['Fn::GetAtt']?.[0]),
    )
    .join(''),
);
const shown: string[] = widgets.map(({ properties }: { properties: unknown }) => JSON.stringify(properties));
const shows = (...words: string[]) => shown.some((text) => words.every((word) => text.includes(word)));

test('there is no dashboard, unless it is asked for', () => {
  expect(synthesize().all(DASHBOARD)).toEqual([]);
});

test('it has the name of the stack', () => {
  expect(stack.only(DASHBOARD).DashboardName).toBe('Portcullis');
});

test.each([
  ['calls by outcome', [METRICS.calls, ...OUTCOMES.map((outcome) => `"${outcome}"`)]],
  ['refusals by reason', [`SEARCH('{Portcullis,service,outcome,reason}`, 'outcome=\\"refused\\"']],
  ['would-be refusals by reason', ['{Portcullis,service,outcome,reason}', 'outcome=\\"would_be_refused\\"']],
  ['what the gateway fails', ['FILL(authorizerErrors, 0)', '"gateway_error"']],
  ['slow decisions', ['100 - within', 'PR(0:1000)']],
  ['the error budget of the time that is shown', ['"setPeriodToTimeRange":true', '100 - within']],
  ['the time of calls', ['{Portcullis,service,outcome}', METRICS.duration, 'p99']],
  ['the time of the authorizer', ['"Duration"', stack.functionId('authorizer'), '"stat":"p99"']],
  ['the time behind /api', ['"Duration"', stack.functionId('attribution'), '"stat":"p99"']],
  ['answers with 4XX and 5XX', ['"4XXError"', '"5XXError"']],
  ['errors of every function', ['"Errors"', ...functionNames().map((name) => stack.functionId(name))]],
  ['throttles of every function', ['"Throttles"', ...functionNames().map((name) => stack.functionId(name))]],
  ['open streams', ['ConcurrentExecutions', stack.functionId('mcp')]],
  ['the units of the table', ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits']],
  ['throttles of the table', ['ReadThrottleEvents', 'WriteThrottleEvents']],
  ['lost records', ['ApproximateNumberOfMessagesVisible', 'LostRecords']],
  ['requests to unknown addresses', [METRICS.unknownAddresses]],
])('it shows %s', (_, words) => {
  expect(shows(...words)).toBe(true);
});

test('it shows every alarm', () => {
  const alarms = Object.keys(tellingAlarms(stack));
  expect(alarms.length).toBeGreaterThan(10);
  expect(shows(...alarms)).toBe(true);
});

test('its rows fill the width, and no graph stands over another', () => {
  const cells = widgets.flatMap(({ x, y, width }: Record<'x' | 'y' | 'width', number>) =>
    Array.from({ length: width }, (_, column) => `${y} ${x + column}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(cells.length % 24).toBe(0);
});

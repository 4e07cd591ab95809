import { describe, expect, test } from '@jest/globals';
import { ALARM_METRICS } from '../../bench/cost.ts';
import { METRICS } from '../../functions/domain/metric-names.ts';
import { type Resource, synthesize } from './synthesized.ts';

const stack = synthesize();
const alarms = stack.all('AWS::CloudWatch::Alarm');

/** What an alarm watches: `FunctionOrApi metric statistic`, of the one metric or of each in its expression. */
const watched = alarms.map((alarm) =>
  JSON.stringify([alarm.Namespace, alarm.MetricName, alarm.Metrics, alarm.Dimensions]),
);
const watches = (...words: string[]) => watched.some((text) => words.every((word) => text.includes(word)));

describe('somebody would learn of', () => {
  test.each([
    ['answers of the API with 5XX', ['5XXError']],
    ['errors of the authorizer', ['Errors', stack.functionId('authorizer')]],
    ['errors of the relay', ['Errors', stack.functionId('mcp')]],
    ['a slow authorizer', ['Duration', stack.functionId('authorizer')]],
    ['slow settings', ['Duration', stack.functionId('project-config')]],
    ['slow project creation', ['Duration', stack.functionId('organization')]],
    ['slow server registration', ['Duration', stack.functionId('mcp-servers')]],
    ['slow key management', ['Duration', stack.functionId('api-keys')]],
    ['slow attribution', ['Duration', stack.functionId('attribution')]],
    ['errors of the purge', ['Errors', stack.functionId('project-purge')]],
    ['errors of the log writer', ['Errors', stack.functionId('log-writer')]],
    ['records that could not be stored', ['ApproximateNumberOfMessagesVisible', 'LostRecords']],
    ['records that are gone', ['DeadLetterErrors', stack.functionId('log-writer')]],
    [
      'faults of the gateway',
      ['Portcullis', 'Calls', '"outcome"', '"gateway_error"', '"service"', '"Portcullis"'],
    ],
    ['throttles of the authorizer', ['Throttles', stack.functionId('authorizer')]],
    ['throttles of the relay', ['Throttles', stack.functionId('mcp')]],
    ['throttled reads', ['ReadThrottleEvents']],
    ['throttled writes', ['WriteThrottleEvents']],
    ['faults of the table', ['SystemErrors', 'BatchGetItem', 'BatchWriteItem']],
  ])('%s', (_, words) => {
    expect(watches(...words)).toBe(true);
  });
});

test('a single error of the authorizer is enough', () => {
  const [alarm] = alarms.filter(({ MetricName }) => MetricName === 'Errors');
  expect(alarm).toMatchObject({ Statistic: 'Sum', Threshold: 1, EvaluationPeriods: 1 });
});

test('a single batch of lost records is enough, also once its queue is so idle that it reports nothing', () => {
  const [alarm] = alarms.filter(({ MetricName }) => MetricName === 'ApproximateNumberOfMessagesVisible');
  expect(alarm).toMatchObject({ Statistic: 'Maximum', Threshold: 1, EvaluationPeriods: 1 });
  expect(alarm?.TreatMissingData).toBe('ignore');
});

test('nobody is woken up by what callers or the servers of projects do wrong', () => {
  const outcomes = alarms
    .filter(({ Namespace }) => Namespace === METRICS.namespace)
    .flatMap(({ Dimensions }) => Dimensions)
    .filter(({ Name }) => Name === 'outcome')
    .map(({ Value }) => Value);
  expect(outcomes).toEqual(['gateway_error']);
});

test('an answer that a server broke off is no error of the relay, also before its record is counted', () => {
  const [alarm] = alarms.filter(({ Metrics }) => JSON.stringify(Metrics ?? '').includes('"broken_off"'));
  const metrics: Resource[] = alarm?.Metrics;
  const ofId = (id: string) => metrics.find(({ Id }) => Id === id)?.MetricStat;
  expect(metrics.find(({ Expression }) => Expression)?.Expression).toBe('errors - FILL(brokenOff, 0)');
  expect(ofId('errors')).toMatchObject({
    Stat: 'Sum',
    Period: 60,
    Metric: { MetricName: 'Errors', Dimensions: [{ Value: { Ref: stack.functionId('mcp') } }] },
  });
  expect(ofId('brokenOff')).toMatchObject({
    Stat: 'Sum',
    Period: 60,
    Metric: {
      Namespace: METRICS.namespace,
      MetricName: METRICS.calls,
      Dimensions: [
        { Name: 'outcome', Value: 'upstream_error' },
        { Name: 'reason', Value: 'broken_off' },
        { Name: 'service', Value: 'Portcullis' },
      ],
    },
  });
  expect(alarm).toMatchObject({ Threshold: 1, DatapointsToAlarm: 3, EvaluationPeriods: 5 });
});

test('what they cost is counted: CloudWatch is paid by the metric', () => {
  const metrics = alarms.reduce(
    (sum, { Metrics = [{ MetricStat: true }] }) =>
      sum + Metrics.filter(({ MetricStat }: Resource) => MetricStat).length,
    0,
  );
  expect(metrics).toBe(ALARM_METRICS);
});

test('every alarm says what to do', () => {
  for (const alarm of alarms) expect(alarm.AlarmDescription).toMatch(/[Ll]ook|read|raise|access log/);
});

test('silence is no alarm', () => {
  expect(new Set(alarms.map((alarm) => alarm.TreatMissingData))).toEqual(new Set(['notBreaching', 'ignore']));
});

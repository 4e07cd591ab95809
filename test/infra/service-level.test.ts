import { compileFunction } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { SERVICE_LEVEL_ALARMS } from '../../bench/cost.ts';
import { METRICS } from '../../functions/domain/metric-names.ts';
import { SERVICE_LEVEL } from '../../infra/options.ts';
import { ServiceLevel } from '../../infra/service-level.ts';
import { appWith, type Resource, synthesize } from './synthesized.ts';
import { VARIANTS } from './variants.ts';

const ALARM = 'AWS::CloudWatch::Alarm';
const COMPOSITE = 'AWS::CloudWatch::CompositeAlarm';
const stack = synthesize(VARIANTS['operations by topic']);
const parts = Object.entries(stack.template.findResources(ALARM)).filter(([id]) => /ServiceLevel/.test(id));
const composites = Object.entries(stack.template.findResources(COMPOSITE));

test('there is none where nobody is told, or where it is switched off', () => {
  const off = { ...VARIANTS['operations by topic'], 'portcullis:serviceLevel': 'false' };
  for (const context of [{}, off]) {
    const parts = appWith(context).stack.node.findAll();
    expect(parts.filter((part) => part instanceof ServiceLevel)).toEqual([]);
  }
});

test('what it costs is counted: each metric of each part, and the alarms on them', () => {
  const metrics = parts.flatMap(([, { Properties }]) =>
    Properties.Metrics.filter(({ MetricStat }: Resource) => MetricStat),
  );
  expect({ metrics: metrics.length, composites: composites.length }).toEqual(SERVICE_LEVEL_ALARMS);
});

test.each([94, 94.99, 100, 99.999, Number.NaN, 'most', true])('%s is no objective', (value) => {
  expect(() => appWith({ 'portcullis:serviceLevel': value })).toThrow(
    /portcullis:serviceLevel must be a percentage from 95 to 99\.99 with two decimals at most, or false, not/,
  );
});

test('a part tells nobody by itself, and silence is no part of an alarm', () => {
  expect(parts).toHaveLength(8);
  for (const [, { Properties }] of parts) {
    expect(Properties).not.toHaveProperty('AlarmActions');
    expect(Properties.TreatMissingData).toBe('notBreaching');
  }
});

test('what counts as failed are faults of authorizer and relay, not what servers do', () => {
  for (const [, { Properties }] of parts.filter(([id]) => id.includes('Failed'))) {
    const metrics: Resource[] = Properties.Metrics.filter(({ MetricStat }: Resource) => MetricStat);
    const named = metrics.map(({ Id, MetricStat: { Metric, Stat } }) => {
      const [dimension] = Metric.Dimensions.filter(({ Name }: Resource) => Name !== 'service');
      const { Ref } = dimension.Value;
      return [
        Id,
        `${Metric.Namespace} ${Metric.MetricName} ${Ref ?? Metric.Dimensions.map(({ Value }: Resource) => Value)}`,
        Stat,
      ];
    });
    const [authorizer, relay] = [stack.functionId('authorizer'), stack.functionId('mcp')];
    expect(Object.fromEntries(named.map(([id, metric]) => [id, metric]))).toEqual({
      decisions: `AWS/Lambda Invocations ${authorizer}`,
      authorizerErrors: `AWS/Lambda Errors ${authorizer}`,
      authorizerThrottles: `AWS/Lambda Throttles ${authorizer}`,
      relayErrors: `AWS/Lambda Errors ${relay}`,
      relayThrottles: `AWS/Lambda Throttles ${relay}`,
      brokenOff: `${METRICS.namespace} ${METRICS.calls} upstream_error,broken_off,Portcullis`,
      faults: `${METRICS.namespace} ${METRICS.calls} gateway_error,Portcullis`,
    });
    expect(new Set(named.map(([, , statistic]) => statistic))).toEqual(new Set(['Sum']));
  }
});

test.each([
  [SERVICE_LEVEL.otherwise, VARIANTS['operations by topic']],
  [99.5, VARIANTS.operations],
])('with an objective of %s % the thresholds are its burn rates', (objective, context) => {
  const thresholds = Object.entries(synthesize(context).template.findResources(ALARM))
    .filter(([id]) => id.includes('ServiceLevel'))
    .map(([id, { Properties }]) => [
      id.replace(/^ServiceLevel(.*?)(Long|Short).*/, '$1'),
      Properties.Threshold,
    ]);
  expect(Object.fromEntries(thresholds)).toEqual({
    BudgetBurnsFastFailed: expect.closeTo(14.4 * (100 - objective), 6),
    BudgetBurnsFastSlow: expect.closeTo(14.4, 6),
    BudgetBurnsSlowlyFailed: expect.closeTo(6 * (100 - objective), 6),
    BudgetBurnsSlowlySlow: expect.closeTo(6, 6),
  });
});

/** Of one minute; what is left out is not reported at all. */
type Minute = Readonly<Record<string, number>>;

/** What CloudWatch makes of minutes: sums of a period, `FILL`, and no figure for a division by zero. */
function figureOf(part: Resource, minutes: readonly Minute[]): number | undefined {
  const metrics: Resource[] = part.Metrics;
  const watched = metrics.filter(({ MetricStat }) => MetricStat);
  const values = watched.map(({ Id, MetricStat }) => {
    const figures = minutes.flatMap((minute) => minute[Id] ?? []);
    if (figures.length === 0) return undefined;
    const sum = figures.reduce((total, figure) => total + figure);
    return MetricStat.Stat === 'Sum' ? sum : sum / figures.length;
  });
  const FILL = (value: number | undefined, otherwise: number) => value ?? otherwise;
  const expression: string = metrics.find(({ Expression }) => Expression)?.Expression;
  const evaluate = compileFunction(`return ${expression}`, [...watched.map(({ Id }) => Id), 'FILL']);
  const figure: unknown = evaluate(...values, FILL);
  return Number.isFinite(figure) ? Number(figure) : undefined;
}

function isRaised(part: Resource, minutes: readonly Minute[]): boolean {
  expect(part.ComparisonOperator).toBe('GreaterThanOrEqualToThreshold');
  const length = part.Metrics.find(({ MetricStat }: Resource) => MetricStat).MetricStat.Period / 60;
  const periods = Array.from({ length: part.EvaluationPeriods }, (_, n) =>
    minutes.slice(minutes.length - (n + 1) * length, minutes.length - n * length),
  );
  const bad = periods.filter((period) => (figureOf(part, period) ?? 0) >= part.Threshold);
  return bad.length >= part.DatapointsToAlarm;
}

/** @param minutes the last six hours */
function isTold(name: string, minutes: readonly Minute[]): boolean {
  const [, composite] = composites.find(([id]) => id.startsWith(`ServiceLevel${name}`)) ?? [];
  const rule: string = composite?.Properties.AlarmRule['Fn::Join'][1]
    .map((word: string | Resource) => (typeof word === 'string' ? word : word['Fn::GetAtt'][0]))
    .join('')
    .replaceAll(' AND ', ' && ')
    .replaceAll(' OR ', ' || ');
  const ALARM = (id: string) => isRaised(parts.find(([part]) => part === id)?.[1].Properties, minutes);
  return compileFunction(`return ${rule}`, ['ALARM'])(ALARM);
}

const CALLS = 1_000;
const GOOD: Minute = { decisions: CALLS, within: 99.9 };
const failing = (percent: number): Minute => ({ ...GOOD, authorizerErrors: (CALLS * percent) / 100 });
const minutes = (count: number, minute: Minute) => Array.from({ length: count }, () => minute);
const SIX_HOURS = 360;

describe('on made-up figures', () => {
  const NEVER = undefined;

  test.each([
    ['all calls fail', failing(100), 3, 16],
    ['one in ten fails', failing(10), 9, 22],
    ['one in fifty fails', failing(2), 44, 108],
    ['0.7 % fail', failing(0.7), NEVER, 309],
    ['0.1 % fail, which the objective allows', failing(0.1), NEVER, NEVER],
    ['the relay does not run', { ...GOOD, relayThrottles: CALLS }, 3, 16],
    ['the relay answers with faults of its own', { ...GOOD, faults: CALLS }, 3, 16],
    ['the authorizer does not run at all', { authorizerThrottles: CALLS }, 3, 16],
    ['half of the decisions take too long', { ...GOOD, within: 50 }, 18, 43],
    ['1 % of the decisions take too long, which is allowed', { ...GOOD, within: 99 }, NEVER, NEVER],
    ['servers break off all answers', { ...GOOD, relayErrors: CALLS, brokenOff: CALLS }, NEVER, NEVER],
    ['nobody calls', {}, NEVER, NEVER],
  ])('%s: told by the fast alarm in time, by the slow one too', (_, bad, fast, slowly) => {
    const isToldAfter = (name: string, count: number) =>
      isTold(name, [...minutes(SIX_HOURS, GOOD), ...minutes(count, bad)].slice(-SIX_HOURS));
    for (const [name, after] of [
      ['BudgetBurnsFast', fast],
      ['BudgetBurnsSlowly', slowly],
    ] as const) {
      expect([name, isToldAfter(name, after ?? SIX_HOURS)]).toEqual([name, after !== NEVER]);
      if (after !== NEVER) expect([name, isToldAfter(name, after - 1)]).toEqual([name, false]);
    }
  });

  test('it is over five minutes after the fault is', () => {
    const outage = [...minutes(345, GOOD), ...minutes(10, failing(100))];
    expect(isTold('BudgetBurnsFast', [...minutes(5, GOOD), ...outage])).toBe(true);
    expect(isTold('BudgetBurnsFast', [...outage, ...minutes(5, GOOD)])).toBe(false);
  });

  test('what servers break off is no fault, also while it is not subtracted yet, for two minutes', () => {
    const late = [...minutes(358, GOOD), ...minutes(2, { ...GOOD, relayErrors: CALLS })];
    expect(isTold('BudgetBurnsFast', late)).toBe(false);
    expect(isTold('BudgetBurnsSlowly', late)).toBe(false);
  });
});

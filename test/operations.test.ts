import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { OUTCOMES } from '../functions/domain/call-record.ts';
import { API_ERRORS } from '../functions/domain/errors.ts';
import { METRICS } from '../functions/domain/metric-names.ts';
import { type Resource, synthesize } from './infra/synthesized.ts';
import { VARIANTS } from './infra/variants.ts';

const page = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');
const { template } = synthesize(VARIANTS.operations);

/** The rows of the n-th table of a section: their cells, without the first column's quotes. */
function rowsOf(section: string, n = 0): string[][] {
  const [, text = ''] = page.split(`\n## ${section}\n`);
  const [here = ''] = text.split('\n## ');
  const tables = [...here.matchAll(/^\|(?:---\|)+\n((?:\|.*\n)+)/gm)];
  const lines = (tables[n]?.[1] ?? '').trim().split('\n');
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  );
}
const namesOf = (rows: readonly string[][]) => rows.map(([name = '']) => name).toSorted();

/** The metrics of the dashboard: namespace and name of each, also where it is searched for. */
function shownMetrics(): string[] {
  const [{ Properties } = fail()] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const body: string = Properties.DashboardBody['Fn::Join'][1]
    .map((part: unknown) => (typeof part === 'string' ? part : 'x'))
    .join('');
  const { widgets } = JSON.parse(body);
  const rows: unknown[][] = widgets.flatMap(({ properties }: Resource) => properties.metrics ?? []);
  return rows.flatMap(([namespace, name]) =>
    typeof namespace === 'string' ? [`${namespace} ${name}`] : searchedMetric(JSON.stringify(namespace)),
  );
}
const searchedMetric = (expression: string): string[] => {
  const [, namespace, name] = /SEARCH\('\{(\w+),.*?MetricName=\\+"(\w+)/.exec(expression) ?? [];
  return namespace === undefined ? [] : [`${namespace} ${name}`];
};

const fail = (): never => {
  throw new Error('There is no dashboard');
};

describe('docs/operations.md says what to do about', () => {
  test('every alarm, and of none that there is not', () => {
    const ids = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
      Object.keys(template.findResources(type)),
    );
    const alarms = ids
      .map((id) => /^(?:Alarms|ServiceLevel)(\w+)[0-9A-F]{8}$/.exec(id)?.[1] ?? id)
      .filter((name) => !/(Long|Short)$/.test(name));
    expect(alarms.length).toBeGreaterThan(10);
    expect(namesOf(rowsOf('Alarms'))).toEqual(alarms.toSorted());
  });

  test('every metric that an alarm watches or the dashboard shows, and of no other', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    const watched = alarms.flatMap(({ Properties: { Namespace, MetricName, Metrics = [] } }) => [
      ...(MetricName === undefined ? [] : [`${Namespace} ${MetricName}`]),
      ...Metrics.flatMap(({ MetricStat }: Resource) =>
        MetricStat ? [`${MetricStat.Metric.Namespace} ${MetricStat.Metric.MetricName}`] : [],
      ),
    ]);
    const { namespace, ...own } = METRICS;
    const counted = Object.values(own).map((name) => `${namespace} ${name}`);
    const all = new Set([...watched, ...shownMetrics(), ...counted]);
    expect(namesOf(rowsOf('Metrics'))).toEqual([...all].toSorted());
  });

  test('every outcome that calls are counted by', () => {
    expect(namesOf(rowsOf('Metrics', 1))).toEqual(OUTCOMES.toSorted());
  });

  test('every slug, with its status and code', () => {
    const documented = rowsOf('Errors').map(([slug, numbers]) => `${slug} ${numbers}`);
    const errors = Object.values(API_ERRORS).map(({ slug, status, code }) => `${slug} ${status}, ${code}`);
    expect(documented.toSorted()).toEqual(errors.toSorted());
  });

  test('each of them in every column but those that say what there is nothing to say of', () => {
    for (const section of ['Alarms', 'Errors']) {
      for (const row of rowsOf(section)) expect(row).not.toContain('');
    }
  });

  test('the tests that it names, which are there', () => {
    const named = [...page.matchAll(/`((?:test|infra)\/[\w./-]+\.ts)`/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(10);
    for (const path of named)
      expect(() => readFileSync(new URL(`../${path}`, import.meta.url))).not.toThrow();
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomBase62 } from '../../functions/domain/api-key.ts';
import {
  addDuration,
  type DurationSketch,
  quantile,
  readSketch,
  sketchText,
} from '../../functions/domain/duration-sketch.ts';
import type { Table } from '../../functions/table/client.ts';
import { countCalls } from '../../functions/table/journal.ts';
import { readUsage } from '../../functions/table/usage-store.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { callOf } from '../support/records.ts';
import { keyId, NOW, newProject, RETENTION_DAYS } from './call-model.ts';

const DAY_MS = 86_400_000;

let store: TestStore;
let table: Table;
beforeAll(async () => {
  store = await startTestStore();
  table = { client: store.client, name: store.tableName };
});
afterAll(() => store.close());

const exact = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1] ?? Number.NaN;
const sketchOf = (values: readonly number[]): DurationSketch => {
  const sketch: DurationSketch = new Map();
  for (const value of values) addDuration(sketch, value);
  return sketch;
};
const isWithin = (found: number | null, value: number) =>
  found !== null && Math.abs(found - value) <= 0.02 * value + 1e-9;

describe('a sketch of durations', () => {
  it('knows every quantile within 2 %, also once it was stored', () => {
    const duration = fc.double({ min: 0.1, max: 1_800_000, noNaN: true });
    const quantiles = fc.constantFrom(0, 0.5, 0.95, 0.99, 1);
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), quantiles, (values, q) => {
        const found = quantile(readSketch(sketchText(sketchOf(values))), q);
        return isWithin(found, exact(values, q));
      }),
    );
  });

  it('takes what is no time at all for a tenth of a millisecond, and has no quantile while it is empty', () => {
    expect(quantile(sketchOf([0, 0, 0.05]), 0.5)).toBe(0.1);
    expect(quantile(readSketch(''), 0.5)).toBeNull();
  });

  it('of calls as they are fits one write unit', () => {
    const values = Array.from({ length: 100_000 }, (_, n) => 5 * Math.exp(3 * Math.sin(n)));
    expect(sketchText(sketchOf(values)).length).toBeLessThan(1_400);
  });
});

describe('usage', () => {
  const record = (projectId: string, n: number, change: object = {}) =>
    callOf({ project_id: projectId, source: randomBase62(8), n: n + 1, at: NOW, ...change });

  it('has p50 and p95 within 2 % over shards, steps and days', async () => {
    const projectId = newProject();
    const durations = Array.from({ length: 400 }, (_, n) => 0.4 + ((n * 7_919) % 1_000) ** 2 / 100);
    const records = durations.map((duration_ms, n) =>
      record(projectId, n, { duration_ms, at: NOW - (n % 3) * DAY_MS, source: `source0${n % 10}` }),
    );
    for (let n = 0; n < records.length; n += 100) {
      await countCalls(table, records.slice(n, n + 100), RETENTION_DAYS);
    }
    const [usage, ...others] = await readUsage(
      table,
      projectId,
      'api_key',
      { fromDay: '2026-11-21', toDay: '2026-11-23' },
      NOW,
    );
    expect(others).toEqual([]);
    expect(usage?.calls).toBe(400);
    expect(isWithin(usage?.p50_ms ?? null, exact(durations, 0.5))).toBe(true);
    expect(isWithin(usage?.p95_ms ?? null, exact(durations, 0.95))).toBe(true);
  });

  it('is that of the days asked for, both included, and by day tells them apart', async () => {
    const projectId = newProject();
    const days = [0, 1, 2, 3].map((n) =>
      record(projectId, n, { at: NOW - n * DAY_MS, api_key_id: keyId(n) }),
    );
    await countCalls(table, days, RETENTION_DAYS);
    const of = async (dimension: 'api_key' | 'day', fromDay: string, toDay: string) =>
      (await readUsage(table, projectId, dimension, { fromDay, toDay }, NOW)).map(({ value, calls }) => [
        value,
        calls,
      ]);
    expect(await of('api_key', '2026-11-21', '2026-11-22')).toEqual([
      [keyId(1), 1],
      [keyId(2), 1],
    ]);
    expect(await of('day', '2026-11-21', '2026-11-22')).toEqual([
      ['2026-11-21', 1],
      ['2026-11-22', 1],
    ]);
    expect(await of('day', '2026-11-24', '2026-11-30')).toEqual([]);
    expect(await of('day', '2026-11-23', '2026-11-22')).toEqual([]);
  });

  it('is not told once its day has expired', async () => {
    const projectId = newProject();
    await countCalls(table, [record(projectId, 0)], RETENTION_DAYS);
    const days = { fromDay: '2026-11-23', toDay: '2026-11-23' };
    const end = Date.parse('2026-11-24') + RETENTION_DAYS * DAY_MS;
    expect(await readUsage(table, projectId, 'day', days, end - 1)).toHaveLength(1);
    expect(await readUsage(table, projectId, 'day', days, end)).toEqual([]);
  });
});

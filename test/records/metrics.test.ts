import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { type CallRecord, OUTCOMES, REASONS } from '../../functions/domain/call-record.ts';
import { METRICS } from '../../functions/domain/metric-names.ts';
import { callMetrics } from '../../functions/records/metrics.ts';
import { callLine } from '../../functions/records/print.ts';
import { type ReadRecord, readRecord } from '../../functions/records/read.ts';
import { callOf, printed } from '../support/records.ts';

const NOW = Date.now();
const call = (change: Partial<CallRecord> = {}): ReadRecord => ({
  kind: 'call',
  call: callOf({ at: NOW, ...change }),
});
const calls = (count: number, change: Partial<CallRecord> = {}) =>
  Array.from({ length: count }, () => call(change));

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const emf = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.int().min(0),
    CloudWatchMetrics: z.tuple([
      z.strictObject({
        Namespace: z.string().min(1).max(1024),
        Dimensions: z.array(z.array(z.string().min(1).max(250)).min(1).max(30)).min(1),
        Metrics: z
          .array(
            z.strictObject({
              Name: z.string().min(1).max(1024),
              Unit: z.enum(['Count', 'Milliseconds']),
            }),
          )
          .min(1)
          .max(100),
      }),
    ]),
  }),
});
const values = z.union([z.number().transform((value) => [value]), z.array(z.number()).min(1).max(100)]);

interface Emitted {
  readonly name: string;
  /** Such as `service=a-gateway outcome=allowed`. */
  readonly dimensions: string;
  readonly timestamp: number;
  readonly values: readonly number[];
}

/** What CloudWatch would read of a line. */
function emittedBy(line: string): Emitted[] {
  const document = emf.parse(JSON.parse(line));
  const [{ Namespace, Dimensions, Metrics }] = document._aws.CloudWatchMetrics;
  expect(Namespace).toBe('Portcullis');
  const members = new Set(['_aws', ...Dimensions.flat(), ...Metrics.map(({ Name }) => Name)]);
  expect(Object.keys(document).filter((name) => !members.has(name))).toEqual([]);
  return Metrics.flatMap(({ Name }) =>
    Dimensions.map((names) => ({
      name: Name,
      dimensions: names
        .map((name) => `${name}=${z.string().min(1).max(1024).parse(document[name])}`)
        .join(' '),
      timestamp: document._aws.Timestamp,
      values: values.parse(document[Name]),
    })),
  );
}

async function emitted(...batches: (readonly ReadRecord[])[]): Promise<Emitted[]> {
  const faults: unknown[] = [];
  const count = callMetrics('a-gateway', (fault) => faults.push(fault));
  const lines = await printed(() => batches.forEach(count));
  expect(faults).toEqual([]);
  return lines.flatMap(emittedBy);
}

/** The sums of a metric by its dimensions. */
function sums(all: readonly Emitted[], name: string): Record<string, number> {
  const found = Map.groupBy(
    all.filter((metric) => metric.name === name),
    ({ dimensions }) => dimensions,
  );
  return Object.fromEntries(
    [...found].map(([dimensions, metrics]) => [
      dimensions,
      metrics.flatMap((metric) => metric.values).reduce((sum, value) => sum + value, 0),
    ]),
  );
}

describe('the metrics of a batch', () => {
  it('count calls by outcome and by reason, each of a flood as one', async () => {
    const all = await emitted([
      ...calls(3),
      ...calls(2, { outcome: 'refused', reason: 'no_key', flood_since: NOW }),
      call({ outcome: 'refused', reason: 'revoked' }),
      call({ outcome: 'would_be_refused', reason: 'no_key' }),
    ]);
    expect(sums(all, METRICS.calls)).toEqual({
      'service=a-gateway outcome=allowed': 3,
      'service=a-gateway outcome=refused': 3,
      'service=a-gateway outcome=refused reason=no_key': 2,
      'service=a-gateway outcome=refused reason=revoked': 1,
      'service=a-gateway outcome=would_be_refused': 1,
      'service=a-gateway outcome=would_be_refused reason=no_key': 1,
    });
  });

  it('count requests to addresses that nobody has', async () => {
    const unknown = [NOW - 5, NOW].map((at): ReadRecord => ({ kind: 'unknown_address', at }));
    expect(await emitted(unknown)).toEqual([
      { name: METRICS.unknownAddresses, dimensions: 'service=a-gateway', timestamp: NOW, values: [2] },
    ]);
  });

  it.each([1, 98, 99, 100, 101, 500])('have each of %i durations', async (count) => {
    const durations = Array.from({ length: count }, (_, n) => n + 0.5);
    const all = await emitted(durations.map((duration_ms) => call({ duration_ms })));
    const found = all.filter(({ name }) => name === METRICS.duration);
    expect(found.flatMap((metric) => metric.values)).toEqual(durations);
    expect(new Set(found.map(({ dimensions }) => dimensions))).toEqual(
      new Set(['service=a-gateway outcome=allowed']),
    );
  });

  it('have no durations of refusals, so that a flood of 1,000 is two lines', async () => {
    const all = await emitted(calls(1_000, { outcome: 'refused', reason: 'malformed' }));
    expect(all.map(({ name, values }) => [name, values])).toEqual([
      [METRICS.calls, [1_000]],
      [METRICS.calls, [1_000]],
    ]);
  });

  it('stand at the time of the calls, also when they are delivered days later', async () => {
    const at = NOW - 3 * 86_400_000;
    const all = await emitted([call({ at: at - 7 }), call({ at })], [call()]);
    expect(new Set(all.map(({ timestamp }) => timestamp))).toEqual(new Set([at, NOW]));
  });

  it('are none without calls', async () => {
    const use = { projectId: 'pr_1', keyId: 'key_1', usedAt: NOW };
    expect(await emitted([], [{ kind: 'key_use', use }])).toEqual([]);
  });

  it('add up to the calls, whatever they are, and have the dimensions of closed lists alone', async () => {
    const text = fc.string({ minLength: 1, maxLength: 64 });
    const change = fc.record({
      outcome: fc.constantFrom(...OUTCOMES),
      reason: fc.oneof(fc.constant(null), fc.constantFrom(...REASONS), text),
      tool: text,
      client: text,
      ip: text,
      method: text,
      duration_ms: fc.oneof(fc.double(), fc.nat()),
    });
    const possible = new Set(
      OUTCOMES.flatMap((outcome) => [
        `service=a-gateway outcome=${outcome}`,
        ...REASONS.map((reason) => `service=a-gateway outcome=${outcome} reason=${reason}`),
      ]),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 120 }), async (changes) => {
        const records = changes
          .map((hostile) => readRecord(callLine(callOf({ at: NOW, ...hostile } as Partial<CallRecord>))))
          .filter((record) => record !== undefined);
        const all = await emitted(records);
        expect(all.filter(({ dimensions }) => !possible.has(dimensions))).toEqual([]);
        const byOutcome = sums(
          all.filter(({ dimensions }) => !dimensions.includes('reason=')),
          METRICS.calls,
        );
        expect(Object.values(byOutcome).reduce((sum, count) => sum + count, 0)).toBe(records.length);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a metric that cannot be printed', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('fails no batch, is told, and leaves nothing behind', async () => {
    const faults: unknown[] = [];
    const count = callMetrics('a-gateway', (fault) => faults.push(fault));
    const stringify = jest.spyOn(JSON, 'stringify').mockImplementationOnce(() => {
      throw new TypeError('not today');
    });
    expect(await printed(() => count(calls(2)))).toEqual([]);
    expect(faults).toEqual([new TypeError('not today')]);
    stringify.mockRestore();
    const lines = await printed(() => count(calls(1, { outcome: 'rejected', reason: 'loop' })));
    expect(sums(lines.flatMap(emittedBy), METRICS.calls)).toEqual({
      'service=a-gateway outcome=rejected': 1,
      'service=a-gateway outcome=rejected reason=loop': 1,
    });
  });
});

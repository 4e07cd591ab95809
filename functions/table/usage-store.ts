import * as z from 'zod/mini';
import {
  type CallRecord,
  OUTCOMES,
  type Outcome,
  USAGE_DIMENSIONS,
  type UsageDimension,
} from '../domain/call-record.ts';
import {
  addDuration,
  addSketch,
  type DurationSketch,
  quantile,
  readSketch,
  sketchText,
} from '../domain/duration-sketch.ts';
import { readItem, stored } from './access-items.ts';
import type { Table } from './client.ts';
import type { CountedDay, CountedValue } from './counted-value.ts';
import { itemKey } from './layout.ts';
import { readDays } from './reads.ts';

/** A span of whole days in UTC, both included: `2026-11-25`. */
export interface Days {
  readonly fromDay: string;
  readonly toDay: string;
}

/** What is counted of the calls that have one value of a dimension. */
export interface Usage {
  /** A key's id or `anonymous`; a tool or `(other)`; a server's id; a day. */
  readonly value: string;
  readonly calls: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Those with a credential that the gate accepts. */
  readonly valid_calls: number;
  /** Within 2 %. `null`: there was no call. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly bytes_in: number;
  readonly bytes_out: number;
}

const counts = {
  /** Those that are not 0. */
  outcomes: z.record(z.string(), z.int()),
  valid_calls: z.int(),
  durations: z.string(),
  bytes_in: z.number(),
  bytes_out: z.number(),
};
/** What one step of counting adds to a value. */
export const usageShare = z.object({ dimension: z.enum(USAGE_DIMENSIONS), value: z.string(), ...counts });
export type UsageShare = z.infer<typeof usageShare>;
const usageItem = stored({ value: z.string(), ...counts });

/** Counts while they grow. */
interface Tally {
  readonly value: string;
  readonly outcomes: Record<string, number>;
  readonly durations: DurationSketch;
  valid_calls: number;
  bytes_in: number;
  bytes_out: number;
}
const emptyTally = (value: string): Tally => ({
  ...{ value, outcomes: {}, durations: new Map(), valid_calls: 0, bytes_in: 0, bytes_out: 0 },
});

const sharesOf = (record: CallRecord, tool: string | null): (readonly [UsageDimension, string])[] => [
  ['api_key', record.api_key_id ?? 'anonymous'],
  ...(tool === null ? [] : [['tool', tool] as const]),
  ['mcp_server', record.mcp_server_id],
];

/** Adds up what calls of one day add to usage. */
export class UsageTally {
  readonly #day: string;
  readonly #tallies = new Map<string, { readonly dimension: UsageDimension; readonly tally: Tally }>();

  constructor(day: string) {
    this.#day = day;
  }

  /** How many values it touches. */
  get size(): number {
    return this.#tallies.size;
  }

  /** @param tool as which it counts; `null`: none */
  add(record: CallRecord, tool: string | null): void {
    for (const [dimension, value] of [...sharesOf(record, tool), ['day', this.#day] as const]) {
      const id = `${dimension}#${value}`;
      const { tally } = this.#tallies.get(id) ?? { tally: emptyTally(value) };
      this.#tallies.set(id, { dimension, tally });
      tally.outcomes[record.outcome] = (tally.outcomes[record.outcome] ?? 0) + 1;
      addDuration(tally.durations, record.duration_ms);
      if (record.credential === 'valid') tally.valid_calls++;
      addBytes(tally, record);
    }
  }

  shares(): UsageShare[] {
    return [...this.#tallies.values()].map(({ dimension, tally }) => ({
      ...{ ...tally, dimension },
      durations: sketchText(tally.durations),
    }));
  }
}

function merge(tally: Tally, more: z.infer<typeof usageItem>): void {
  for (const [outcome, count] of Object.entries(more.outcomes)) {
    tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + count;
  }
  addSketch(tally.durations, readSketch(more.durations));
  tally.valid_calls += more.valid_calls;
  addBytes(tally, more);
}

/** A sum that is no exact number any more could not be stored, nor anything that is counted with it. */
function addBytes(tally: Tally, more: Pick<Tally, 'bytes_in' | 'bytes_out'>): void {
  tally.bytes_in = Math.min(tally.bytes_in + more.bytes_in, Number.MAX_SAFE_INTEGER);
  tally.bytes_out = Math.min(tally.bytes_out + more.bytes_out, Number.MAX_SAFE_INTEGER);
}

export const usageValue = (of: CountedDay, share: UsageShare): CountedValue => ({
  key: itemKey.usage(of.projectId, share.dimension, `${of.day}#${share.value}#${of.shard}`),
  expires: of.expires,
  add(found) {
    const tally = emptyTally(share.value);
    const item = readItem(usageItem, 'usage', found);
    if (item !== undefined) merge(tally, item);
    merge(tally, share);
    return { ...item, ...tally, durations: sketchText(tally.durations) };
  },
});

/**
 * @param now milliseconds since the epoch
 * @returns one for each value that was counted, in the order of the values
 */
export async function readUsage(
  table: Table,
  projectId: string,
  dimension: UsageDimension,
  days: Days,
  now = Date.now(),
): Promise<Usage[]> {
  const tallies = new Map<string, Tally>();
  const { pk } = itemKey.usage(projectId, dimension, '');
  for await (const found of readDays(table, pk, days, now)) {
    const item = readItem(usageItem, 'usage', found);
    if (item === undefined) continue;
    const tally = tallies.get(item.value) ?? emptyTally(item.value);
    tallies.set(item.value, tally);
    merge(tally, item);
  }
  return [...tallies.values()].sort((a, b) => (a.value < b.value ? -1 : 1)).map(toUsage);
}

function toUsage({ outcomes, durations, ...sums }: Tally): Usage {
  const byOutcome = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, outcomes[outcome] ?? 0]));
  return {
    ...sums,
    calls: Object.values(outcomes).reduce((sum, count) => sum + count, 0),
    outcomes: byOutcome as Record<Outcome, number>,
    p50_ms: quantile(durations, 0.5),
    p95_ms: quantile(durations, 0.95),
  };
}

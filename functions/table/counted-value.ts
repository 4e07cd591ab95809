import type { ItemKey } from './layout.ts';

/** Whose counts: those of the calls of one day (UTC) of a project, as far as their sources belong to one shard. */
export interface CountedDay {
  readonly projectId: string;
  readonly shard: number;
  readonly day: string;
  /** Seconds since the epoch after which what is counted of the day is not shown any more. */
  readonly expires: number;
}

/** An item whose counts grow, step by step, as journal.ts says. */
export interface CountedValue {
  readonly key: ItemKey;
  /** Seconds since the epoch after which it is not shown any more. */
  readonly expires: number;
  /** @returns the attributes that the stored item has after this step; `undefined`: none is stored yet */
  add(stored: Record<string, unknown> | undefined): Record<string, unknown>;
}

import type { Outcome } from '../domain/call-record.ts';
import type { Table } from './client.ts';
import type { UsageDimension } from './layout.ts';

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

/** @returns one for each value that was counted, in the order of the values */
export async function readUsage(
  _table: Table,
  _projectId: string,
  _dimension: UsageDimension,
  _days: Days,
  _now: number,
): Promise<Usage[]> {
  throw new Error('Not built yet');
}

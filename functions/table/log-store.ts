import type { CallData, CallRecord, Flood, Outcome } from '../domain/call-record.ts';
import type { Table } from './client.ts';
import type { Page, PageRequest } from './reads.ts';

/** Which rows are wanted: those that are all of it. */
export interface LogFilter {
  /** A key's id, or `anonymous`. */
  readonly apiKeyId?: string | undefined;
  readonly mcpServerId?: string | undefined;
  readonly tool?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly requestId?: string | undefined;
  /** Milliseconds since the epoch: from this moment on. */
  readonly from?: number | undefined;
  /** And before this one. */
  readonly to?: number | undefined;
}

/** A call, or a flood of like refusals, as it is stored. */
export type LogRow = Omit<CallRecord, 'source' | 'n' | 'flood_since' | 'data'> & {
  readonly place: string;
  /** How many share the row; `null`: it is one call's. The other members are then those of one of them. */
  readonly flood: Flood | null;
  /** Whether a payload was stored with it. */
  readonly hasData: boolean;
};

/** Stores the rows of records that have their own. */
export async function storeRows(
  _table: Table,
  _records: readonly CallRecord[],
  _retentionDays: number,
  _now: number,
): Promise<void> {
  throw new Error('Not built yet');
}

/** A page of rows, newest first. @param page.after the place of the last row of the page before */
export async function listLogs(
  _table: Table,
  _projectId: string,
  _filter: LogFilter,
  _page: PageRequest,
  _now: number,
): Promise<Page<LogRow>> {
  throw new Error('Not built yet');
}

export async function findLog(
  _table: Table,
  _projectId: string,
  _place: string,
  _now: number,
): Promise<LogRow | undefined> {
  throw new Error('Not built yet');
}

/** @param places at most 100, none twice @returns the payloads that there are, by place */
export async function readData(
  _table: Table,
  _projectId: string,
  _places: readonly string[],
  _now: number,
): Promise<ReadonlyMap<string, CallData>> {
  throw new Error('Not built yet');
}

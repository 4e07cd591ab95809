import type { RefusalReason } from '../domain/refusals.ts';
import type { Table } from './client.ts';
import type { Days } from './usage-store.ts';

/** Who stands for the callers beyond those that are told apart, in place of server, client and address. */
export const OTHERS = '(others)';

/** A caller without a valid key: the calls of one server, client, address and reason. */
export interface RefusedCaller {
  /** Of server, client, address and reason: the same every day. */
  readonly id: string;
  readonly mcp_server_id: string;
  readonly client: string | null;
  readonly ip: string;
  readonly reason: RefusalReason;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly first_seen: number;
  readonly last_seen: number;
  readonly sample_request_id: string;
}

/** @returns the callers of those days, the one that was seen last first */
export async function listCallers(
  _table: Table,
  _projectId: string,
  _days: Days,
  _now: number,
): Promise<RefusedCaller[]> {
  throw new Error('Not built yet');
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Schemas } from '../../client/index.ts';
import { LATE_MS, PAGE, POLLS_BETWEEN_DEEP_ONES, STREAM_MS } from '../../client/late-rows.ts';
import { usePortcullis } from '../api/session.tsx';
import { timeOf } from '../parts/rows.ts';
import type { LogQuery } from './log-query.ts';

export type LogRow = Schemas['LogRow'];

/** What came in while the log is followed. */
interface Followed {
  readonly rows: readonly LogRow[];
  /** How many were seen to come. */
  readonly arrived: number;
  /** Up to when it was looked, milliseconds since the epoch by the gateway's clock. */
  readonly until: number;
  readonly polls: number;
}

const POLL_MS = 2_000;
const POLL_AFTER_ERROR_MS = 10_000;
/** So many are shown while it is followed: a flood must not be made worse, nor a page that never ends. */
export const MAX_FOLLOWED = 1_000;

/**
 * The rows that come in, each once, newest first. While the tab is not looked at nothing is asked, and what came meanwhile is
 * asked for when it is again.
 * @param since up to when the log was read without it; `undefined`: it was not yet
 */
export function useFollowedRows(query: LogQuery, since: number | undefined, isOn: boolean) {
  const portcullis = usePortcullis();
  const queries = useQueryClient();
  const queryKey = ['listLogs', query, 'followed', since];
  return useQuery<Followed>({
    queryKey,
    enabled: isOn && since !== undefined,
    gcTime: 0,
    refetchInterval: ({ state }) => (state.status === 'error' ? POLL_AFTER_ERROR_MS : POLL_MS),
    queryFn: async ({ signal }): Promise<Followed> => {
      const before: Followed = queries.getQueryData<Followed>(queryKey) ?? {
        rows: [],
        arrived: 0,
        until: since ?? Date.now(),
        polls: 0,
      };
      const isDeep = before.polls % POLLS_BETWEEN_DEEP_ONES === 0;
      const from = Math.max(before.until - (isDeep ? STREAM_MS : LATE_MS), Date.parse(query.from ?? '') || 0);
      const known = new Map(before.rows.map((row) => [row.id, row.count]));
      const read: LogRow[] = [];
      let arrived = 0;
      let until = before.until;
      let cursor: string | undefined;
      do {
        const page = { ...query, from: new Date(from).toISOString(), limit: PAGE, cursor };
        const answer = await portcullis.request('listLogs', { query: page, signal });
        const { items, next_cursor } = answer.data;
        read.push(...items);
        arrived += items.filter(({ id }) => !known.has(id)).length;
        // A row of many like refusals grows.
        const isOld = items.length > 0 && items.every(({ id, count }) => known.get(id) === count);
        if (cursor === undefined) until = timeOf(answer);
        cursor = isOld && !isDeep ? undefined : (next_cursor ?? undefined);
      } while (cursor !== undefined && read.length < MAX_FOLLOWED);
      return {
        rows: merged(before.rows, read).slice(0, MAX_FOLLOWED),
        // What was there already is no news.
        arrived: before.polls === 0 ? 0 : before.arrived + arrived,
        until,
        polls: before.polls + 1,
      };
    },
  });
}

/** @returns each row once, as it was when it had counted most, newest first: the id of a row says where it stands */
export function merged(...lists: readonly (readonly LogRow[])[]): LogRow[] {
  const rows = new Map<string, LogRow>();
  for (const row of lists.flat()) {
    const known = rows.get(row.id);
    if (known === undefined || row.count > known.count) rows.set(row.id, row);
  }
  return [...rows.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

import { setTimeout as delay } from 'node:timers/promises';
import {
  isPortcullisError,
  type OperationParameters,
  type Portcullis,
  PortcullisConnectionError,
  type Schemas,
} from '../client/index.ts';
import { LATE_MS, PAGE, POLLS_BETWEEN_DEEP_ONES, STREAM_MS } from '../client/late-rows.ts';
import { note, printable } from './output.ts';

type Row = Schemas['LogRow'];
type Query = NonNullable<OperationParameters<'listLogs'>['query']>;

const POLL_MS = 1_000;
const MAX_WAIT_MS = 30_000;
/** So many rows are looked through at most: a flood must not be made worse. */
const MAX_ROWS = 5_000;

/**
 * Shows rows as they come in, each once, until the user ends it. A gateway that fails for a while is asked again.
 * @param query what is wanted of them
 * @param newest the rows that were there, newest first: they are shown first
 */
export async function follow(
  client: Portcullis,
  query: Query,
  newest: readonly Row[],
  show: (row: Row) => void,
): Promise<never> {
  const startedAt = Date.now() - LATE_MS;
  const since = Math.max(startedAt, Date.parse(query.from ?? '') || 0);
  const rowsFrom = (time: number, isDeep: boolean) =>
    unseenRows(client, { ...query, from: new Date(Math.max(since, time)).toISOString() }, seen, isDeep);
  /** The arrival of each row that is not to be shown again, by its id. */
  const seen = new Map(newest.map(({ id, timestamp }) => [id, Date.parse(timestamp)]));
  for (const row of newest.toReversed()) show(row);
  // What was there and is not among them is no news.
  await rowsFrom(since, true);

  let wait = POLL_MS;
  for (let poll = 1; ; poll++) {
    await delay(wait);
    const isDeep = poll % POLLS_BETWEEN_DEEP_ONES === 0;
    try {
      for (const row of await rowsFrom(Date.now() - (isDeep ? STREAM_MS : LATE_MS), isDeep)) show(row);
      wait = POLL_MS;
    } catch (error) {
      if (!passes(error)) throw error;
      wait = Math.min(wait * 2, MAX_WAIT_MS);
      note(printable(`${error.message} (asking again in ${wait / 1_000} s)`));
    }
    if (isDeep) forget(seen, Date.now() - 2 * STREAM_MS);
  }
}

/**
 * @param isDeep whether to look on where a page has nothing new: rows that came late stand behind others
 * @returns the rows that were not seen, oldest first; they are seen now
 */
async function unseenRows(
  client: Portcullis,
  query: Query,
  seen: Map<string, number>,
  isDeep: boolean,
): Promise<Row[]> {
  const unseen: Row[] = [];
  let sinceUnseen = 0;
  let looked = 0;
  for await (const row of client.paginate('listLogs', { query: { ...query, limit: PAGE } })) {
    if (!seen.has(row.id)) unseen.push(row);
    sinceUnseen = seen.has(row.id) ? sinceUnseen + 1 : 0;
    if (++looked === MAX_ROWS || (!isDeep && sinceUnseen === PAGE)) break;
  }
  for (const { id, timestamp } of unseen) seen.set(id, Date.parse(timestamp));
  return unseen.toReversed();
}

function forget(seen: Map<string, number>, before: number): void {
  for (const [id, time] of seen) {
    if (time < before) seen.delete(id);
  }
}

/** Whether it is a failure that may pass by itself. */
const passes = (error: unknown): error is Error =>
  error instanceof PortcullisConnectionError ||
  (isPortcullisError(error) && (error.status === 429 || error.status >= 500));

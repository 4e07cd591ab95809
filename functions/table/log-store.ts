import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { BatchWriteCommand, type BatchWriteCommandOutput, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { withinDeadline } from '../domain/call-limits.ts';
import {
  type CallData,
  type CallRecord,
  type Flood,
  OTHERS,
  OUTCOMES,
  type Outcome,
  placeAt,
  placeOf,
  REASONS,
} from '../domain/call-record.ts';
import { inParallel } from '../domain/in-parallel.ts';
import { REFUSAL_REASONS } from '../domain/refusals.ts';
import { isOfLaterVersion, readItem, stored } from './access-items.ts';
import type { Table } from './client.ts';
import type { CountedDay, CountedValue } from './counted-value.ts';
import { type ItemKey, itemKey, LOG_SHARDS, logPartition, PARTITION_KEY, SORT_KEY } from './layout.ts';
import { getItem, getItems, isCurrent, type Page, type PageRequest } from './reads.ts';

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
export type LogRow = Omit<CallRecord, 'source' | 'n' | 'flood_since' | 'flood_is_mixed' | 'data'> & {
  readonly place: string;
  /** How many share the row; `null`: it is one call's. The other members are then those of one of them. */
  readonly flood: Flood | null;
  /** Whether a payload was stored with it. */
  readonly hasData: boolean;
};

const ANONYMOUS = 'anonymous';
/** How many items one BatchWriteItem takes. */
const BATCH = 25;
/** How many of them are under way at the same time. */
const PARALLEL = 8;
/** So often what the store leaves unwritten is tried again: for about ten seconds, so that a batch of records ends in time. */
const MAX_ROUNDS = 8;

const CREDENTIALS = ['valid', ...REFUSAL_REASONS] as const;

/** What is stored of a record; what is null is left out. The rest stands in the key. */
const rowAttributes = {
  mcp_server_id: z.string(),
  api_key_id: z.optional(z.string()),
  at: z.int(),
  request_id: z.string(),
  http_method: z.string(),
  method: z.optional(z.string()),
  tool: z.optional(z.string()),
  outcome: z.enum(OUTCOMES),
  reason: z.optional(z.enum(REASONS)),
  credential: z.enum(CREDENTIALS),
  status: z.int(),
  duration_ms: z.number(),
  upstream_ms: z.optional(z.number()),
  bytes_in: z.number(),
  bytes_out: z.number(),
  client: z.optional(z.string()),
  ip: z.string(),
  protocol_version: z.optional(z.string()),
  trace_id: z.optional(z.string()),
  presented: z.optional(z.string()),
  presented_key_id: z.optional(z.string()),
};
const rowOfRecord = z.object(rowAttributes);
type StoredRow = z.infer<typeof rowOfRecord>;

const floodAttributes = { count: z.int(), first_seen: z.int(), last_seen: z.int() };
const rowItem = z.object({
  ...rowAttributes,
  has_data: z.optional(z.boolean()),
  flood: z.optional(z.object(floodAttributes)),
});
/** The same, to be written again. */
const floodItem = stored({ ...rowItem.shape, flood: z.optional(stored(floodAttributes)) });
const placeItem = z.object({ place: z.string() });
const dataItem = z.object({ data: z.instanceof(Uint8Array) });
const anyData = z.object({ arguments: z.optional(z.unknown()), result: z.optional(z.unknown()) });

/** What one step of counting adds to the row of a flood, with the attributes of one of its records. */
export const floodShare = z.object({ place: z.string(), row: rowOfRecord, ...floodAttributes });
export type FloodShare = z.infer<typeof floodShare>;

const digest = (...parts: (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** A tool's name is the client's, and could hold what a key is made of. */
const toolList = (tool: string): string => `tool#${digest(tool).slice(0, 12)}`;

/** The lists that a row stands in. */
const listsOf = (row: StoredRow): string[] => [
  'all',
  `key#${row.api_key_id ?? ANONYMOUS}`,
  `server#${row.mcp_server_id}`,
  ...(row.tool === undefined ? [] : [toolList(row.tool)]),
  ...(row.outcome === 'allowed' ? [] : [`outcome#${row.outcome}`]),
];

function rowOf(record: CallRecord): StoredRow {
  const { project_id: _project, source: _source, n: _n, flood_since: _since, data: _data, ...rest } = record;
  return rowOfRecord.parse({
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
    duration_ms: hundredths(record.duration_ms),
    ...(record.upstream_ms !== null && { upstream_ms: hundredths(record.upstream_ms) }),
  });
}

/** More would be no measurement; and the smallest numbers there are would be none that the store takes. */
const hundredths = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;

/** Seconds since the epoch after which what happened then is not shown any more. */
export const expiresAfter = (at: number, retentionDays: number): number =>
  Math.floor(at / 1_000) + retentionDays * 86_400;

/**
 * Stores the rows of the records that have their own, with their payloads. Doing it again changes nothing.
 * @throws when the store does not take all of it; what it took stays
 */
export async function storeRows(
  table: Table,
  records: readonly CallRecord[],
  retentionDays: number,
): Promise<void> {
  // A request to the store may name each item once.
  const items = new Map<string, Record<string, unknown>>();
  const put = (key: ItemKey, attributes: object) => items.set(JSON.stringify(key), { ...attributes, ...key });
  for (const record of records) {
    if (record.flood_since !== null) continue;
    const { project_id, at, request_id, data } = record;
    const place = placeOf(record);
    const expires = expiresAfter(at, retentionDays);
    const row = rowOf(record);
    const attributes = { ...row, ...(data !== null && { has_data: true }), expires };
    if (data !== null) put(itemKey.logData(project_id, place), { data: packed(data), expires });
    for (const list of listsOf(row)) put(itemKey.log(project_id, list, place), attributes);
    put(itemKey.logRequest(project_id, request_id), { place, expires });
  }
  await putAll(table, [...items.values()]);
}

/** Payloads are text with much in common: a third is left of it. And whatever they hold, it is one attribute. */
const packed = (data: CallData): Uint8Array => deflateRawSync(JSON.stringify(data));

async function putAll(table: Table, items: readonly Record<string, unknown>[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(items.length / BATCH) }, (_, n) =>
    items.slice(n * BATCH, (n + 1) * BATCH).map((Item) => ({ PutRequest: { Item } })),
  );
  await inParallel(batches, PARALLEL, (batch) => putBatch(table, batch));
}

type PutRequests = NonNullable<NonNullable<BatchWriteCommand['input']['RequestItems']>[string]>;

async function putBatch(table: Table, batch: PutRequests): Promise<void> {
  let pending = batch;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (round > 0) await pause(Math.random() * 50 * 2 ** round);
    const answer: BatchWriteCommandOutput = await table.client.send(
      new BatchWriteCommand({ RequestItems: { [table.name]: pending } }),
      withinDeadline(table.commandTimeoutMs),
    );
    pending = answer.UnprocessedItems?.[table.name] ?? [];
    if (pending.length === 0) return;
  }
  throw new Error(`BatchWriteItem left ${pending.length} of ${batch.length} items unwritten`);
}

/**
 * @param since its `flood_since`
 * @param isTold whether the row of that place may be told from others
 * @returns the record, as what it adds to the row that it shares
 */
export function floodOf(record: CallRecord, since: number, isTold: (place: string) => boolean): FloodShare {
  const { at, source, mcp_server_id, reason } = record;
  const seen = { count: 1, first_seen: at, last_seen: at };
  const mixed = record.flood_is_mixed === true && { client: OTHERS, ip: OTHERS };
  const { client, ip } = { ...record, ...mixed };
  const placeFor = (server: string, who: string | null, where: string) =>
    // An underscore is in no source and no number: no other row has that place.
    `${placeAt(since)}${source}_${digest(server, reason, who, where).replace(/[-_]/g, '').slice(0, 10)}`;
  const row = { ...rowOf(record), at: since, ...mixed };
  const own = placeFor(mcp_server_id, client, ip);
  if (isTold(own)) return { place: own, row, ...seen };
  const others = { mcp_server_id: OTHERS, client: OTHERS, ip: OTHERS };
  return { place: placeFor(OTHERS, OTHERS, OTHERS), row: { ...row, ...others }, ...seen };
}

export const mergeFloods = <F extends Flood>(one: F, other: Flood): F => ({
  ...one,
  count: one.count + other.count,
  first_seen: Math.min(one.first_seen, other.first_seen),
  last_seen: Math.max(one.last_seen, other.last_seen),
});

/** The row of a flood, in each of its lists. */
export function floodValues(of: CountedDay, { place, row, ...share }: FloodShare): CountedValue[] {
  return listsOf(row).map((list) => ({
    key: itemKey.log(of.projectId, list, place),
    expires: of.expires,
    add(found) {
      const item = readItem(floodItem, 'row of a flood', found);
      if (item?.flood === undefined) return { ...row, flood: share };
      return { ...item, flood: mergeFloods(item.flood, share) };
    },
  }));
}

function readRow(
  projectId: string,
  place: string,
  found: Readonly<Record<string, unknown>>,
): LogRow | undefined {
  const { outcome, reason, credential } = found;
  if (
    isOfLaterVersion(OUTCOMES, outcome) ||
    isOfLaterVersion(REASONS, reason) ||
    isOfLaterVersion(CREDENTIALS, credential)
  )
    return undefined;
  const item = readItem(rowItem, 'row of a call', found);
  if (item === undefined) return undefined;
  const { has_data = false, flood = null, ...row } = item;
  return {
    ...row,
    ...{ project_id: projectId, place, flood, hasData: has_data },
    api_key_id: row.api_key_id ?? null,
    method: row.method ?? null,
    tool: row.tool ?? null,
    reason: row.reason ?? null,
    upstream_ms: row.upstream_ms ?? null,
    client: row.client ?? null,
    protocol_version: row.protocol_version ?? null,
    trace_id: row.trace_id ?? null,
    presented: row.presented ?? null,
    presented_key_id: row.presented_key_id ?? null,
  };
}

const matches = (row: LogRow, filter: LogFilter): boolean =>
  (filter.apiKeyId === undefined || (row.api_key_id ?? ANONYMOUS) === filter.apiKeyId) &&
  (filter.mcpServerId === undefined || row.mcp_server_id === filter.mcpServerId) &&
  (filter.tool === undefined || row.tool === filter.tool) &&
  (filter.outcome === undefined || row.outcome === filter.outcome) &&
  (filter.requestId === undefined || row.request_id === filter.requestId) &&
  (filter.from === undefined || filter.from <= row.at) &&
  (filter.to === undefined || row.at < filter.to);

/** The list that is likely to hold the fewest rows beside those that are wanted. */
function listFor({ apiKeyId, tool, mcpServerId, outcome }: LogFilter): string {
  if (apiKeyId !== undefined && apiKeyId !== ANONYMOUS) return `key#${apiKeyId}`;
  if (tool !== undefined) return toolList(tool);
  if (mcpServerId !== undefined) return `server#${mcpServerId}`;
  if (outcome !== undefined && outcome !== 'allowed') return `outcome#${outcome}`;
  return apiKeyId === undefined ? 'all' : `key#${apiKeyId}`;
}

/** So many rows a page looks at, at most: then it may be short, or empty, and another follows. */
const MAX_EXAMINED = 2_000;
/** And so many are read from one shard at a time. */
const MAX_READ = 64;

/**
 * A page of rows, newest first, read strongly consistent. A row that comes late stands where its time is: it is on no page
 * that was read before.
 * @param page.after the place of the last row of the page before
 * @param now milliseconds since the epoch: what has expired is left out
 */
export async function listLogs(
  table: Table,
  projectId: string,
  filter: LogFilter,
  page: PageRequest,
  now = Date.now(),
): Promise<Page<LogRow>> {
  if (filter.requestId !== undefined) {
    const row = await findByRequest(table, projectId, filter.requestId, now);
    const isOnPage = row !== undefined && matches(row, filter) && row.place < (page.after ?? '~');
    return { rows: isOnPage ? [row] : [], last: undefined };
  }
  const list = listFor(filter);
  const newest = filter.to === undefined ? '~' : placeAt(filter.to);
  const until = page.after !== undefined && page.after < newest ? page.after : newest;
  const from = placeAt(filter.from ?? 0);
  if (until < from) return { rows: [], last: undefined };
  const shards = Array.from({ length: LOG_SHARDS }, (_, shard) => {
    return new ShardOfList(table, { projectId, shard, list, from, until });
  });

  const rows: LogRow[] = [];
  let examined: string | undefined;
  let read = Math.ceil(page.limit / LOG_SHARDS) + 4;
  for (let count = 0; count < MAX_EXAMINED; count++) {
    if (shards.some((shard) => shard.isEmpty)) {
      const size = read;
      await Promise.all(shards.map((shard) => shard.refill(size)));
      read = Math.min(read * 2, MAX_READ);
    }
    const next = newestOf(shards)?.take();
    if (next === undefined) return { rows, last: undefined };
    const row = isCurrent(next.item, now) ? readRow(projectId, next.place, next.item) : undefined;
    if (row !== undefined && matches(row, filter)) {
      // One more than is answered: whether there is another page is then known, not guessed.
      if (rows.length === page.limit) return { rows, last: rows.at(-1)?.place };
      rows.push(row);
    }
    examined = next.place;
  }
  return { rows, last: examined };
}

interface Found {
  readonly place: string;
  readonly item: Record<string, unknown>;
}

/** A part of a list in one partition: places from `from` on, and before `until`. */
interface Stretch {
  readonly projectId: string;
  readonly shard: number;
  readonly list: string;
  readonly from: string;
  readonly until: string;
}

/** What one partition has of a list, newest first. */
class ShardOfList {
  readonly #table: Table;
  readonly #of: Stretch;
  #found: Found[] = [];
  #next = 0;
  #start: Record<string, unknown> | undefined;
  #isOver = false;

  constructor(table: Table, of: Stretch) {
    this.#table = table;
    this.#of = of;
  }

  /** Whether more must be read before it is known which row is the next. */
  get isEmpty(): boolean {
    return this.newest === undefined && !this.#isOver;
  }

  get newest(): Found | undefined {
    return this.#found[this.#next];
  }

  take(): Found | undefined {
    return this.#found[this.#next++];
  }

  /** Reads on, until there is a next row or no more; not where plenty is left. */
  async refill(size: number): Promise<void> {
    while (!this.#isOver && (this.newest === undefined || this.#found.length - this.#next < size / 2)) {
      await this.#read(size);
    }
  }

  async #read(size: number): Promise<void> {
    const { projectId, shard, list, from, until } = this.#of;
    const { Items = [], LastEvaluatedKey } = await this.#table.client.send(
      new QueryCommand({
        TableName: this.#table.name,
        KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :until',
        ExpressionAttributeNames: { '#pk': PARTITION_KEY, '#sk': SORT_KEY },
        ExpressionAttributeValues: {
          ':pk': logPartition(projectId, shard),
          ':from': `${list}#${from}`,
          ':until': `${list}#${until}`,
        },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: size,
        ...(this.#start && { ExclusiveStartKey: this.#start }),
      }),
      withinDeadline(this.#table.commandTimeoutMs),
    );
    const read = Items.map((item) => ({ item, place: String(item.sk).slice(list.length + 1) }));
    // The bounds of a query are both included.
    this.#found = [...this.#found.slice(this.#next), ...read.filter(({ place }) => place !== until)];
    this.#next = 0;
    this.#start = LastEvaluatedKey;
    this.#isOver = LastEvaluatedKey === undefined;
  }
}

function newestOf(shards: readonly ShardOfList[]): ShardOfList | undefined {
  let best: ShardOfList | undefined;
  for (const shard of shards) {
    if (shard.newest && (best?.newest === undefined || shard.newest.place > best.newest.place)) best = shard;
  }
  return best;
}

async function findByRequest(
  table: Table,
  projectId: string,
  requestId: string,
  now: number,
): Promise<LogRow | undefined> {
  const found = await getItem(table, itemKey.logRequest(projectId, requestId));
  const item = readItem(placeItem, 'place of a request', found);
  return item && findLog(table, projectId, item.place, now);
}

/** @param now milliseconds since the epoch @returns the row; `undefined` when there is none, or it has expired */
export async function findLog(
  table: Table,
  projectId: string,
  place: string,
  now = Date.now(),
): Promise<LogRow | undefined> {
  const item = await getItem(table, itemKey.log(projectId, 'all', place));
  return item !== undefined && isCurrent(item, now) ? readRow(projectId, place, item) : undefined;
}

/**
 * @param places at most 100, none twice
 * @param now milliseconds since the epoch: what has expired is left out
 * @returns the payloads that there are, by place
 */
export async function readData(
  table: Table,
  projectId: string,
  places: readonly string[],
  now = Date.now(),
): Promise<ReadonlyMap<string, CallData>> {
  if (places.length === 0) return new Map();
  const keys = places.map((place) => itemKey.logData(projectId, place));
  const items = await getItems(table, keys, { isConsistent: true, maxRounds: MAX_ROUNDS });
  return new Map(
    items.flatMap((found) => {
      const item = isCurrent(found, now) ? readItem(dataItem, 'payload of a call', found) : undefined;
      return item === undefined
        ? []
        : [[String(found.sk), anyData.parse(JSON.parse(inflateRawSync(item.data).toString()))] as const];
    }),
  );
}

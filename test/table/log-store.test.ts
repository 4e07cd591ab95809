import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomBase62 } from '../../functions/domain/api-key.ts';
import {
  type CallRecord,
  logId,
  OUTCOMES,
  placeOf,
  placeOfLogId,
} from '../../functions/domain/call-record.ts';
import { patientTable, type Table } from '../../functions/table/client.ts';
import { countCalls } from '../../functions/table/journal.ts';
import { LOG_SHARDS, logDataPartition, logPartition } from '../../functions/table/layout.ts';
import {
  findLog,
  type LogFilter,
  type LogRow,
  listLogs,
  readData,
  storeRows,
} from '../../functions/table/log-store.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { callOf } from '../support/records.ts';
import { keyId, NOW, newProject, RETENTION_DAYS, rowOf, serverId, someRecords, walk } from './call-model.ts';

let store: TestStore;
let table: Table;
/** Over the wire, where requests are counted and faults made. */
let countedTable: Table;

beforeAll(async () => {
  store = await startTestStore();
  // Twenty writers at once are more than the embedded store answers at once.
  table = { client: store.client, name: store.tableName, commandTimeoutMs: 30_000 };
  countedTable = patientTable(store.tableName);
});
beforeEach(() => {
  store.fault = undefined;
  store.requests.length = 0;
});
afterAll(() => store.close());

/** So many calls of one source, a millisecond apart. */
const callsOf = (projectId: string, count: number, change: Partial<CallRecord> = {}): CallRecord[] => {
  const source = randomBase62(8);
  return Array.from({ length: count }, (_, n) =>
    callOf({ project_id: projectId, source, n: n + 1, at: NOW + n, request_id: `${source}-${n}`, ...change }),
  );
};
const placesOf = (rows: readonly Pick<LogRow, 'place'>[]) => rows.map(({ place }) => place);
const newestFirst = (records: readonly CallRecord[]) => records.map(placeOf).sort().reverse();

async function itemsOf(pk: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
    }),
  );
  return Items;
}

describe('the rows of one project', () => {
  it('are spread over its shards, also while one source writes them all', async () => {
    const projectId = newProject();
    await storeRows(table, callsOf(projectId, 800), RETENTION_DAYS);
    const counts = await Promise.all(
      Array.from({ length: LOG_SHARDS }, async (_, shard) => {
        const items = await itemsOf(logPartition(projectId, shard));
        return items.filter(({ sk }) => String(sk).startsWith('all#')).length;
      }),
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(800);
    expect(Math.min(...counts)).toBeGreaterThan(15);
    expect(Math.max(...counts)).toBeLessThan(100);
  });

  it('that twenty writers write at once are read back each once, in order, by pages of any size', async () => {
    const projectId = newProject();
    const batches = Array.from({ length: 20 }, () => callsOf(projectId, 100));
    await Promise.all(batches.map((records) => storeRows(table, records, RETENTION_DAYS)));
    const expected = newestFirst(batches.flat());
    for (const limit of [100, 33])
      expect(placesOf(await walk(table, projectId, {}, limit))).toEqual(expected);
    const { rows, last } = await listLogs(table, projectId, {}, { limit: 1, after: expected[998] }, NOW);
    expect([placesOf(rows), last]).toEqual([[expected[999]], expected[999]]);
  });

  it('have items of less than a kilobyte, and five of them for a call of a tool with its request', async () => {
    const projectId = newProject();
    await storeRows(countedTable, callsOf(projectId, 1), RETENTION_DAYS);
    const items = (
      await Promise.all(
        Array.from({ length: LOG_SHARDS }, (_, shard) => itemsOf(logPartition(projectId, shard))),
      )
    ).flat();
    expect(items.map(({ sk }) => String(sk).replace(/#.*/, '')).sort()).toEqual(
      ['all', 'key', 'request', 'server', 'tool'].sort(),
    );
    for (const item of items) expect(JSON.stringify(item).length).toBeLessThan(1_024);
    expect(store.requests.map(({ operation, units }) => [operation, units])).toEqual([['BatchWriteItem', 5]]);
  });

  it('can be written again, also twice in one batch', async () => {
    const projectId = newProject();
    const records = callsOf(projectId, 30, { data: { arguments: { text: 'x' } } });
    await storeRows(table, [...records, ...records.toReversed()], RETENTION_DAYS);
    await storeRows(table, records.slice(10), RETENTION_DAYS);
    expect(await walk(table, projectId, {}, 100)).toEqual(records.map(rowOf).toReversed());
  });

  it('are written when the store takes a part only at first', async () => {
    const projectId = newProject();
    const records = callsOf(projectId, 5);
    let refusals = 0;
    store.fault = ({ operation, body }) => {
      if (operation !== 'BatchWriteItem' || refusals++ > 0) return undefined;
      return { status: 200, body: { UnprocessedItems: body.RequestItems } };
    };
    await storeRows(countedTable, records, RETENTION_DAYS);
    expect(placesOf(await walk(table, projectId, {}, 100))).toEqual(newestFirst(records));
  });
});

/** What a filter says, row by row. */
const isWanted = (filter: LogFilter) => (row: LogRow) =>
  (filter.apiKeyId === undefined || filter.apiKeyId === (row.api_key_id ?? 'anonymous')) &&
  (filter.mcpServerId === undefined || filter.mcpServerId === row.mcp_server_id) &&
  (filter.tool === undefined || filter.tool === row.tool) &&
  (filter.outcome === undefined || filter.outcome === row.outcome) &&
  (filter.requestId === undefined || filter.requestId === row.request_id) &&
  row.at >= (filter.from ?? 0) &&
  row.at < (filter.to ?? Number.POSITIVE_INFINITY);

describe('a filtered page', () => {
  it('has exactly the rows that all its filters want, whatever they are', async () => {
    const projectId = newProject();
    const [records = []] = fc.sample(someRecords(projectId, { minLength: 400, maxLength: 400 }), {
      numRuns: 1,
      seed: 6,
    });
    await storeRows(table, records, RETENTION_DAYS);
    await countCalls(table, records, RETENTION_DAYS);
    const all = await walk(table, projectId, {}, 100);
    expect(all.filter(({ flood }) => flood !== null).length).toBeGreaterThan(20);
    const moment = fc.constantFrom(...all.map(({ at }) => at), NOW, NOW + 10_000_000);
    const filters = fc.record<LogFilter>(
      {
        apiKeyId: fc.constantFrom('anonymous', keyId(0), keyId(1), keyId(7)),
        mcpServerId: fc.constantFrom(serverId(0), serverId(1), serverId(7)),
        tool: fc.constantFrom('echo', 'echo#0', 'ünï', 'none'),
        outcome: fc.constantFrom(...OUTCOMES),
        from: moment,
        to: moment,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(1, 7, 100), async (filter, limit) => {
        const wanted = all.filter(isWanted(filter));
        const some = limit === 1 && wanted.length > 10 ? 20 : limit;
        expect(await walk(table, projectId, filter, some)).toEqual(wanted);
      }),
      { numRuns: 30 },
    );
    for (const row of all.filter(({ flood }) => flood === null).slice(0, 5)) {
      const { request_id: requestId, mcp_server_id: mcpServerId } = row;
      expect(await walk(table, projectId, { requestId, mcpServerId }, 10)).toEqual([row]);
      expect(await walk(table, projectId, { requestId, mcpServerId: serverId(7) }, 10)).toEqual([]);
      expect(await walk(table, projectId, { requestId, to: row.at }, 10)).toEqual([]);
    }
    expect(await walk(table, projectId, { requestId: 'none' }, 10)).toEqual([]);
  });

  it('looks at 2,000 rows at most, reads few more, and says where the next begins', async () => {
    const projectId = newProject();
    const records = callsOf(projectId, 2_100);
    await storeRows(table, records, RETENTION_DAYS);
    await storeRows(
      table,
      [{ ...callOf(records[0]), n: 9_999, at: NOW - 1, outcome: 'rejected' }],
      RETENTION_DAYS,
    );
    const filter = { tool: 'echo', outcome: 'rejected' } as const;
    const first = await listLogs(countedTable, projectId, filter, { limit: 10, after: undefined }, NOW);
    expect([first.rows, first.last]).toEqual([[], newestFirst(records)[1_999]]);
    expect(store.requests.length).toBeLessThanOrEqual(6 * LOG_SHARDS);
    const second = await listLogs(table, projectId, filter, { limit: 10, after: first.last }, NOW);
    expect([second.rows.length, second.last]).toEqual([1, undefined]);
  });

  it('of a short limit takes one round to the store', async () => {
    const projectId = newProject();
    await storeRows(table, callsOf(projectId, 500), RETENTION_DAYS);
    await listLogs(countedTable, projectId, {}, { limit: 20, after: undefined }, NOW);
    expect(store.requests.length).toBeLessThanOrEqual(2 * LOG_SHARDS);
  });

  it('shows no row that has expired, though it is still stored', async () => {
    const projectId = newProject();
    const [call] = callsOf(projectId, 1, { data: { result: 1 } });
    if (call === undefined) throw new Error('No call');
    await storeRows(table, [call], RETENTION_DAYS);
    const end = NOW + RETENTION_DAYS * 86_400_000;
    const place = placeOf(call);
    const told = async (now: number) => [
      (await listLogs(table, projectId, {}, { limit: 1, after: undefined }, now)).rows.length,
      (await listLogs(table, projectId, { requestId: call.request_id }, { limit: 1, after: undefined }, now))
        .rows.length,
      (await findLog(table, projectId, place, now)) === undefined ? 0 : 1,
      (await readData(table, projectId, [place], now)).size,
    ];
    expect(await told(end - 1)).toEqual([1, 1, 1, 1]);
    expect(await told(end)).toEqual([0, 0, 0, 0]);
  });
});

describe('a row', () => {
  it('is found by its id, in its project alone', async () => {
    const projectId = newProject();
    const [call = callOf()] = callsOf(projectId, 1);
    await storeRows(table, [call], RETENTION_DAYS);
    const place = placeOfLogId(logId(placeOf(call))) ?? '';
    expect(await findLog(table, projectId, place, NOW)).toEqual(rowOf(call));
    expect(await findLog(table, newProject(), place, NOW)).toBeUndefined();
    expect(await findLog(table, projectId, `${place}0`, NOW)).toBeUndefined();
  });

  it('of a flood has an id as every other', async () => {
    const projectId = newProject();
    const [call = callOf()] = callsOf(projectId, 1, {
      outcome: 'refused',
      reason: 'no_key',
      flood_since: NOW,
    });
    await countCalls(table, [call], RETENTION_DAYS);
    const [row] = await walk(table, projectId, {}, 10);
    const place = placeOfLogId(logId(row?.place ?? ''));
    expect(await findLog(table, projectId, place ?? '', NOW)).toEqual(row);
    expect(row?.flood).toEqual({ count: 1, first_seen: NOW, last_seen: NOW });
  });
});

describe('payloads', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 'x' : [deep(levels - 1)]);

  it('come back as they were, whatever they hold', async () => {
    const projectId = newProject();
    const records = callsOf(projectId, 4).map((record, n) => ({
      ...record,
      data:
        [{ arguments: deep(100) }, { result: { '': '', big: 1e300, lone: '\ud800', __proto: 1 } }, {}, null][
          n
        ] ?? null,
    }));
    await storeRows(table, records, RETENTION_DAYS);
    const data = await readData(table, projectId, records.map(placeOf), NOW);
    expect([...data].sort()).toEqual(
      records.flatMap((record) => (record.data === null ? [] : [[placeOf(record), record.data]])).sort(),
    );
    expect((await walk(table, projectId, {}, 10)).map(({ hasData }) => hasData)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  it('of a hundred rows are read in one request, in more when the store leaves some, and are spread over the partitions', async () => {
    const projectId = newProject();
    const records = callsOf(projectId, 100, { data: { arguments: randomBase62(10_000) } });
    await storeRows(table, records, RETENTION_DAYS);
    expect((await readData(countedTable, projectId, records.map(placeOf), NOW)).size).toBe(100);
    expect(store.requests).toHaveLength(1);
    let asked = 0;
    store.fault = ({ body }) => {
      if (asked++ > 3) return undefined;
      return { status: 200, body: { Responses: {}, UnprocessedKeys: body.RequestItems } };
    };
    expect((await readData(countedTable, projectId, records.map(placeOf), NOW)).size).toBe(100);
    let filled = 0;
    for (let shard = 0; shard < LOG_SHARDS; shard++) {
      if ((await itemsOf(logDataPartition(projectId, shard))).length > 0) filled++;
    }
    // By chance one or two may be empty.
    expect(filled).toBeGreaterThanOrEqual(12);
    expect(await readData(countedTable, projectId, [], NOW)).toEqual(new Map());
  });
});

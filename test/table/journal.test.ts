import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomBase62 } from '../../functions/domain/api-key.ts';
import { type CallRecord, dayOf, OTHERS } from '../../functions/domain/call-record.ts';
import { listCallers } from '../../functions/table/caller-store.ts';
import { patientTable, type Table, tableForChanges } from '../../functions/table/client.ts';
import { countCalls } from '../../functions/table/journal.ts';
import { COUNT_SHARDS, itemKey } from '../../functions/table/layout.ts';
import { listLogs, storeRows } from '../../functions/table/log-store.ts';
import { readUsage } from '../../functions/table/usage-store.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { Caller, CRASHES, interleave } from '../support/interleaving.ts';
import { callOf } from '../support/records.ts';
import {
  expectedOf,
  keyId,
  NOW,
  newProject,
  RETENTION_DAYS,
  serverId,
  someRecords,
  toldOf,
  walk,
} from './call-model.ts';

const DAYS = { fromDay: dayOf(NOW), toDay: dayOf(NOW) };

let store: TestStore;
let table: Table;
/** As a function has it: each change is sent once, so that every fault is seen. */
let callersTable: Table;
/** Over the wire too, where requests are counted; however long they take. */
let countedTable: Table;

beforeAll(async () => {
  store = await startTestStore();
  table = { client: store.client, name: store.tableName };
  callersTable = tableForChanges(store.tableName);
  countedTable = patientTable(store.tableName);
});
beforeEach(() => {
  store.fault = undefined;
  store.requests.length = 0;
});
afterAll(() => store.close());

/** What the log writer does with a batch. */
async function write(of: Table, records: readonly CallRecord[]): Promise<void> {
  await storeRows(of, records, RETENTION_DAYS);
  await countCalls(of, records, RETENTION_DAYS);
}
const expectAllOnce = async (projectId: string, records: readonly CallRecord[]) =>
  expect(await toldOf(table, projectId)).toEqual(expectedOf(records));

/** One of each kind, of one source. */
const oneOfEach = (projectId: string): CallRecord[] => {
  const source = randomBase62(8);
  const refused = {
    api_key_id: null,
    tool: null,
    outcome: 'refused',
    reason: 'no_key',
    credential: 'no_key',
  } as const;
  return [{}, refused, { ...refused, flood_since: NOW }, { ...refused, flood_since: NOW }].map((change, n) =>
    callOf({
      ...{ project_id: projectId, source, n: n + 1, at: NOW + n, request_id: `${projectId.slice(3)}-${n}` },
      ...change,
    }),
  );
};

const sumOfCalls = async (projectId: string): Promise<number> =>
  (await readUsage(table, projectId, 'day', DAYS, NOW)).reduce((sum, { calls }) => sum + calls, 0);

describe('records', () => {
  it.each(CRASHES)(
    'whose writer %s any request to the store stand there once when they come again',
    async (_, fault) => {
      let crashes = 0;
      for (let nth = 1; ; nth++) {
        const projectId = newProject();
        const records = oneOfEach(projectId);
        const writer = new Caller(() => write(callersTable, records));
        if (!(await writer.stopBefore('any', nth))) break;
        await writer.fail(fault);
        await writer.finish().catch(() => {});
        crashes++;
        await write(table, records);
        await expectAllOnce(projectId, records);
      }
      expect(crashes).toBeGreaterThanOrEqual(12);
    },
  );

  it('stand there once when two writers have the same ones, stopped at any request of each other', async () => {
    for (let nth = 1; ; nth++) {
      const projectId = newProject();
      const records = oneOfEach(projectId);
      const slow = new Caller(() => write(callersTable, records));
      if (!(await slow.stopBefore('any', nth))) break;
      await write(table, records.slice(1));
      await slow.finish();
      await expectAllOnce(projectId, records);
    }
  });

  it('stand there once however they are split, ordered, repeated and lost, with three writers at once', async () => {
    const batches = fc.array(fc.array(fc.nat(19), { minLength: 1, maxLength: 8 }), {
      minLength: 3,
      maxLength: 6,
    });
    const choices = fc.array(fc.nat(9), { minLength: 3, maxLength: 30 });
    const faults = fc.array(fc.tuple(fc.nat(25), fc.constantFrom(...CRASHES.map(([, fault]) => fault))), {
      maxLength: 3,
    });
    const projectId = fc.constant(0).map(newProject);
    const records = projectId.chain((id) => someRecords(id, { minLength: 20, maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(records, batches, choices, faults, async (all, split, order, crashes) => {
        // Each run needs a project of its own, also while a failure is made smaller.
        const id = newProject();
        const named = all.map((record) => ({
          ...record,
          project_id: id,
          request_id: record.request_id.replace(/^[^-]+/, id.slice(3)),
        }));
        const chosen = split.map((places) => places.flatMap((place) => named[place] ?? []));
        const writers = [0, 1, 2].map(
          (lane) =>
            new Caller(async () => {
              for (const [n, batch] of chosen.entries()) if (n % 3 === lane) await write(callersTable, batch);
            }),
        );
        for (const [n, [nth, fault]] of crashes.entries()) {
          const writer = writers[n];
          if (writer && (await writer.stopBefore('any', nth + 1))) await writer.fail(fault);
        }
        await interleave(writers, order);
        await Promise.all(writers.map(({ answer }) => answer.catch(() => {})));
        // What failed comes again; and some of the rest with it, the other way round.
        await write(table, named.toReversed());
        await expectAllOnce(id, named);
      }),
      { numRuns: 12 },
    );
  });

  it('of twenty writers at once are all counted, and once', async () => {
    const projectId = newProject();
    const sources = Array.from({ length: 20 }, () => randomBase62(8));
    const batchOf = (source: string, from: number) =>
      Array.from({ length: 10 }, (_, n) =>
        callOf({ project_id: projectId, source, n: from + n, at: NOW, request_id: `${source}-${from + n}` }),
      );
    await Promise.all(
      sources.map(async (source) => {
        await countCalls(table, batchOf(source, 6), RETENTION_DAYS);
        await countCalls(table, batchOf(source, 1), RETENTION_DAYS);
      }),
    );
    expect(await sumOfCalls(projectId)).toBe(20 * 15);
  });

  it('are counted once in whatever order their numbers come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 30 }),
        async (numbers) => {
          const projectId = newProject();
          const source = randomBase62(8);
          const records = numbers.map((n) => callOf({ project_id: projectId, source, n, at: NOW }));
          for (let n = 0; n < records.length; n += 7)
            await countCalls(table, records.slice(n, n + 7), RETENTION_DAYS);
          expect(await sumOfCalls(projectId)).toBe(new Set(numbers).size);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('of one project do not wait for those of another that cannot be counted', async () => {
    const [broken, whole] = [newProject(), newProject()];
    store.fault = ({ body }) =>
      JSON.stringify(body).includes(`JOURNAL#${broken}`)
        ? { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } }
        : undefined;
    const records = [broken, whole].map((project_id) => callOf({ project_id, at: NOW }));
    await expect(countCalls(callersTable, records, RETENTION_DAYS)).rejects.toThrow();
    expect([await sumOfCalls(broken), await sumOfCalls(whole)]).toEqual([0, 1]);
  });
});

/** Refusals of one source that are as different as a caller can make them. */
const hostileFlood = (projectId: string, count: number, source = randomBase62(8)): CallRecord[] =>
  Array.from({ length: count }, (_, n) =>
    callOf({
      ...{ project_id: projectId, source, n: n + 1, at: NOW + n, request_id: `${source}-${n}` },
      ...{ mcp_server_id: serverId(n % 3), api_key_id: null, tool: null, outcome: 'refused' },
      ...{ reason: 'no_key', credential: n % 2 === 0 ? 'no_key' : 'unknown', flood_since: NOW },
      ...{ ip: `2001:db8::${n.toString(16)}`, client: `bot-${n}/1`, duration_ms: (n % 50) / 10 },
    }),
  );

describe('a flood', () => {
  const writes = () =>
    store.requests.filter(({ operation }) => /^(Put|Update|BatchWrite)Item$/.test(operation)).length;

  it('of like refusals costs ten writes for a thousand', async () => {
    const projectId = newProject();
    const records = hostileFlood(projectId, 5_000).map((record) => ({
      ...record,
      ...{ mcp_server_id: serverId(1), ip: '203.0.113.9', client: 'bot', credential: 'no_key' as const },
    }));
    for (let n = 0; n < records.length; n += 1_000) {
      store.requests.length = 0;
      await write(countedTable, records.slice(n, n + 1_000));
      expect(writes()).toBeLessThanOrEqual(10);
    }
    const { rows } = await listLogs(table, projectId, {}, { limit: 10, after: undefined }, NOW);
    expect(rows.map(({ flood }) => flood?.count)).toEqual([5_000]);
    expect(await sumOfCalls(projectId)).toBe(5_000);
  });

  it('of refusals that are all different costs at most 300 writes a batch, counts each, and fills no list', async () => {
    const projectId = newProject();
    const records = hostileFlood(projectId, 5_000);
    const each: number[] = [];
    for (let n = 0; n < records.length; n += 1_000) {
      store.requests.length = 0;
      await write(countedTable, records.slice(n, n + 1_000));
      each.push(writes());
    }
    console.log(`writes for each 1,000 refusals that are all different: ${each.join(', ')}`);
    expect(Math.max(...each)).toBeLessThanOrEqual(300);
    const rows = await walk(table, projectId, {}, 100);
    // 32 of each batch, and one for each reason of a batch's rest, which share a row.
    expect(rows.length).toBeLessThanOrEqual(5 * 32 + 1);
    expect(rows.reduce((sum, { flood }) => sum + (flood?.count ?? 0), 0)).toBe(5_000);
    const callers = await listCallers(table, projectId, DAYS, NOW);
    // A hundred, fifty of which no more than the address is told, and the others of each reason.
    expect(callers).toHaveLength(152);
    expect(callers.reduce((sum, { count }) => sum + count, 0)).toBe(5_000);
    expect(
      callers
        .filter(({ ip }) => ip === OTHERS)
        .map(({ client, reason, mcp_server_id }) => [client, reason, mcp_server_id]),
    ).toEqual(
      expect.arrayContaining([
        [OTHERS, 'no_key', OTHERS],
        [OTHERS, 'unknown', OTHERS],
      ]),
    );
    expect(await sumOfCalls(projectId)).toBe(5_000);
  });

  it('does not keep a batch from being counted that touches more than one change holds', async () => {
    const projectId = newProject();
    const source = randomBase62(8);
    const records = Array.from({ length: 800 }, (_, n) =>
      callOf({ project_id: projectId, source, n: n + 1, at: NOW, api_key_id: keyId(n), tool: `tool ${n}` }),
    );
    await countCalls(table, records, RETENTION_DAYS);
    await countCalls(table, records, RETENTION_DAYS);
    expect(await readUsage(table, projectId, 'api_key', DAYS, NOW)).toHaveLength(800);
    const tools = await readUsage(table, projectId, 'tool', DAYS, NOW);
    expect(tools).toHaveLength(101);
    expect(tools.find(({ value }) => value === '(other)')?.calls).toBe(700);
    expect(await sumOfCalls(projectId)).toBe(800);
  });
});

describe('a journal', () => {
  const journals = async (projectId: string) =>
    Promise.all(
      Array.from({ length: COUNT_SHARDS }, async (_, shard) => {
        const Key = itemKey.journal(projectId, shard, dayOf(NOW));
        const { Item } = await table.client.send(new GetCommand({ TableName: table.name, Key }));
        return Item ?? {};
      }),
    );

  it('outlives what it counts by two days', async () => {
    const projectId = newProject();
    await countCalls(table, [callOf({ project_id: projectId, at: NOW })], RETENTION_DAYS);
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': itemKey.usage(projectId, 'day', '').pk },
      }),
    );
    const endOfDay = Date.parse(dayOf(NOW + 86_400_000)) / 1_000;
    expect(Items.map(({ expires }) => expires)).toEqual([endOfDay + RETENTION_DAYS * 86_400]);
    expect((await journals(projectId)).flatMap(({ expires }) => expires ?? [])).toEqual([
      endOfDay + (RETENTION_DAYS + 2) * 86_400,
    ]);
  });

  it('stays an item that the store takes, with four thousand sources, and forgets the one it has not heard of for longest', async () => {
    const projectId = newProject();
    const first = callOf({ project_id: projectId, at: NOW, source: 'firstAAA' });
    await countCalls(table, [first], RETENTION_DAYS);
    const many = Array.from({ length: 8_000 }, () =>
      callOf({ project_id: projectId, at: NOW, source: randomBase62(8), n: 99_999 }),
    );
    await countCalls(table, many, RETENTION_DAYS);
    await countCalls(table, many, RETENTION_DAYS);
    expect(await sumOfCalls(projectId)).toBe(8_001);
    await countCalls(table, [first], RETENTION_DAYS);
    expect(await sumOfCalls(projectId)).toBe(8_001);
    for (const { state } of await journals(projectId))
      expect(Buffer.from(state).length).toBeLessThan(100_000);
    await countCalls(
      table,
      Array.from({ length: 20_000 }, () =>
        callOf({ project_id: projectId, at: NOW, source: randomBase62(8) }),
      ),
      RETENTION_DAYS,
    );
    await countCalls(table, [first], RETENTION_DAYS);
    expect(await sumOfCalls(projectId)).toBe(28_002);
  });
});

import { gzipSync } from 'node:zlib';
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudWatchLogsDecodedData, CloudWatchLogsEvent } from 'aws-lambda';
import fc from 'fast-check';
import { randomBase62 } from '../functions/domain/api-key.ts';
import { type CallRecord, dayOf, OUTCOMES } from '../functions/domain/call-record.ts';
import { newProjectId } from '../functions/domain/ids.ts';
import { callLine, keyUseLine, unknownAddressLine } from '../functions/records/print.ts';
import { readRecord } from '../functions/records/read.ts';
import type { Table } from '../functions/table/client.ts';
import { itemKey } from '../functions/table/layout.ts';
import { listLogs, readData } from '../functions/table/log-store.ts';
import { readUsage } from '../functions/table/usage-store.ts';
import { startTestStore, type TestStore } from './support/dynamodb.ts';
import { callOf, printed } from './support/records.ts';

const LOG_GROUP = '/aws/lambda/authorizer';
const PROJECT_ID = 'pr_AAAAAAAAAAAAAAAA';
/** The writer leaves out what is older than the rows it keeps, and what is of another day than its own. */
const NOW = Date.now();

let store: TestStore;
let table: Table;
let write: typeof import('../functions/log-writer.ts')['handler'];

beforeAll(async () => {
  store = await startTestStore();
  table = { client: store.client, name: store.tableName };
  process.env.PORTCULLIS_RECORD_LOG_GROUPS = LOG_GROUP;
  process.env.PORTCULLIS_LOG_RETENTION_DAYS = '30';
  ({ handler: write } = await import('../functions/log-writer.ts'));
});
beforeEach(() => {
  store.fault = undefined;
  store.requests.length = 0;
});
afterAll(() => store.close());

let keys = 0;
/** A key that no other test speaks of. */
const newKeyId = () => `key_${String(++keys).padStart(23, '0')}`;
const record = (keyId: string, usedAt: number, projectId = PROJECT_ID) =>
  keyUseLine({ projectId, keyId, usedAt });

/** What CloudWatch Logs hands to a subscriber: https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html */
function delivered(
  lines: readonly string[],
  change: Partial<CloudWatchLogsDecodedData> = {},
): CloudWatchLogsEvent {
  const envelope: CloudWatchLogsDecodedData = {
    messageType: 'DATA_MESSAGE',
    owner: '123456789012',
    logGroup: LOG_GROUP,
    logStream: '2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef',
    subscriptionFilters: ['KeyUses'],
    logEvents: lines.map((message, n) => ({ id: String(n).padStart(56, '0'), timestamp: NOW + n, message })),
    ...change,
  };
  return { awslogs: { data: gzipSync(JSON.stringify(envelope)).toString('base64') } };
}

async function lastUse(keyId: string, projectId = PROJECT_ID): Promise<unknown> {
  const Key = itemKey.lastUse(projectId, keyId);
  const { Item } = await table.client.send(new GetCommand({ TableName: table.name, Key }));
  return Item?.used_at;
}
const storedItems = async () => (await table.client.send(new ScanCommand({ TableName: table.name }))).Items;

describe('the log writer', () => {
  it('stores the latest use of each key, with one write for each', async () => {
    const [one, two] = [newKeyId(), newKeyId()];
    await write(
      delivered([
        record(one, NOW),
        record(two, NOW + 1),
        record(one, NOW + 120_000),
        record(one, NOW + 60_000),
      ]),
    );
    expect(await lastUse(one)).toBe(NOW + 120_000);
    expect(await lastUse(two)).toBe(NOW + 1);
    expect(store.requests.map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem']);
  });

  it('keeps the uses of two projects apart', async () => {
    const keyId = newKeyId();
    await write(delivered([record(keyId, NOW)]));
    await write(delivered([record(keyId, NOW + 5, 'pr_BBBBBBBBBBBBBBBB')]));
    expect(await lastUse(keyId)).toBe(NOW);
    expect(await lastUse(keyId, 'pr_BBBBBBBBBBBBBBBB')).toBe(NOW + 5);
  });

  it('comes to the same when a batch is delivered twice', async () => {
    const keyId = newKeyId();
    const batch = delivered([record(keyId, NOW), record(keyId, NOW + 60_000)]);
    await write(batch);
    const once = await storedItems();
    await write(batch);
    expect(await storedItems()).toEqual(once);
    expect(await lastUse(keyId)).toBe(NOW + 60_000);
  });

  it('never goes back, in whatever order batches come and however often', async () => {
    const batches = fc.array(fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (uses) => {
        const keyId = newKeyId();
        let latest = 0;
        for (const batch of [...uses, ...uses.toReversed()]) {
          await write(delivered(batch.map((ms) => record(keyId, NOW + ms))));
          latest = Math.max(latest, NOW, ...batch.map((ms) => NOW + ms));
          expect(await lastUse(keyId)).toBe(latest);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('has the latest use when batches come at the same time', async () => {
    const keyId = newKeyId();
    const uses = Array.from({ length: 20 }, (_, n) => NOW + ((n * 7) % 20));
    await Promise.all(uses.map((usedAt) => write(delivered([record(keyId, usedAt)]))));
    expect(await lastUse(keyId)).toBe(NOW + 19);
  });

  it('finds records among whatever else the function and the platform print', async () => {
    const keyId = newKeyId();
    const requestId = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
    await write(
      delivered([
        'INIT_START Runtime Version: nodejs:24.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:x\n',
        `START RequestId: ${requestId} Version: $LATEST\n`,
        `{"level":"ERROR","message":"Not a record","key_id":"${keyId}"}\n`,
        `2026-11-23T08:00:00.000Z\t${requestId}\tINFO\t${record(keyId, NOW + 1)}\n`,
        `${record(keyId, NOW)}\n`,
        `END RequestId: ${requestId}\n`,
        `REPORT RequestId: ${requestId}\tDuration: 1.00 ms\tBilled Duration: 2 ms\n`,
      ]),
    );
    expect(await lastUse(keyId)).toBe(NOW);
  });

  const RECORD = JSON.parse(record('key_00000000000000000000000', NOW));
  it.each<[string, unknown]>([
    ['has a field more', { ...RECORD, note: 'x' }],
    ['is of another kind', { ...RECORD, kind: 'tool_call' }],
    ['lacks its kind', { ...RECORD, kind: undefined }],
    ['lacks its mark', { ...RECORD, record: undefined }],
    ['lacks its project', { ...RECORD, project_id: undefined }],
    ['lacks its key', { ...RECORD, key_id: undefined }],
    ['lacks its time', { ...RECORD, used_at: undefined }],
    ['has a number for its project', { ...RECORD, project_id: 7 }],
    ['has a list for its key', { ...RECORD, key_id: ['key_1'] }],
    ['has a text for its time', { ...RECORD, used_at: String(NOW) }],
    ['has a fraction for its time', { ...RECORD, used_at: NOW + 0.5 }],
    ['has a time that is no safe integer', { ...RECORD, used_at: 1e300 }],
    ['is in a list', [RECORD]],
    ['is in another object', { message: JSON.stringify(RECORD) }],
    ['is null', null],
    ['is a text', JSON.stringify(RECORD)],
  ])('ignores a line that %s, and stores the record beside it', async (_name, line) => {
    const keyId = newKeyId();
    const before = (await storedItems())?.length ?? 0;
    await write(delivered([JSON.stringify(line), record(keyId, NOW), `${JSON.stringify(RECORD)} x`]));
    expect(await lastUse(keyId)).toBe(NOW);
    expect(await storedItems()).toHaveLength(before + 1);
  });

  it('does nothing when CloudWatch Logs looks whether it is there', async () => {
    const lines = [
      'CWL CONTROL MESSAGE: Checking health of destination Lambda function.',
      record('key_1', NOW),
    ];
    await write(delivered(lines, { messageType: 'CONTROL_MESSAGE', logGroup: '' }));
    expect(store.requests).toEqual([]);
  });

  it.each(['/aws/lambda/other', `${LOG_GROUP}-2`, ''])(
    'fails on records from the log group %j, and writes nothing',
    async (logGroup) => {
      await expect(write(delivered([record(newKeyId(), NOW)], { logGroup }))).rejects.toThrow('log group');
      expect(store.requests).toEqual([]);
    },
  );

  it.each<[string, CloudWatchLogsEvent]>([
    ['that is not compressed', { awslogs: { data: Buffer.from('{}').toString('base64') } }],
    ['without events', delivered([], { logEvents: undefined as never })],
  ])('fails on an envelope %s, and writes nothing', async (_name, event) => {
    await expect(write(event)).rejects.toThrow();
    expect(store.requests).toEqual([]);
  });

  it('fails when the store does, so that the batch comes again', async () => {
    const keyId = newKeyId();
    const batch = delivered([record(keyId, NOW)]);
    store.fault = () => ({
      status: 400,
      body: { __type: 'com.amazon.coral.service#AccessDeniedException' },
    });
    await expect(write(batch)).rejects.toThrow();
    store.fault = undefined;
    expect(await lastUse(keyId)).toBeUndefined();
    await write(batch);
    expect(await lastUse(keyId)).toBe(NOW);
  });
});

describe('the metrics of a batch', () => {
  const batch = () => delivered([callLine(callOf({ at: NOW, source: 'METRICS0' })), unknownAddressLine(NOW)]);
  const counted = (lines: readonly string[]) =>
    lines
      .map((line) => JSON.parse(line))
      .map(({ Calls, UnknownAddresses }) => Calls ?? UnknownAddresses)
      .filter((count) => count !== undefined);

  it('are printed once it is stored', async () => {
    expect(counted(await printed(() => write(batch())))).toEqual([1, 1]);
  });

  it('are not while it cannot be stored and comes again', async () => {
    store.fault = () => ({
      status: 400,
      body: { __type: 'com.amazon.coral.service#AccessDeniedException' },
    });
    expect(counted(await printed(() => write(batch()).catch(() => {})))).toEqual([]);
  });
});

describe('a record of a call', () => {
  it('tells the log writer when its key was last used', async () => {
    const call = callOf({ api_key_id: newKeyId(), at: NOW });
    await write(delivered([callLine(call)]));
    expect(await lastUse(call.api_key_id ?? '', call.project_id)).toBe(NOW);
  });
});

describe('records of calls', () => {
  const DAY_MS = 86_400_000;
  const WHEN = { fromDay: dayOf(NOW - 40 * DAY_MS), toDay: dayOf(NOW + 2 * DAY_MS) };
  const rowsOf = async (projectId: string) =>
    (await listLogs(table, projectId, {}, { limit: 100, after: undefined })).rows;
  const callsCounted = async (projectId: string) =>
    (await readUsage(table, projectId, 'day', WHEN)).reduce((sum, { calls }) => sum + calls, 0);
  const some = (projectId: string, count: number, change: Partial<CallRecord> = {}) => {
    const source = randomBase62(8);
    return Array.from({ length: count }, (_, n) =>
      callOf({ project_id: projectId, source, n: n + 1, at: NOW, request_id: `${source}-${n}`, ...change }),
    );
  };

  it('are stored and counted once each, however they are delivered', async () => {
    const projectId = newProjectId();
    const calls = some(projectId, 60);
    const lines = calls.map(callLine);
    await write(delivered(lines.slice(30, 50)));
    await Promise.all([write(delivered(lines.slice(0, 40))), write(delivered(lines.slice(20).toReversed()))]);
    await write(delivered(['START RequestId: x', ...lines, ...lines]));
    expect(await rowsOf(projectId)).toHaveLength(60);
    expect(await callsCounted(projectId)).toBe(60);
    expect(await lastUse(calls[0]?.api_key_id ?? '', projectId)).toBe(NOW);
  });

  it('that would not be shown any more, or are of a day to come, are left out', async () => {
    const projectId = newProjectId();
    const times = [
      NOW - 30 * DAY_MS - 1_000,
      NOW - 29 * DAY_MS,
      NOW + DAY_MS - 60_000,
      NOW + DAY_MS + 60_000,
    ];
    const keyIds = times.map(newKeyId);
    await write(
      delivered(
        times.map((at, n) =>
          callLine(callOf({ project_id: projectId, n: n + 1, at, api_key_id: keyIds[n] ?? null })),
        ),
      ),
    );
    expect((await rowsOf(projectId)).map(({ at }) => at)).toEqual([times[2], times[1]]);
    expect(await callsCounted(projectId)).toBe(2);
    expect(await lastUse(keyIds[3] ?? '', projectId)).toBeUndefined();
  });

  it('are stored whatever they hold, as far as they are records', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
      fc.constantFrom('#', '__proto__', '\u0000', '\ud800', 'x'.repeat(64), 'ß'.repeat(64), '😀'.repeat(32)),
    );
    const data = fc.record({
      arguments: fc.oneof(
        fc.jsonValue(),
        fc.constantFrom(1e300, 'x'.repeat(60_000), JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`)),
      ),
    });
    const change = fc.record({
      ...{
        tool: fc.option(text),
        method: fc.option(text),
        client: fc.option(text),
        presented: fc.option(text),
        ip: text,
      },
      ...{ http_method: text, protocol_version: fc.option(text), data: fc.option(data) },
      ...{
        bytes_in: fc.constantFrom(0, Number.MAX_SAFE_INTEGER),
        duration_ms: fc.constantFrom(0, 1e-300, 1_800_000),
      },
      flood_since: fc.option(fc.constantFrom(NOW, 1_577_836_800_000)),
      outcome: fc.constantFrom(...OUTCOMES),
      credential: fc.constantFrom('valid' as const, 'no_key' as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const projectId = newProjectId();
        const lines = changes.map((one, n) =>
          callLine({ ...callOf(), project_id: projectId, at: NOW, n: n + 1, ...one, request_id: `r${n}` }),
        );
        const records = lines.flatMap((line) => readRecord(line) ?? []);
        await write(delivered(lines));
        expect(await callsCounted(projectId)).toBe(records.length);
        const rows = await rowsOf(projectId);
        const floods = rows.filter(({ flood }) => flood !== null);
        expect(
          rows.length - floods.length + floods.reduce((sum, { flood }) => sum + (flood?.count ?? 0), 0),
        ).toBe(records.length);
        const withData = rows.filter(({ hasData }) => hasData).map(({ place }) => place);
        expect((await readData(table, projectId, withData)).size).toBe(withData.length);
      }),
      { numRuns: 25 },
    );
  });

  it('of one project that cannot be counted keep nothing else of the batch from being stored', async () => {
    const [broken, whole] = [newProjectId(), newProjectId()];
    const batch = delivered([...some(broken, 2), ...some(whole, 2)].map(callLine));
    store.fault = ({ body }) =>
      JSON.stringify(body).includes(`JOURNAL#${broken}`)
        ? { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } }
        : undefined;
    await expect(write(batch)).rejects.toThrow();
    expect([(await rowsOf(broken)).length, (await rowsOf(whole)).length]).toEqual([2, 2]);
    expect([await callsCounted(broken), await callsCounted(whole)]).toEqual([0, 2]);
    store.fault = undefined;
    await write(batch);
    expect([await callsCounted(broken), await callsCounted(whole)]).toEqual([2, 2]);
  });

  it('cost nine requests to the store alone, and a quarter of one each in a full batch', async () => {
    const projectId = newProjectId();
    await write(delivered(some(projectId, 1).map(callLine)));
    const alone = store.requests.map(({ operation }) => operation).sort();
    const units = store.requests
      .filter(({ operation }) => !operation.includes('Get'))
      .reduce((sum, request) => sum + request.units, 0);
    store.requests.length = 0;
    await write(delivered(some(projectId, 1_000).map(callLine)));
    console.log(
      `one call: ${alone.join(', ')}, ${units} write units; 1,000 calls: ${store.requests.length} requests`,
    );
    expect(alone).toEqual([
      'BatchGetItem',
      'BatchWriteItem',
      'GetItem',
      ...Array(5).fill('PutItem'),
      'UpdateItem',
    ]);
    expect(units).toBeLessThanOrEqual(11);
    expect(store.requests.length).toBeLessThanOrEqual(250);
  });
});

import { gzipSync } from 'node:zlib';
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CloudWatchLogsDecodedData, CloudWatchLogsEvent } from 'aws-lambda';
import fc from 'fast-check';
import { callLine, keyUseLine, unknownAddressLine } from '../functions/records/print.ts';
import type { Table } from '../functions/table/client.ts';
import { itemKey } from '../functions/table/layout.ts';
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

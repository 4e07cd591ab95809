import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keepRunning } from '../../local/kept-service.ts';
import { createTables, startStore, storeEndpoint, tablesOf } from '../../local/store.ts';
import { createResolver } from '../../local/template/resolver.ts';
import { until } from '../support/until.ts';
import { makeStack } from './fixture.ts';

const KEYS = [
  { AttributeName: 'pk', KeyType: 'HASH' },
  { AttributeName: 'sk', KeyType: 'RANGE' },
];
const stack = makeStack({
  functions: {},
  routes: [],
  resources: {
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        KeySchema: KEYS,
        AttributeDefinitions: ['pk', 'sk', 'gk'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S',
        })),
        BillingMode: 'PAY_PER_REQUEST',
        GlobalSecondaryIndexes: [
          {
            IndexName: 'gsi',
            KeySchema: [{ AttributeName: 'gk', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        Replicas: [{ Region: { Ref: 'AWS::Region' } }],
      },
    },
  },
});
const tables = tablesOf(createResolver(stack));
const TableName = 'Test-Table';
/** Written that often, so large an item leaves files that nobody needs. */
const OVERWRITES = 150;
const LARGE_BYTES = 300_000;
const item = { pk: { S: 'a' }, sk: { S: 'b' } };

const clientOf = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });

/** @returns `connect`, or the code of the error */
function reach(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on('connect', () => resolve('connect'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.on('connect', () => socket.destroy());
  });
}

describe('the store', () => {
  let stateDirectory: string;
  beforeEach(() => {
    stateDirectory = mkdtempSync(join(tmpdir(), 'portcullis-store-'));
  });
  afterEach(() => rmSync(stateDirectory, { recursive: true, force: true }));

  it('has the tables of the template, and keeps their data over a restart', async () => {
    const first = await startStore(stateDirectory);
    await createTables(storeEndpoint(first), tables);
    await clientOf(storeEndpoint(first)).send(new PutItemCommand({ TableName, Item: item }));
    await first.stop();

    const second = await startStore(stateDirectory);
    await createTables(storeEndpoint(second), tables);
    const { Item } = await clientOf(storeEndpoint(second)).send(new GetItemCommand({ TableName, Key: item }));
    expect(Item).toEqual(item);
    await second.stop();
  });

  it('listens on 127.0.0.1 only', async () => {
    const store = await startStore(stateDirectory);
    expect(await reach('127.0.0.1', store.port)).toBe('connect');
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    for (const { address } of others) expect(await reach(address, store.port)).toBe('ECONNREFUSED');
    await store.stop();
  });

  it('comes back on the same port, with its data, when its process is killed', async () => {
    const pids: number[] = [];
    let tellRestarted = () => {};
    const restarted = new Promise<void>((resolve) => {
      tellRestarted = resolve;
    });
    const start = async (port: number) => {
      const service = await startStore(stateDirectory, port);
      if (pids.push(service.pid) === 2) tellRestarted();
      return service;
    };
    const store = await keepRunning(start, 0, { died() {}, lost() {} });
    await createTables(storeEndpoint(store), tables);
    await clientOf(storeEndpoint(store)).send(new PutItemCommand({ TableName, Item: item }));

    process.kill(Number(pids[0]), 'SIGKILL');
    await restarted;
    const { Item } = await clientOf(storeEndpoint(store)).send(new GetItemCommand({ TableName, Key: item }));
    expect(Item).toEqual(item);
    await store.stop();
  });

  it('gives back the room of what was written over, while it is read', async () => {
    const store = await startStore(stateDirectory);
    await createTables(storeEndpoint(store), tables);
    const client = clientOf(storeEndpoint(store));
    const query = {
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': item.pk },
    };
    for (let round = 0; round < OVERWRITES; round++) {
      const text = { S: randomBytes(LARGE_BYTES / 2).toString('hex') };
      for (const sk of ['b', 'c'])
        await client.send(new PutItemCommand({ TableName, Item: { pk: item.pk, sk: { S: sk }, text } }));
      await client.send(new QueryCommand({ ...query, Limit: 1 }));
      await client.send(new QueryCommand(query));
      await client.send(new ScanCommand({ TableName, Limit: 1 }));
    }
    const bytes = async () =>
      globSync('dynamodb/*', { cwd: stateDirectory })
        .map((file) => statSync(join(stateDirectory, file), { throwIfNoEntry: false })?.size ?? 0)
        .reduce((sum, size) => sum + size, 0);
    const written = OVERWRITES * 2 * LARGE_BYTES;
    expect(await until(bytes, (size) => size < written / 3)).toBeLessThan(written / 3);
    client.destroy();
    await store.stop();
  }, 60_000);

  it('does not outlive the process that started it', async () => {
    const script = `
      import { startStore } from ${JSON.stringify(new URL('../../local/store.ts', import.meta.url).href)};
      console.log((await startStore(${JSON.stringify(stateDirectory)})).port);`;
    const parent = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script]);
    const [port] = await once(parent.stdout, 'data');
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    parent.kill('SIGKILL');
    await closed;
    expect(await reach('127.0.0.1', Number(port))).toBe('ECONNREFUSED');
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startStore, storeEndpoint } from '../../local/store.ts';
import { serve } from '../local/fixture.ts';

const STORE = fileURLToPath(new URL('../../local/dynalite.ts', import.meta.url));
const TableName = 'Kept';
const MAX_ITEMS = 100;
const PRINTING = `
  export const handler = async () => {
    console.log('a line');
    return { statusCode: 200 };
  };`;

let directory: string;
let store: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-full-'));
});
afterEach(() => {
  store?.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

const clientAt = (port: number) =>
  new DynamoDBClient({
    endpoint: storeEndpoint({ port }),
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
const key = (n: number) => ({ pk: { S: String(n) } });

describe('on a full disk', () => {
  it('the store answers no write that is not there, and ends; with room again all is there that was answered', async () => {
    const data = join(directory, 'dynamodb');
    mkdirSync(data);
    // To a process, a file that may not grow is what a disk without room is: its write fails in the middle.
    store = spawn('sh', ['-c', 'ulimit -f 40; exec "$@"', 'sh', process.execPath, STORE, data, '0'], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const ended = once(store, 'exit');
    const full = clientAt(Number((await once(store, 'message'))[0]));
    await full.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      }),
    );
    const put = (n: number) =>
      full.send(new PutItemCommand({ TableName, Item: { ...key(n), text: { S: 'x'.repeat(700) } } }));
    let answered = 0;
    while (answered < MAX_ITEMS) {
      const isAnswered = await put(answered).then(
        () => true,
        () => false,
      );
      if (!isAnswered) break;
      answered++;
    }
    expect(answered).toBeGreaterThan(1);
    expect(answered).toBeLessThan(MAX_ITEMS);
    await ended;
    full.destroy();

    const again = await startStore(directory);
    const client = clientAt(again.port);
    const lost: number[] = [];
    for (let n = 0; n < answered; n++) {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: key(n) }));
      if (Item === undefined) lost.push(n);
    }
    expect(lost).toEqual([]);
    client.destroy();
    await again.stop();
  });

  it('calls are answered although what functions print cannot be kept, which is told once', async () => {
    const day = new Date().toISOString().slice(0, 10);
    symlinkSync('/dev/full', join(directory, `Test-Fn.${day}.log`));
    const problems: string[] = [];
    const told = Promise.withResolvers<void>();
    await using served = await serve(
      { functions: { Fn: PRINTING }, routes: [{ path: '/', to: 'Fn' }] },
      {
        logDirectory: directory,
        report: (problem) => {
          problems.push(problem);
          told.resolve();
        },
      },
    );
    const statuses = [(await served.send('/')).status];
    await told.promise;
    for (let n = 0; n < 3; n++) statuses.push((await served.send('/')).status);
    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(problems).toEqual([expect.stringMatching(/^What Test-Fn prints is not kept: /)]);
  });
});

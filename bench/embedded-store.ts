import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynaliteDb from 'dynalite/db/index.js';
import type { Table } from '../functions/table/client.ts';
import { PARTITION_KEY, SORT_KEY } from '../functions/table/layout.ts';
import { createTables, startStore, storeEndpoint } from '../local/store.ts';

const NAME = 'portcullis';
const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });

/** The product's table, as CreateTable takes it. */
export const TABLE = {
  TableName: NAME,
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: [attribute(PARTITION_KEY), attribute(SORT_KEY)],
  KeySchema: [
    { AttributeName: PARTITION_KEY, KeyType: 'HASH' as const },
    { AttributeName: SORT_KEY, KeyType: 'RANGE' as const },
  ],
};

export const clientOf = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

/** From now on a function of this process that makes a client makes it for that store. */
export function toStore(endpoint: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
}

/** Puts items, as they are on the wire, into the store's files. */
export type Put = (items: readonly object[]) => Promise<void>;

/** A store of the local gateway with the product's table, data on disk. */
export interface EmbeddedStore {
  readonly endpoint: string;
  readonly table: Table;
  close(): Promise<void>;
}

/**
 * Starts a store that has been filled past its HTTP interface, which would take an hour for a million items.
 * @param fill is called before the store answers
 * @returns the store, and what `fill` returned
 */
export async function filledStore<Filled>(
  fill: (put: Put) => Promise<Filled>,
): Promise<EmbeddedStore & { readonly filled: Filled }> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-store-'));
  const empty = await startStore(folder);
  await createTables(storeEndpoint(empty), [TABLE]);
  await empty.stop();

  const files = dynaliteDb.create({ path: join(folder, 'dynamodb') });
  const items = files.getItemDb(NAME);
  const batch = promisify(items.batch.bind(items));
  const filled = await fill((puts) =>
    batch(puts.map((value) => ({ type: 'put' as const, key: dynaliteDb.createKey(value, TABLE), value }))),
  );
  await files.db.close();

  const store = await startStore(folder);
  const endpoint = storeEndpoint(store);
  const client = clientOf(endpoint);
  return {
    endpoint,
    table: { client: DynamoDBDocumentClient.from(client), name: NAME },
    filled,
    async close() {
      client.destroy();
      await store.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

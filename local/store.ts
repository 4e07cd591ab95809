import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { type ServiceProcess, startService } from './service-process.ts';
import { LOCAL_ENVIRONMENT } from './template/environment.ts';
import type { Resolver } from './template/resolver.ts';

/**
 * Starts a DynamoDB-compatible store with its data on disk.
 *
 * @param stateDirectory holds the data, in `dynamodb`, and the log
 * @param port 0 for any free one
 * @returns the store, running in a process of its own
 */
export async function startStore(stateDirectory: string, port = 0): Promise<ServiceProcess> {
  const logs = join(stateDirectory, 'logs');
  const data = join(stateDirectory, 'dynamodb');
  for (const directory of [logs, data]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  return startService('./dynalite.ts', [data, String(port)], join(logs, 'dynalite.log'));
}

/** @returns the value of `AWS_ENDPOINT_URL_DYNAMODB` for that store */
export function storeEndpoint({ port }: { readonly port: number }): string {
  return `http://127.0.0.1:${port}`;
}

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));
const projectionSchema = z.object({
  ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  NonKeyAttributes: z.array(z.string()).optional(),
});
const tableSchema = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  GlobalSecondaryIndexes: z
    .array(z.object({ IndexName: z.string(), KeySchema: keySchema, Projection: projectionSchema }))
    .optional(),
});

const TABLE_TYPES = ['AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'];

/** @returns what CreateTable needs for each table of the template: keys and indexes, on demand */
export function tablesOf(resolver: Resolver): CreateTableCommandInput[] {
  return resolver.resources
    .filter(({ type }) => TABLE_TYPES.includes(type))
    .map(({ logicalId, properties }) => {
      const { GlobalSecondaryIndexes, ...table } = tableSchema.parse(resolver.resolve(properties, logicalId));
      return {
        TableName: resolver.attribute(logicalId),
        BillingMode: 'PAY_PER_REQUEST',
        ...table,
        ...(GlobalSecondaryIndexes && {
          GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(({ Projection, ...index }) => ({
            ...index,
            Projection: {
              ProjectionType: Projection.ProjectionType,
              ...(Projection.NonKeyAttributes && { NonKeyAttributes: Projection.NonKeyAttributes }),
            },
          })),
        }),
      };
    });
}

/**
 * Creates the tables that do not exist yet, and waits until all of them can be used.
 *
 * @param endpoint of the store
 * @param tables from {@link tablesOf}
 */
export async function createTables(
  endpoint: string,
  tables: readonly CreateTableCommandInput[],
): Promise<void> {
  const client = new DynamoDBClient({
    endpoint,
    region: LOCAL_ENVIRONMENT.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    await Promise.all(tables.map((table) => createTable(client, table)));
  } finally {
    client.destroy();
  }
}

async function createTable(client: DynamoDBClient, table: CreateTableCommandInput): Promise<void> {
  try {
    await client.send(new CreateTableCommand(table));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error; // It exists: a restart.
  }
  await waitUntilTableExists({ client, minDelay: 0.05, maxDelay: 0.2, maxWaitTime: 10 }, table);
}

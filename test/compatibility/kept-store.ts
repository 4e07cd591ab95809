import {
  type AttributeValue,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { createTables, startStore, storeEndpoint } from '../../local/store.ts';

type Attributes = Record<string, AttributeValue>;
export type Item = Record<string, unknown> & { readonly pk: string; readonly sk: string };

/** The one table of a gateway that does not run, as it lies in its state folder. */
export interface KeptTable {
  readonly name: string;
  /** Items as DynamoDB writes them. */
  raw(): Promise<Attributes[]>;
  putRaw(items: readonly Attributes[]): Promise<void>;
  items(): Promise<Item[]>;
  put(items: readonly object[]): Promise<void>;
}

/**
 * Opens the table for as long as `use` takes.
 * @param newTable its name, where there is none yet
 */
export async function withKeptTable<Result>(
  stateDir: string,
  use: (table: KeptTable) => Promise<Result>,
  newTable?: string,
): Promise<Result> {
  const store = await startStore(stateDir);
  const endpoint = storeEndpoint(store);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  if (newTable !== undefined) await createTables(endpoint, [{ TableName: newTable, ...PRIMARY_KEY }]);
  const { TableNames: [TableName = ''] = [] } = await client.send(new ListTablesCommand());
  try {
    return await use({
      name: TableName,
      raw: async () => (await client.send(new ScanCommand({ TableName }))).Items ?? [],
      async putRaw(items) {
        for (const Item of items) await client.send(new PutItemCommand({ TableName, Item }));
      },
      async items() {
        const found: Item[] = [];
        for await (const { Items = [] } of paginateScan({ client: documents }, { TableName }))
          found.push(...(Items as Item[]));
        return found;
      },
      async put(items) {
        for (const item of items) await documents.send(new PutCommand({ TableName, Item: { ...item } }));
      },
    });
  } finally {
    client.destroy();
    await store.stop();
  }
}

const PRIMARY_KEY = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' as const },
    { AttributeName: 'sk', KeyType: 'RANGE' as const },
  ],
  AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
  BillingMode: 'PAY_PER_REQUEST' as const,
};

import { EventEmitter, once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { PARTITION_KEY, SORT_KEY } from '../../functions/table/layout.ts';

/** One request that reached the store. */
interface WireRequest {
  /** Such as `BatchGetItem`. */
  readonly operation: string;
  readonly body: Record<string, unknown>;
  /** When its signature says that it was made, milliseconds since the epoch. */
  readonly signedAt: number;
  /** How long its connection had carried nothing, milliseconds; 0: it is the first. */
  readonly idleMs: number;
  /** The read or write units that the store counted, once it has answered. */
  units: number;
}

/** How the store answers instead of itself; `after`: as it is, once that has happened; `undefined`: as it is. */
type Fault = (
  request: WireRequest,
) =>
  | { readonly status: number; readonly body: unknown }
  | { readonly after: Promise<void> }
  | 'hang'
  | 'reset'
  | undefined;

/** A real DynamoDB protocol on 127.0.0.1, and what stands on the wire before it: requests are counted, faults made. */
export interface TestStore {
  readonly endpoint: string;
  readonly tableName: string;
  /** Speaks to the store itself, past the wire that is counted. */
  readonly client: DynamoDBDocumentClient;
  readonly requests: WireRequest[];
  fault: Fault | undefined;
  /** Emits `answered` with each request that the store itself has answered. */
  readonly forwarded: EventEmitter;
  close(): Promise<void>;
}

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * Starts dynalite, or uses the store at `PORTCULLIS_TEST_DYNAMODB_ENDPOINT` (DynamoDB Local), with a new empty table.
 * Sets the environment that a function's own client reads, so that functions under test speak to it.
 */
export async function startTestStore(): Promise<TestStore> {
  const given = process.env.PORTCULLIS_TEST_DYNAMODB_ENDPOINT;
  const own = given === undefined ? await startDynalite() : undefined;
  const storeUrl = new URL(given ?? `http://127.0.0.1:${own?.port}`);

  const requests: WireRequest[] = [];
  const store = { fault: undefined as Fault | undefined, forwarded: new EventEmitter() };
  const lastUses = new WeakMap<Socket, number>();
  const wire = http.createServer((incoming, outgoing) => {
    const { socket } = incoming;
    const idleMs = performance.now() - (lastUses.get(socket) ?? performance.now());
    outgoing.on('close', () => lastUses.set(socket, performance.now()));
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const request = {
        operation: operationOf(incoming.headers),
        body: JSON.parse(body.toString()),
        signedAt: signingTime(String(incoming.headers['x-amz-date'])),
        idleMs,
        units: 0,
      };
      const counted = Buffer.from(JSON.stringify({ ...request.body, ReturnConsumedCapacity: 'TOTAL' }));
      requests.push(request);
      const fault = store.fault?.(request);
      if (fault === 'hang') return;
      if (fault === 'reset') return void socket.destroy();
      if (fault !== undefined && 'status' in fault) {
        outgoing.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' });
        return void outgoing.end(JSON.stringify(fault.body));
      }
      const forward = () => {
        const onward = http.request(
          {
            hostname: storeUrl.hostname,
            port: storeUrl.port,
            method: 'POST',
            path: '/',
            headers: { ...incoming.headers, 'content-length': counted.length },
          },
          (answer) => {
            outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
            const parts: Buffer[] = [];
            answer.on('data', (part: Buffer) => {
              parts.push(part);
              outgoing.write(part);
            });
            answer.on('end', () => {
              request.units = unitsOf(Buffer.concat(parts));
              outgoing.end();
              store.forwarded.emit('answered', request);
            });
          },
        );
        onward.on('error', () => socket.destroy());
        onward.end(counted);
      };
      if (fault === undefined) forward();
      else fault.after.then(forward);
    });
  });
  wire.listen(0, '127.0.0.1');
  await once(wire, 'listening');

  const endpoint = `http://127.0.0.1:${(wire.address() as AddressInfo).port}`;
  const tableName = `portcullis-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    PORTCULLIS_TABLE_NAME: tableName,
    PORTCULLIS_CACHE_SECONDS: '0',
    PORTCULLIS_STREAM_IDLE_SECONDS: '60',
    PORTCULLIS_LOG_RETENTION_DAYS: '30',
    PORTCULLIS_SERVICE_NAME: 'Portcullis',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });

  const direct = new DynamoDBClient({
    endpoint: storeUrl.href,
    region: 'us-east-1',
    credentials: CREDENTIALS,
  });
  await direct.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [PARTITION_KEY, SORT_KEY].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
        { AttributeName: SORT_KEY, KeyType: 'RANGE' },
      ],
    }),
  );
  await waitUntilTableExists({ client: direct, maxWaitTime: 10, minDelay: 1 }, { TableName: tableName });

  return {
    endpoint,
    tableName,
    client: DynamoDBDocumentClient.from(direct),
    requests,
    forwarded: store.forwarded,
    get fault() {
      return store.fault;
    },
    set fault(fault) {
      store.fault = fault;
    },
    async close() {
      direct.destroy();
      wire.closeAllConnections();
      wire.close();
      own?.server.close();
    },
  };
}

async function startDynalite() {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

function unitsOf(answer: Buffer): number {
  const { ConsumedCapacity = [] } = JSON.parse(answer.toString());
  return [ConsumedCapacity]
    .flat()
    .reduce((sum: number, { CapacityUnits = 0 }: { CapacityUnits?: number }) => sum + CapacityUnits, 0);
}

/** @param basic such as `20261123T080000Z` */
export const signingTime = (basic: string): number =>
  Date.parse(basic.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

function operationOf(headers: IncomingHttpHeaders): string {
  return String(headers['x-amz-target']).split('.').at(-1) ?? '';
}

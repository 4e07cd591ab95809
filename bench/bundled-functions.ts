import { openSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../functions/table/client.ts';
import { createTables } from '../local/store.ts';
import { proxyEvent, storeKey, storeProject, storeServer } from '../test/support/fixtures.ts';
import { clientOf, TABLE, toStore } from './embedded-store.ts';

/** What a bundle exports. */
export type Handler = (...args: unknown[]) => Promise<unknown>;

export const CONTEXT = { getRemainingTimeInMillis: () => 300_000 };

/** What the Lambda runtime gives to a function that streams; what it streams is the stream itself. */
export function installRuntime(): void {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: { from: (stream: Writable) => stream },
    },
  });
}

/** @returns makes a call of a server that the authorizer has let in, its answer kept by nobody */
export function relayedCall(
  handler: Handler,
  {
    projectId,
    server,
    keyId,
  }: Pick<Awaited<ReturnType<typeof storedServer>>, 'projectId' | 'server' | 'keyId'>,
  body: string,
  storesData: boolean,
): () => Promise<unknown> {
  const sample = proxyEvent('mcp');
  const grant = {
    ...{ outcome: 'forward', slug: server.slug, projectId, serverId: server.server_id },
    ...{
      serverRevision: String(server.revision),
      keyId,
      credential: 'valid',
      storesData: String(storesData),
    },
  };
  const event = {
    ...sample,
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    requestContext: { ...sample.requestContext, authorizer: grant },
  };
  return () => handler(event, new Writable({ write: (_chunk, _encoding, done) => done() }), CONTEXT);
}

/**
 * Makes the table in an empty store, and in it a project with its gate up, a server and a key. Sets the environment that authorizer
 * and relay read.
 */
export async function storedServer(endpoint: string, upstreamUrl: string) {
  toStore(endpoint);
  Object.assign(process.env, {
    AWS_SESSION_TOKEN: 'x'.repeat(600),
    PORTCULLIS_TABLE_NAME: TABLE.TableName,
    PORTCULLIS_STREAM_IDLE_SECONDS: '60',
    PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS: 'true',
  });
  await createTables(endpoint, [TABLE]);
  const table: Table = {
    client: DynamoDBDocumentClient.from(clientOf(endpoint)),
    name: TABLE.TableName,
  };
  const projectId = await storeProject(table, { require_mcp_api_key: true });
  const server = await storeServer(table, projectId, {
    upstream: { kind: 'http', url: upstreamUrl, sealed_headers: null, masked_headers: {} },
  });
  const { secret, id: keyId } = await storeKey(table, projectId);
  return { table, projectId, server, secret, keyId };
}

/** @param module the file of a bundle @param cacheSeconds as the function reads it when it loads, once for each value */
export async function loadHandler(module: string, cacheSeconds: string): Promise<Handler> {
  process.env.PORTCULLIS_CACHE_SECONDS = cacheSeconds;
  const { href } = pathToFileURL(module);
  return (await import(`${href}?${cacheSeconds}`)).handler;
}

/** @returns what writes lines at once, as Node does where standard output is a pipe, to where nobody keeps them */
export function printedNowhere(): typeof process.stdout.write {
  const nowhere = openSync('/dev/null', 'w');
  return (line: string | Uint8Array) => writeSync(nowhere, String(line)) > 0;
}

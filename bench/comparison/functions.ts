/**
 * Authorizer and relay, bundled as they are deployed, in one process with a server around them: what Lambda runs, without what API
 * Gateway does, and without the rows of the log. The embedded store is a process of its own. Started with the port of the
 * server behind it and `cacheSeconds`; tells its parent its port, its key and its path, and revokes the key when it is told to.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { changeKey } from '../../functions/table/key-store.ts';
import { buildFunction } from '../../infra/build/function.ts';
import { authorizerEvent, proxyEvent } from '../../local/rest-api/event.ts';
import type { RestApi } from '../../local/rest-api/model.ts';
import { readRequest } from '../../local/rest-api/request.ts';
import { startStore, storeEndpoint } from '../../local/store.ts';
import { startTestAwsServices } from '../../test/support/aws-services.ts';
import { keyChange } from '../../test/support/fixtures.ts';
import { CONTEXT, loadHandler, printedNowhere, storedServer } from '../bundled-functions.ts';

const [, , upstream = '', cacheSeconds = '0'] = process.argv;
const DOMAIN = '127.0.0.1';
const API = { id: 'bench', binary: true, stage: { StageName: 'prod' } } as RestApi;

interface Metadata {
  readonly statusCode: number;
  readonly headers?: Record<string, string>;
  readonly multiValueHeaders?: Record<string, string[]>;
}

/** What a streaming function gets, and what its bytes go to. */
class Answer extends Writable {
  readonly #response: ServerResponse;
  constructor(response: ServerResponse) {
    super();
    this.#response = response;
    this.on('error', () => {}); // The client has left.
  }
  begin({ statusCode, headers, multiValueHeaders }: Metadata): this {
    this.#response.writeHead(statusCode, { ...headers, ...multiValueHeaders });
    return this;
  }
  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#response.write(chunk, done);
  }
  override _final(done: () => void): void {
    this.#response.end(done);
  }
}
Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (handler: unknown) => handler,
    HttpResponseStream: { from: (answer: Answer, metadata: Metadata) => answer.begin(metadata) },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'comparison-'));
const store = await startStore(folder);
const services = await startTestAwsServices();
const { table, projectId, server, secret, keyId } = await storedServer(
  storeEndpoint(store),
  `http://127.0.0.1:${upstream}/mcp`,
);
const handlerOf = (name: 'authorizer' | 'mcp') =>
  loadHandler(join(buildFunction(name).folder, 'index.mjs'), cacheSeconds);
const [authorizer, relay] = [await handlerOf('authorizer'), await handlerOf('mcp')];
process.stdout.write = printedNowhere();

interface Decision {
  readonly policyDocument: { readonly Statement: readonly { readonly Effect: string }[] };
  readonly context: Record<string, string>;
}

async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = {
    ...readRequest(message, DOMAIN),
    resourceId: 'bench',
    resourcePath: '/{mcp_url}',
    pathParameters: { mcp_url: server.slug },
    domainName: DOMAIN,
  };
  const body = await buffer(message);
  const decision = (await authorizer(JSON.parse(authorizerEvent(API, request)), CONTEXT)) as Decision;
  if (decision.policyDocument.Statement.some(({ Effect }) => Effect !== 'Allow')) {
    response.writeHead(401).end();
    return;
  }
  const event = proxyEvent(API, request, body, decision.context);
  await relay(JSON.parse(event), new Answer(response), CONTEXT);
}

const gateway = http.createServer((message, response) => {
  serve(message, response).catch(() => response.destroy());
});
gateway.listen(0, '127.0.0.1');
await once(gateway, 'listening');
const { port } = gateway.address() as AddressInfo;
process.send?.({ port, key: secret, path: `/${server.slug}` });

process.on('message', async () => {
  await changeKey(table, keyChange(projectId, keyId), (key) => ({ ...key, status: 'revoked' }));
  process.send?.('revoked');
});
const end = async () => {
  services.close();
  await store.stop();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
};
process.once('SIGTERM', end);
process.once('disconnect', end);

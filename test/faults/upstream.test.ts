import { once } from 'node:events';
import https from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { newServerId } from '../../functions/domain/ids.ts';
import { upstreamHeaderSeal } from '../../functions/secrets/upstream-headers.ts';
import type { Table } from '../../functions/table/client.ts';
import { DENIED, startTestAwsServices, type TestAwsServices } from '../support/aws-services.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { authorizerEvent, proxyEvent, storeProject, storeServer } from '../support/fixtures.ts';
import { invokeStreaming } from '../support/lambda.ts';
import { printed } from '../support/records.ts';
import { type ServerCertificate, selfSignedCertificate } from '../upstream/certificate.ts';

const HOST = 'mcp.portcullis.invalid';
const DAY = 86_400_000;

let store: TestStore;
let services: TestAwsServices;
let table: Table;
let projectId: string;
/** A server that writes whatever a test says, HTTP or not. */
let raw: Server;
let talk: (socket: Socket, request: string) => void = () => {};

/** What the name of the server resolves to, look-up after look-up. It is in place before the relay is loaded. */
const dns = process.getBuiltinModule('node:dns');
const lookup = dns.lookup as (
  host: string,
  options: object,
  callback: (error: Error | null, addresses: object[]) => void,
) => void;
let addresses: string[] = [];
dns.lookup = ((...asked: Parameters<typeof lookup>) => {
  const [host, , callback] = asked;
  if (host !== HOST) return lookup(...asked);
  callback(null, [{ address: addresses.shift() ?? '', family: 4 }]);
}) as unknown as typeof dns.lookup;

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
  process.env.PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS = 'true';
  table = { client: store.client, name: store.tableName };
  projectId = await storeProject(table);
  raw = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (request) => talk(socket, String(request)));
  }).listen(0, '127.0.0.1');
  await once(raw, 'listening');
});
afterEach(() => {
  addresses = [];
});
afterAll(async () => {
  dns.lookup = lookup as unknown as typeof dns.lookup;
  raw.close();
  services.close();
  await store.close();
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const rawUrl = () => `http://127.0.0.1:${portOf(raw)}/mcp`;

interface Circumstances {
  /** Of the function's time. */
  readonly remainingMs?: number;
  /** By how much the request comes later than those without it, while the clocks and timers of the function stand still. */
  readonly laterMs?: number;
}

/** @param headers stored for the server @returns what calls it through authorizer and relay */
async function caller(url: string, headers: Record<string, string> = {}) {
  const id = { project_id: projectId, server_id: newServerId(Date.now()) };
  const sealed_headers = await upstreamHeaderSeal({ keyId: services.keyId }).sealHeaders(id, headers);
  const upstream = { kind: 'http', url, sealed_headers, masked_headers: {} } as const;
  const server = await storeServer(table, projectId, { ...id, upstream });
  return async ({ remainingMs, laterMs = 0 }: Circumstances = {}) => {
    const { handler: authorize } = await import('../../functions/authorizer.ts');
    const { context } = await authorize(authorizerEvent(server.slug));
    const event = proxyEvent('mcp');
    const answer = Promise.withResolvers<Awaited<ReturnType<typeof invokeStreaming>>>();
    await printed(async () => {
      const requestTimeEpoch = event.requestContext.requestTimeEpoch + laterMs;
      const given = {
        ...event,
        requestContext: { ...event.requestContext, requestTimeEpoch, authorizer: context },
      };
      const client = remainingMs === undefined ? {} : { remainingMs };
      const called = invokeStreaming(
        () => import('../../functions/mcp.ts'),
        given as APIGatewayProxyEvent,
        client,
      );
      await called.then(answer.resolve, answer.reject);
    });
    return answer.promise;
  };
}

const head = (length: number | string, type = 'application/json') =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
const FAILED = { statusCode: 502, body: expect.stringContaining('"jsonrpc":"2.0"') };

describe('a server that lies about the length of its answer', () => {
  it.each(['application/json', 'text/event-stream'])(
    'and sends less (%s): the answer breaks off, never ended as if it were whole',
    async (type) => {
      talk = (socket) => socket.end(`${head(100, type)}{"half":`);
      await expect((await caller(rawUrl()))()).rejects.toThrow();
    },
  );

  it.each([
    ['with it', (socket: Socket, more: string) => socket.write(`${head(2)}{}${more}`)],
    [
      'after it',
      (socket: Socket, more: string) =>
        socket.write(`${head(2)}{}`, () => setImmediate(() => socket.write(more))),
    ],
  ])('and sends more, %s: that is in no answer, this or the next', async (_name, answer) => {
    const call = await caller(rawUrl());
    talk = (socket) => answer(socket, `${head(8)}"poison"`);
    expect(await call()).toMatchObject({ statusCode: 200, body: '{}' });
    talk = (socket) => socket.end(`${head(6)}"mine"`);
    expect(await call()).toMatchObject({ statusCode: 200, body: '"mine"' });
  });

  it('and gives two lengths is not believed', async () => {
    talk = (socket) => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 8\r\n\r\n{}`);
    expect(await (await caller(rawUrl()))()).toMatchObject(FAILED);
  });
});

describe.each([
  ['denies', DENIED],
  ['does not answer', 'hang'],
] as const)('while KMS %s', (_name, fault) => {
  afterEach(() => {
    services.fault = undefined;
  });

  it('a server is not called without its stored headers: 500; it is, once they can be opened, and one that has none is all the time', async () => {
    const requests: string[] = [];
    talk = (socket, request) => {
      requests.push(request);
      socket.end(`${head(2)}{}`);
    };
    const [secret, plain] = await Promise.all([caller(rawUrl(), { 'x-secret': 'stored' }), caller(rawUrl())]);
    services.fault = () => fault;
    expect(await secret()).toMatchObject({ statusCode: 500 });
    expect(requests).toEqual([]);
    expect(await plain()).toMatchObject({ statusCode: 200 });
    services.fault = undefined;
    expect(await secret()).toMatchObject({ statusCode: 200 });
    expect(requests.map((request) => /x-secret: stored/i.test(request))).toEqual([false, true]);
  });
});

describe('a server that resets its connection', () => {
  it('before the answer: 502', async () => {
    talk = (socket) => socket.resetAndDestroy();
    expect(await (await caller(rawUrl()))()).toMatchObject(FAILED);
  });

  it('amid the answer: it breaks off', async () => {
    talk = (socket) => socket.write(`${head(100)}{"half":`, () => socket.resetAndDestroy());
    await expect((await caller(rawUrl()))()).rejects.toThrow();
  });
});

describe('a server whose answer has no end', () => {
  /** Of the function's time, so that the relay has to come to an end a moment later. */
  const REMAINING_MS = 3_200;
  const endless = (type: string) => (socket: Socket) => {
    const dripping = setInterval(() => socket.write('data: 1\n\n'), 10);
    socket.on('close', () => clearInterval(dripping));
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nConnection: close\r\n\r\ndata: 1\n\n`);
  };

  it('is ended in good order before the function would be killed, if its client can go on later', async () => {
    talk = endless('text/event-stream');
    const { body } = await (await caller(rawUrl()))({ remainingMs: REMAINING_MS });
    expect(body).toMatch(/^(data: 1\n\n)+$/);
  });

  it('is broken off then, if it cannot', async () => {
    talk = endless('application/json');
    await expect((await caller(rawUrl()))({ remainingMs: REMAINING_MS })).rejects.toThrow();
  });
});

describe('a server over TLS', () => {
  const authorities = tls.getCACertificates('default');
  afterEach(() => tls.setDefaultCACertificates(authorities));
  const certificate = (from: number, to: number) =>
    selfSignedCertificate(HOST, { from: new Date(Date.now() + from), to: new Date(Date.now() + to) });

  async function serving({ key, cert }: ServerCertificate) {
    const requests: string[] = [];
    const server = https.createServer({ key, cert }).listen(0, '127.0.0.1');
    server.on('request', async (request, response) => {
      requests.push(String(await buffer(request)));
      response.writeHead(200, { connection: 'close' }).end('{}');
    });
    await once(server, 'listening');
    tls.setDefaultCACertificates([cert]);
    return {
      requests,
      url: `https://${HOST}:${portOf(server)}/mcp`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  it.each([
    ['has expired', -2 * DAY, -DAY],
    ['is not valid yet', DAY, 2 * DAY],
  ])('whose certificate %s gets no request: 502', async (_name, from, to) => {
    await using server = await serving(certificate(from, to));
    addresses = ['127.0.0.1'];
    expect(await (await caller(server.url))()).toMatchObject(FAILED);
    expect(server.requests).toEqual([]);
  });

  it('is called at the address that its name has by then, and never at one that is not public', async () => {
    await using server = await serving(certificate(-DAY, DAY));
    const call = await caller(server.url);
    const answers: string[] = [];
    addresses = ['10.0.0.1', '127.0.0.1', '169.254.169.254', '127.0.0.1'];
    while (addresses.length > 0) answers.push((await call()).body);
    const refused = expect.stringContaining('address');
    expect(answers).toEqual([refused, '{}', refused, '{}']);
    expect(server.requests).toHaveLength(2);
  });
});

describe('a server that has closed its connections while the function was frozen', () => {
  /** Each connection carries one request, and then nobody reads it. */
  function forget(fields = ''): void {
    const used = new Set<Socket>();
    talk = (socket) => {
      if (used.has(socket)) socket.destroy();
      else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${fields}\r\n{}`);
      used.add(socket);
    };
  }

  it('is called on a new one', async () => {
    const call = await caller(rawUrl());
    forget();
    expect(await call()).toMatchObject({ statusCode: 200 });
    expect(await call({ laterMs: 60_000 })).toMatchObject({ statusCode: 200 });
    expect(await call({ laterMs: 300_000 })).toMatchObject({ statusCode: 200 });
  });

  it('is believed when it says that it waits less long than we do', async () => {
    const call = await caller(rawUrl());
    forget('Keep-Alive: timeout=2\r\n');
    expect(await call({ laterMs: 400_000 })).toMatchObject({ statusCode: 200 });
    expect(await call({ laterMs: 402_000 })).toMatchObject({ statusCode: 200 });
  });

  it('soon after gets no second request: a tool may have been called', async () => {
    const call = await caller(rawUrl());
    forget();
    expect(await call({ laterMs: 600_000 })).toMatchObject({ statusCode: 200 });
    expect(await call({ laterMs: 600_000 })).toMatchObject(FAILED);
  });
});

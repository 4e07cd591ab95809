import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import http, { type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer, type Socket, type Server as TcpServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { callUpstream, type UpstreamRequest } from '../../functions/upstream/call.ts';
import { keptConnections } from '../../functions/upstream/connections.ts';
import { copyWithin } from '../../functions/upstream/copy.ts';

let server: Server;
let answer: RequestListener = () => {};
/** A server that writes whatever a test says, HTTP or not. */
let raw: TcpServer;
let talk: (socket: Socket) => void = () => {};
const connections = keptConnections();

beforeAll(async () => {
  server = http.createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  raw = createServer((socket) => {
    socket.on('error', () => {});
    talk(socket);
  }).listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(raw, 'listening')]);
});
afterEach(() => server.closeAllConnections());
afterAll(() => {
  connections.close();
  server.close();
  raw.close();
});

const at = (listening: TcpServer, host = '127.0.0.1') =>
  `http://${host}:${(listening.address() as AddressInfo).port}/mcp`;
const call = (change: Partial<UpstreamRequest> = {}) =>
  callUpstream({
    url: at(server),
    method: 'POST',
    headers: {},
    body: Buffer.from('{}'),
    rules: { allowLoopback: true, ownHost: undefined },
    connections,
    silenceMs: 10_000,
    signal: new AbortController().signal,
    ...change,
  });

describe('a call', () => {
  it.each(['127.0.0.1', 'localhost'])('to %s is not made unless loopback is allowed', async (host) => {
    let connections = 0;
    const count = () => connections++;
    server.on('connection', count);
    expect(
      await call({ url: at(server, host), rules: { allowLoopback: false, ownHost: undefined } }),
    ).toEqual({ kind: 'forbidden_address' });
    server.off('connection', count);
    expect(connections).toBe(0);
  });

  it('is checked at every connection: a name that changes its answer to a private address is not dialled', async () => {
    const asked: string[] = [];
    const answers = ['127.0.0.1', '10.0.0.1'];
    const rules = {
      allowLoopback: true,
      ownHost: undefined,
      resolve: (
        host: string,
        _options: object,
        callback: (error: null, addresses: LookupAddress[]) => void,
      ) => {
        asked.push(host);
        callback(null, [{ address: answers.shift() ?? '', family: 4 }]);
      },
    };
    answer = (_request, response) => response.setHeader('connection', 'close').end();
    const url = at(server, 'rebinding.portcullis.invalid');
    const first = await call({ url, rules });
    expect(first.kind).toBe('answered');
    if (first.kind === 'answered') await buffer(first.response);
    expect(await call({ url, rules })).toEqual({ kind: 'forbidden_address' });
    expect(asked).toEqual(['rebinding.portcullis.invalid', 'rebinding.portcullis.invalid']);
  });

  it('to the gateway itself is not made', async () => {
    const { host } = new URL(at(server));
    expect(await call({ rules: { allowLoopback: true, ownHost: host } })).toEqual({
      kind: 'loop',
    });
  });

  it('to a server that never answers ends after its time', async () => {
    answer = () => {};
    expect(await call({ silenceMs: 50 })).toEqual({ kind: 'too_slow' });
  });

  it('to a server that never ends the head of its answer ends after its time', async () => {
    talk = (socket) => {
      const dripping = setInterval(() => socket.write('x-drip: 1\r\n'), 10);
      socket.on('close', () => clearInterval(dripping));
      socket.write('HTTP/1.1 200 OK\r\n');
    };
    expect(await call({ url: at(raw), silenceMs: 100 })).toEqual({ kind: 'too_slow' });
  });

  it('that its client gives up ends', async () => {
    const client = new AbortController();
    answer = () => client.abort();
    expect(await call({ signal: client.signal })).toMatchObject({ kind: 'unreachable' });
  });

  it.each([
    ['switches protocols', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'],
    ['answers the status 999', 'HTTP/1.1 999 Nonsense\r\nContent-Length: 0\r\n\r\n'],
    ['answers the status 099', 'HTTP/1.1 099 Nonsense\r\nContent-Length: 0\r\n\r\n'],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ...[
      ['has two lengths', 'Content-Length: 0\r\nContent-Length: 2'],
      ['has a length and chunks', 'Content-Length: 0\r\nTransfer-Encoding: chunked'],
      ['folds a header', 'Content-Type: text/plain;\r\n a=b'],
      ['ends a header with a bare CR', 'Content-Type: text/plain\rSet-Cookie: a=b'],
      ['ends a header with a bare LF', 'Content-Type: text/plain\nSet-Cookie: a=b'],
      ['has a NUL in a header', 'Content-Type: text/plain\0'],
    ].map(([name, fields]) => [`${name}`, `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n0\r\n\r\n`]),
  ])('to a server that %s ends as unreachable', async (_name, text) => {
    talk = (socket) => socket.end(text);
    expect(await call({ url: at(raw) })).toMatchObject({ kind: 'unreachable' });
  });

  it('gets its own answer, whatever the server has sent before it was asked', async () => {
    let asked = 0;
    talk = (socket) => {
      socket.on('data', () => {
        const answer = (text: number, more = '') =>
          socket.write(`HTTP/1.1 200 OK\r\n${more}Content-Length: 1\r\n\r\n${text}`);
        answer(++asked, asked === 3 ? 'Connection: close\r\n' : '');
        if (asked === 1) answer(9);
      });
    };
    for (const own of ['1', '2', '3']) {
      const result = await call({ url: at(raw) });
      if (result.kind !== 'answered') throw new Error(result.kind);
      expect((await buffer(result.response)).toString()).toBe(own);
    }
  });

  it('to a server that closes at once ends as unreachable', async () => {
    talk = (socket) => socket.destroy();
    expect(await call({ url: at(raw) })).toEqual({ kind: 'unreachable', code: 'ECONNRESET' });
  });

  it.each(['GET', 'DELETE', 'POST'])(
    'by %s frames its body: the server sees one request, whatever the body holds',
    async (method) => {
      const requests: string[] = [];
      answer = async (request, response) => {
        requests.push(`${request.method} ${request.url} ${(await buffer(request)).length}`);
        response.end();
      };
      const smuggled = Buffer.from('POST /admin HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
      const result = await call({ method, body: smuggled });
      if (result.kind !== 'answered') throw new Error(result.kind);
      await buffer(result.response);
      await call({ method: 'POST', body: Buffer.from('next') });
      expect(requests).toEqual([`${method} /mcp ${smuggled.length}`, 'POST /mcp 4']);
    },
  );
});

describe('a copy', () => {
  async function endlessAnswer(contentType = 'text/event-stream') {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': contentType });
      response.write('first');
    };
    const result = await call();
    if (result.kind !== 'answered') throw new Error(result.kind);
    return { response: result.response, through: [] };
  }

  it.each([
    ['silence', { silenceMs: 50, totalMs: 60_000 }],
    ['total time', { silenceMs: 60_000, totalMs: 50 }],
  ])('ends in good order at its limit of %s', async (_name, limits) => {
    const client = new PassThrough();
    await copyWithin(limits, await endlessAnswer(), client);
    client.end();
    expect((await buffer(client)).toString()).toBe('first');
  });

  it('of an answer that nobody can resume is broken off at its limit, never ended as if it were whole', async () => {
    const body = await endlessAnswer('application/json');
    await expect(copyWithin({ silenceMs: 50, totalMs: 60_000 }, body, new PassThrough())).rejects.toThrow();
  });

  it('is not cut for the silence of a server whose client takes nothing', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
      response.end(Buffer.alloc(4_000_000, 'a'));
    };
    const result = await call();
    if (result.kind !== 'answered') throw new Error(result.kind);
    const slow = new PassThrough();
    const copied = copyWithin(
      { silenceMs: 30, totalMs: 60_000 },
      { response: result.response, through: [] },
      slow,
    );
    const silences = 5;
    for (let n = 0; n < silences; n++) await once(result.response.socket, 'timeout');
    const taken = buffer(slow);
    await copied;
    slow.end();
    expect((await taken).length).toBe(4_000_000);
  });

  it('fails when the server breaks off', async () => {
    const body = await endlessAnswer();
    const copied = copyWithin({ silenceMs: 60_000, totalMs: 60_000 }, body, new PassThrough());
    server.closeAllConnections();
    await expect(copied).rejects.toThrow();
  });

  it('fails when the server has broken off before anybody copies', async () => {
    const body = await endlessAnswer();
    const closed = new Promise((resolve) => body.response.once('close', resolve));
    server.closeAllConnections();
    await closed;
    await expect(copyWithin({ silenceMs: 50, totalMs: 60_000 }, body, new PassThrough())).rejects.toThrow(
      'broken off',
    );
  });
});

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, initialize, patchConfig, send, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { addServer, startUpstream, type TestUpstream } from '../support/upstream.ts';

const IDLE_CONNECTIONS = 10_000;
const SLOW_CLIENTS = 200;
const STREAMS = 1_000;
/** For what else the two processes have open. */
const OTHER_FILES = 2_500;
const CONNECTIONS_AT_ONCE = 250;
const STREAMS_AT_ONCE = 20;
/** Well within the 60 s after which the gateway ends a silent stream: opening them all may take longer on a busy machine. */
const ALIVE_EVERY_MS = 20_000;
const MB = 1024 * 1024;
const SERVED_WITHIN_MS = 30_000;

let gateway: Gateway;
let upstream: TestUpstream;
let mcpUrl: string;
let sockets: Socket[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  upstream = await startUpstream();
  mcpUrl = await addServer(gateway, gateway.key, upstream.url);
  await patchConfig(gateway, gateway.key, { require_mcp_api_key: true });
});
afterEach(() => {
  for (const socket of sockets) socket.resetAndDestroy(); // A port that waits for its end cannot be had by another test.
  sockets = [];
});
afterAll(async () => {
  upstream.close();
  await gateway.stop();
});

/** A client that sends this and then waits. */
async function connect(beginning: string): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = net.connect(Number(port), hostname);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.on('error', () => {}); // It is cut off.
  socket.write(beginning);
  return socket;
}

async function connectMany(count: number, beginning: string): Promise<void> {
  for (let left = count; left > 0; left -= CONNECTIONS_AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(left, CONNECTIONS_AT_ONCE) }, () => connect(beginning)));
  }
}

/**
 * What the others get meanwhile: with a key, without one, and of what needs none. A store that is slow, as it is on a busy machine, is
 * a 500, and is asked again.
 */
function ofTheOthers(): Promise<number[]> {
  return until(
    async () => {
      const answers = await Promise.all([
        initialize(gateway.mcpUrl, { 'x-api-key': gateway.key }),
        initialize(gateway.mcpUrl),
        send('GET', `${gateway.url}/health`),
      ]);
      return answers.map(({ status }) => status);
    },
    (statuses) => !statuses.includes(500),
    SERVED_WITHIN_MS,
  );
}
const UNHARMED = [200, 401, 200];

/** The count, once it is 0 or its time is over: a request goes by between one look and the next. */
const untilNone = (count: () => number) =>
  until(
    async () => {
      await send('GET', `${gateway.url}/health`);
      return count();
    },
    (left) => left === 0,
  );

/** The memory that the gateway's process has now, in MB; 0 where the system does not tell. */
function megabytes(): number {
  const status = `/proc/${readFileSync(join(gateway.stateDir, 'gateway.pid'), 'utf8')}/status`;
  return existsSync(status)
    ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] ?? Number.NaN) / 1024
    : 0;
}

/** As {@link ofTheOthers}: a slow store is asked again. */
async function openStream(): Promise<IncomingMessage> {
  const request = http.request(mcpUrl, { agent: false, headers: { 'x-api-key': gateway.key } }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {}); // Its client leaves.
  if (response.statusCode !== 500) return response;
  response.resume();
  return openStream();
}

describe('others are served while', () => {
  it(`${SLOW_CLIENTS} clients never end their headers`, async () => {
    await connectMany(SLOW_CLIENTS, 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ');
    expect(await ofTheOthers()).toEqual(UNHARMED);
  });

  it(`${SLOW_CLIENTS} clients never end their body, of which the server sees nothing`, async () => {
    let reached = 0;
    upstream.answer = (_request, response) => {
      reached++;
      response.end();
    };
    const head = `POST ${new URL(mcpUrl).pathname} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: ${gateway.key}\r\n`;
    await connectMany(SLOW_CLIENTS, `${head}content-length: 1000\r\n\r\n{`);
    expect(await ofTheOthers()).toEqual(UNHARMED);
    expect(reached).toBe(0);
  });

  it(`${IDLE_CONNECTIONS} connections, or as many as this system allows, are idle`, async () => {
    const allowed = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || Number.MAX_VALUE;
    const count = Math.min(IDLE_CONNECTIONS, allowed - OTHER_FILES);
    expect(count).toBeGreaterThan(0);
    await connectMany(count, '');
    expect(await ofTheOthers()).toEqual(UNHARMED);
  });

  it(`${STREAMS} streams are open, each of which is ended at the server when its client leaves`, async () => {
    const answers = new Set<ServerResponse>();
    upstream.answer = (_request, response) => {
      answers.add(response.on('close', () => answers.delete(response)));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 1\ndata: {}\n\n');
    };
    const alive = setInterval(() => {
      for (const answer of answers) answer.write(': alive\n\n');
    }, ALIVE_EVERY_MS);
    const streams: IncomingMessage[] = [];
    while (streams.length < STREAMS) {
      const opened = await Promise.all(Array.from({ length: STREAMS_AT_ONCE }, openStream));
      for (const stream of opened) await once(stream, 'data');
      streams.push(...opened);
    }
    expect(new Set(streams.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    expect(answers.size).toBe(STREAMS);
    expect(await ofTheOthers()).toEqual(UNHARMED);

    for (const stream of streams) stream.destroy();
    expect(await untilNone(() => answers.size)).toBe(0);
    clearInterval(alive);
  });

  it('nobody reads large answers, of which the server can send no more than the connections hold', async () => {
    const chunk = Buffer.alloc(MB, 'x');
    const [clients, size, held] = [3, 190, 60];
    let sent = 0;
    let open = 0;
    upstream.answer = async (_request, response) => {
      open++;
      response.on('close', () => open--);
      for (let n = 0; n < size && !response.destroyed; n++) {
        sent++;
        if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      }
      response.end();
    };
    const before = megabytes();
    const responses = await Promise.all(Array.from({ length: clients }, openStream));
    let seen: number;
    do {
      seen = sent;
      for (let n = 0; n < 5; n++) expect(await ofTheOthers()).toEqual(UNHARMED);
    } while (sent > seen);
    expect(sent).toBeLessThan(clients * held);
    expect(megabytes() - before).toBeLessThan(clients * held);
    for (const response of responses) response.destroy();
    expect(await untilNone(() => open)).toBe(0);
  });
});

it('bodies of 50 MB are answered 413, are not kept beyond 10 MB, and harm nobody', async () => {
  const [clients, size] = [4, 50];
  const body = Buffer.alloc(size * MB, 'x');
  const before = megabytes();
  let most = before;
  let answered = false;
  const posts = Array.from({ length: clients }, () =>
    send('POST', mcpUrl, { 'x-api-key': gateway.key }, body),
  );
  const watch = async (): Promise<void> => {
    while (!answered) {
      expect(await ofTheOthers()).toEqual(UNHARMED);
      most = Math.max(most, megabytes());
    }
  };
  const all = Promise.all(posts).finally(() => {
    answered = true;
  });
  const [answers] = await Promise.all([all, watch()]);
  for (const { status, body: answer } of answers) {
    expect(status).toBe(413);
    expect(JSON.parse(answer).error).toMatchObject({ slug: 'HTTP_PayloadTooLarge', status: 413 });
  }
  expect(most - before).toBeLessThan((clients * size) / 2);
});

describe('is answered 431 and cut off', () => {
  const line = 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n';
  it.each([
    ['a header of 20,000 bytes', `${line}x-long: ${'x'.repeat(20_000)}`],
    ['10,000 headers', line + 'a: \r\n'.repeat(10_000)],
    ['a path of 20,000 bytes', `GET /${'x'.repeat(20_000)}`],
    ['a query of 20,000 bytes', `GET /health?${'a&'.repeat(10_000)}`],
    ['a name without end', line + 'x'.repeat(1_000_000)],
  ])('%s', async (_what, beginning) => {
    const answered = await text(await connect(beginning)).catch(({ code }) => code);
    expect(answered).toMatch(/^(HTTP\/1\.1 431 |ECONNRESET)/);
    expect(await ofTheOthers()).toEqual(UNHARMED);
  });
});

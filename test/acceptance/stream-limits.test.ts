import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Gateway, send, startGateway } from '../support/gateway.ts';
import { addServer, startUpstream, type TestUpstream } from '../support/upstream.ts';

/** The body of a request whose Lambda event is as large as one may be; it depends on the headers, so it is searched. */
const NEAR_THE_LIMIT = { passes: 4_600_000, tooLarge: 4_800_000 };

let gateway: Gateway;
let upstream: TestUpstream;
let mcpUrl: string;

beforeAll(async () => {
  gateway = await startGateway({ args: ['--stream-idle-seconds', '1'] });
  upstream = await startUpstream();
  mcpUrl = await addServer(gateway, gateway.key, upstream.url);
});
afterAll(async () => {
  upstream.close();
  await gateway.stop();
});

async function openStream(): Promise<IncomingMessage> {
  const request = http.request(mcpUrl, { method: 'GET', agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

describe('a GET stream', () => {
  it('is ended in good order after its time without a byte, and so is the call to the server', async () => {
    const ended = new Promise((resolve) => {
      upstream.answer = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('id: 1\ndata: {}\n\n');
        response.on('close', resolve);
      };
    });
    expect((await buffer(await openStream())).toString()).toBe('id: 1\ndata: {}\n\n');
    await ended;
  });

  it('goes on while bytes come', async () => {
    upstream.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let sent = 0;
      const timer = setInterval(() => {
        response.write(': alive\n\n');
        if (++sent === 8) {
          clearInterval(timer);
          response.end();
        }
      }, 300);
    };
    expect((await buffer(await openStream())).toString()).toBe(': alive\n\n'.repeat(8));
  });

  it('that never begins is 504', async () => {
    upstream.answer = () => {};
    expect((await openStream()).statusCode).toBe(504);
  });
});

describe('the size of a request', () => {
  it('is limited to the byte: one more is 413, and does not reach the server', async () => {
    const reached: number[] = [];
    upstream.answer = async (request, response) => {
      reached.push((await buffer(request)).length);
      response.end();
    };
    const post = async (length: number) =>
      (await send('POST', mcpUrl, {}, Buffer.alloc(length, 0x61))).status;
    let { passes, tooLarge } = NEAR_THE_LIMIT;
    // Base64 makes four characters of three bytes, so only whole threes change the size of the event.
    while (tooLarge - passes > 1) {
      const middle = Math.floor((passes + tooLarge) / 2);
      const status = await post(middle);
      expect([200, 413]).toContain(status);
      if (status === 200) passes = middle;
      else tooLarge = middle;
    }
    expect(await post(passes)).toBe(200);
    reached.length = 0;
    expect(await post(passes + 1)).toBe(413);
    expect(reached).toEqual([]);
  });
});

import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Gateway, patchConfig, send, startGateway } from '../support/gateway.ts';
import { addServer, startUpstream, type TestUpstream } from '../support/upstream.ts';

let gateway: Gateway;
/** An MCP server of the test's own: each test says what it answers. */
let upstream: TestUpstream;
let answer: RequestListener = (_request, response) => response.end();
let mcpUrl: string;

beforeAll(async () => {
  gateway = await startGateway();
  await patchConfig(gateway, gateway.key, { require_mcp_api_key: true });
  upstream = await startUpstream();
  upstream.answer = (request, response) => answer(request, response);
  mcpUrl = await addServer(gateway, gateway.key, `${upstream.url}?tenant=1`);
});
beforeEach(() => {
  answer = (_request, response) => response.end();
});
afterEach(() => upstream.closeConnections());
afterAll(async () => {
  upstream.close();
  await gateway.stop();
});

/** Opens a request and resolves with its answer's head, the body still to come. */
async function open(method: string, body?: Buffer): Promise<IncomingMessage> {
  const request = http.request(mcpUrl, {
    method,
    agent: false,
    headers: {
      'x-api-key': gateway.key,
      'content-type': 'application/json',
      'content-length': body?.length ?? 0,
    },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

describe('bytes', () => {
  const notUtf8 = Buffer.from([0x7b, 0xff, 0x00, 0xc3, 0x28, 0x0d, 0x0a, 0xfe, 0x7d]);

  it('reach the server as the client sent them, and the client as the server sent them', async () => {
    let received: Buffer | undefined;
    answer = async (request, response) => {
      received = await buffer(request);
      response.writeHead(200, { 'content-type': 'application/json' }).end(notUtf8);
    };
    const body = Buffer.concat([notUtf8, Buffer.from('ü'.repeat(70_000)), notUtf8]);
    const response = await open('POST', body);
    expect(await buffer(response)).toEqual(notUtf8);
    expect(received).toEqual(body);
  });

  it('that are encoded stay encoded', async () => {
    answer = (_request, response) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
        .end(notUtf8);
    const response = await open('POST', Buffer.from('{}'));
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(await buffer(response)).toEqual(notUtf8);
  });

  it('of 50 MB pass whole', async () => {
    const large = Buffer.alloc(50_000_000, 'abcdefg');
    answer = (_request, response) => response.end(large);
    expect((await buffer(await open('GET'))).equals(large)).toBe(true);
  });
});

describe('the request', () => {
  it.each(['GET', 'POST', 'DELETE'])(
    'keeps its method %s and reaches the registered path and query',
    async (method) => {
      const seen: unknown[] = [];
      answer = (request, response) => {
        seen.push(request.method, request.url);
        response.end();
      };
      await buffer(await open(method));
      expect(seen).toEqual([method, '/mcp?tenant=1']);
    },
  );

  it('carries no key, cookie, origin or address of the client', async () => {
    let headers: IncomingMessage['headers'] = {};
    answer = (request, response) => {
      headers = request.headers;
      response.end();
    };
    await send(
      'POST',
      mcpUrl,
      {
        'x-api-key': gateway.key,
        cookie: 'a=b',
        'x-forwarded-for': '203.0.113.9',
        referer: 'x',
      },
      '{}',
    );
    expect(Object.keys(headers).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'content-length',
      'host',
      'traceparent',
      'via',
    ]);
    expect(JSON.stringify(headers)).not.toContain(gateway.key);
  });

  it("carries the client's trace as it is, and one of ours where there is none", async () => {
    const seen: IncomingMessage['headers'][] = [];
    answer = (request, response) => {
      seen.push(request.headers);
      response.end();
    };
    const trace = { traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`, tracestate: 'a=1' };
    const { traceparent: _none, ...stateAlone } = trace;
    for (const headers of [trace, stateAlone])
      await send('POST', mcpUrl, { 'x-api-key': gateway.key, ...headers }, '{}');
    expect(seen[0]).toMatchObject(trace);
    expect(seen[1]?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    expect(seen[1]?.tracestate).toBeUndefined(); // It continues a trace that nobody names.
  });
});

describe('the status', () => {
  it.each([200, 201, 202, 204, 400, 404, 405, 409, 429, 500, 503])(
    '%s keeps its number, with an empty body',
    async (status) => {
      answer = (_request, response) => response.writeHead(status).end();
      const response = await open('POST', Buffer.from('{}'));
      expect(response.statusCode).toBe(status);
      expect(response.headers['content-type']).toBeUndefined();
      expect(response.headers['x-request-id']).toBeDefined();
      expect((await buffer(response)).length).toBe(0);
    },
  );

  it.each([400, 404, 500])('%s keeps its body', async (status) => {
    answer = (_request, response) =>
      response.writeHead(status, { 'content-type': 'text/plain' }).end('as it was said');
    const response = await open('POST', Buffer.from('{}'));
    expect([
      response.statusCode,
      response.headers['content-type'],
      (await buffer(response)).toString(),
    ]).toEqual([status, 'text/plain', 'as it was said']);
  });

  it.each([401, 403])("%s of the server is the gateway's own trouble: 502", async (status) => {
    answer = (_request, response) =>
      response.writeHead(status, { 'www-authenticate': 'Bearer' }).end('secret hint');
    const response = await open('POST', Buffer.from('{"jsonrpc":"2.0","id":"a1","method":"ping"}'));
    expect(response.statusCode).toBe(502);
    expect(response.headers['www-authenticate']).toBeUndefined();
    expect(JSON.parse((await buffer(response)).toString())).toMatchObject({
      jsonrpc: '2.0',
      id: 'a1',
      error: { code: -32000 },
    });
  });

  it.each([301, 302, 304, 307, 308])('%s is not followed: 502', async (status) => {
    answer = (_request, response) => response.writeHead(status, { location: gateway.upstreamUrl }).end();
    expect((await open('POST', Buffer.from('{}'))).statusCode).toBe(502);
  });
});

describe('a stream', () => {
  it('arrives piece by piece, as it is sent', async () => {
    let sendNext = (_text: string) => {};
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      sendNext = (text) => response.write(text);
    };
    const response = await open('GET');
    expect(response.headers['content-type']).toBe('text/event-stream');
    for (const text of ['data: 1\n\n', 'data: ü', '\n\n']) {
      sendNext(text);
      const [chunk] = (await once(response, 'data')) as [Buffer];
      expect(chunk.toString()).toBe(text);
    }
    response.destroy();
  });

  it('whose client leaves is ended at the server', async () => {
    const left = new Promise<void>((resolve) => {
      answer = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: 1\n\n');
        response.on('close', resolve);
      };
    });
    const response = await open('GET');
    await once(response, 'data');
    response.destroy();
    await left;
  });

  it('whose client leaves before the answer begins is ended at the server', async () => {
    let arrived = () => {};
    const reached = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const left = new Promise<void>((resolve) => {
      answer = (_request, response) => {
        response.on('close', resolve);
        arrived();
      };
    });
    const request = http.request(mcpUrl, {
      method: 'POST',
      agent: false,
      headers: { 'x-api-key': gateway.key },
    });
    request.on('error', () => {});
    request.end();
    await reached;
    request.destroy();
    await left;
  });

  it('that the server breaks off does not end as if it were whole', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n', () => response.destroy());
    };
    const response = await open('GET');
    await expect(buffer(response)).rejects.toThrow();
  });
});

describe('a request that comes back to this gateway', () => {
  it('through another server ends as a loop', async () => {
    const reached: unknown[] = [];
    answer = async (request, response) => {
      reached.push(request.headers.via);
      const body = await buffer(request);
      const onward = await send(
        'POST',
        gateway.mcpUrl,
        { 'x-api-key': gateway.key, via: String(request.headers.via) },
        body,
      );
      response.writeHead(onward.status, { 'content-type': 'application/json' }).end(onward.body);
    };
    const looped = await open('POST', Buffer.from('{"jsonrpc":"2.0","id":4,"method":"ping"}'));
    expect(looped.statusCode).toBe(508);
    expect(JSON.parse((await buffer(looped)).toString())).toMatchObject({ id: 4, error: { code: -32000 } });
    expect(reached).toEqual(['1.1 portcullis']);
  });
});

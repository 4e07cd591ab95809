import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Gateway, patchConfig, send, startGateway } from '../support/gateway.ts';
import { addServer, startUpstream, type TestUpstream } from '../support/upstream.ts';

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const TOOLS = {
  jsonrpc: '2.0',
  id: 1,
  result: { tools: [{ name: 'delete_all' }, { name: 'echo', inputSchema: {} }], nextCursor: 'n' },
};
const call = (name: string, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {} },
});

let gateway: Gateway;
let upstream: TestUpstream;
let mcpUrl: string;
/** What reached the server. */
const received: string[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  await patchConfig(gateway, gateway.key, { require_mcp_api_key: false });
  upstream = await startUpstream();
  mcpUrl = await addServer(gateway, gateway.key, upstream.url, { allowed_tools: ['echo'] });
});
afterEach(() => {
  received.length = 0;
});
afterAll(async () => {
  upstream.close();
  await gateway.stop();
});

function answerWith(contentType: string, body: string, headers: Record<string, string> = {}): void {
  upstream.answer = async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    received.push(text);
    response.writeHead(200, { 'content-type': contentType, ...headers }).end(body);
  };
}
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send(
    'POST',
    mcpUrl,
    { 'content-type': 'application/json', ...headers },
    typeof body === 'string' ? body : JSON.stringify(body),
  );

describe("a server's list of tools, whatever the gate says", () => {
  it('shows the allowed tools alone, in JSON', async () => {
    answerWith('application/json', JSON.stringify(TOOLS));
    const answer = await post(LIST);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.body)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { tools: [{ name: 'echo', inputSchema: {} }], nextCursor: 'n' },
    });
  });

  it('shows the allowed tools alone, in an event stream, and leaves every other event as it came', async () => {
    const progress =
      'event: message\r\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progress": 1.0}}\r\n\r\n';
    answerWith('text/event-stream', `${progress}id: 5\ndata: ${JSON.stringify(TOOLS)}\n\n`);
    const answer = await post(LIST);
    expect(answer.body.startsWith(progress)).toBe(true);
    expect(answer.body).toContain('id: 5\n');
    expect(answer.body).toContain('"echo"');
    expect(answer.body).not.toContain('delete_all');
  });

  it('shows the allowed tools alone where a GET stream replays the answer', async () => {
    answerWith('text/event-stream', `data: ${JSON.stringify(TOOLS)}\n\n`);
    const answer = await send('GET', mcpUrl, { accept: 'text/event-stream', 'last-event-id': '4' });
    expect(answer.body).toContain('"echo"');
    expect(answer.body).not.toContain('delete_all');
  });

  it('shows the allowed tools alone to a client that takes JSON alone', async () => {
    answerWith('text/event-stream', `data: ${JSON.stringify(TOOLS)}\n\n`);
    const answer = await post(LIST, { accept: 'application/json' });
    expect(JSON.parse(answer.body).result.tools).toEqual([{ name: 'echo', inputSchema: {} }]);
  });

  it.each([
    ['an encoded answer', 'application/json', { 'content-encoding': 'gzip' }],
    ['another content type', 'text/plain', {}],
  ])('is not shown at all in %s, which cannot be read', async (_name, contentType, headers) => {
    answerWith(contentType, JSON.stringify(TOOLS), headers);
    const answer = await post(LIST);
    expect(answer.status).toBe(502);
    expect(answer.body).not.toContain('delete_all');
  });

  it('is not shown in the answer to another request either, as where an id is used twice', async () => {
    answerWith('text/event-stream', `data: ${JSON.stringify(TOOLS)}\n\n`);
    expect((await post(call('echo'))).body).not.toContain('delete_all');
    answerWith('application/json', JSON.stringify(TOOLS));
    expect((await post(call('echo'))).body).not.toContain('delete_all');
  });

  it.each([202, 204])('leaves an empty %s as it is', async (status) => {
    upstream.answer = (request, response) => {
      request.resume();
      response.writeHead(status).end();
    };
    for (const body of [LIST, { jsonrpc: '2.0', method: 'tools/list' }, call('echo')]) {
      expect(await post(body)).toMatchObject({ status, body: '' });
    }
  });

  it('lets an allowed tool be called, byte for byte', async () => {
    const body =
      ' {"jsonrpc":"2.0", "id":1,"method":"tools/call","params":{"name":"echo","arguments":{"n":1.0}}} ';
    answerWith('application/json', '{"jsonrpc":"2.0",  "id":1,"result":{"n":1.0}}');
    expect(await post(body)).toMatchObject({
      status: 200,
      body: '{"jsonrpc":"2.0",  "id":1,"result":{"n":1.0}}',
    });
    expect(received).toEqual([body]);
  });

  it('answers the call of another tool in its place', async () => {
    answerWith('application/json', '{}');
    const answer = await post(call('delete_all', 'a'));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({
      jsonrpc: '2.0',
      id: 'a',
      error: { code: -32602, message: 'Unknown tool: delete_all' },
    });
    expect(received).toEqual([]);
  });

  it('lets no batch slip a call past it', async () => {
    answerWith('application/json', '[]');
    const answer = await post([call('echo', 1), call('delete_all', 2)]);
    expect(JSON.parse(answer.body)).toMatchObject([
      { id: 1, error: { code: -32600 } },
      { id: 2, error: { code: -32602 } },
    ]);
    expect(received).toEqual([]);
  });

  it.each([
    [
      'a key that stands twice',
      '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"delete_all","name":"echo"}}',
      {},
    ],
    [
      'another character set',
      JSON.stringify(call('echo', 3)),
      { 'content-type': 'application/json; charset=utf-16' },
    ],
    ['a compressed body', JSON.stringify(call('echo', 3)), { 'content-encoding': 'gzip' }],
    ['a byte order mark', `\ufeff${JSON.stringify(call('echo', 3))}`, {}],
    ['a header that disagrees with the body', JSON.stringify(call('echo', 3)), { 'mcp-name': 'delete_all' }],
    [
      'a method header that disagrees with the body',
      JSON.stringify(call('echo', 3)),
      { 'mcp-method': 'ping' },
    ],
  ])('refuses %s with 400, unforwarded', async (_name, body, headers: Record<string, string>) => {
    answerWith('application/json', '{}');
    const answer = await post(body, headers);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', error: { code: expect.any(Number) } });
    expect(received).toEqual([]);
  });
});

describe('a server without a list of tools', () => {
  it('gets every byte, whatever it is', async () => {
    const open = await addServer(gateway, gateway.key, upstream.url);
    received.length = 0; // The gateway has had a look at the server.
    answerWith('application/json', JSON.stringify(TOOLS));
    const body = '\ufeff{"method":"tools/call","method":"x", not json';
    const answer = await send('POST', open, { 'content-type': 'text/weird', 'mcp-name': 'x' }, body);
    expect(answer.body).toBe(JSON.stringify(TOOLS));
    expect(received).toEqual([body]);
  });
});

describe('a client that takes JSON alone', () => {
  it('gets the answer out of an event stream', async () => {
    const open = await addServer(gateway, gateway.key, upstream.url);
    answerWith(
      'text/event-stream',
      'data: {"jsonrpc":"2.0","method":"notifications/message"}\n\ndata: {"jsonrpc":"2.0", "id":1,"result":{}}\n\n',
    );
    const answer = await send(
      'POST',
      open,
      { 'content-type': 'application/json', accept: 'application/json' },
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    );
    expect(answer).toMatchObject({
      status: 200,
      body: '{"jsonrpc":"2.0", "id":1,"result":{}}',
      headers: { 'content-type': 'application/json' },
    });
  });

  it('is told when the stream ends without an answer', async () => {
    const open = await addServer(gateway, gateway.key, upstream.url);
    answerWith('text/event-stream', ': nothing\n\n');
    const answer = await send(
      'POST',
      open,
      { 'content-type': 'application/json', accept: 'application/json' },
      JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'ping' }),
    );
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body)).toMatchObject({ id: 9 });
  });
});

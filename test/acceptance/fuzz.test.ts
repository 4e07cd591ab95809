import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Gateway, patchConfig, send, startGateway } from '../support/gateway.ts';
import { addServer, startUpstream, type TestUpstream } from '../support/upstream.ts';

const RUNS = 150;
/** What may reach a server: everything that the protocol needs, and what a connection needs. */
const MAY_REACH =
  /^(accept|accept-encoding|connection|content-encoding|content-length|content-type|host|last-event-id|mcp-.*|traceparent|tracestate|transfer-encoding|user-agent|via)$/;

let gateway: Gateway;
let upstream: TestUpstream;
let mcpUrl: string;
let received: { headers: http.IncomingHttpHeaders; body: Buffer }[] = [];
let reply: Buffer[] = [];
let contentType = 'application/octet-stream';

beforeAll(async () => {
  gateway = await startGateway();
  upstream = await startUpstream();
  upstream.answer = async (request, response) => {
    received.push({ headers: request.headers, body: await buffer(request) });
    response.writeHead(200, { 'content-type': contentType });
    for (const chunk of reply) await new Promise((resolve) => response.write(chunk, resolve));
    response.end();
  };
  mcpUrl = await addServer(gateway, gateway.key, upstream.url);
});
afterAll(async () => {
  upstream.close();
  await gateway.stop();
});

const bytes = fc.uint8Array({ maxLength: 20_000 }).map((array) => Buffer.from(array));
const headerName = fc.oneof(
  fc.constantFrom(
    'accept',
    'Accept',
    'content-type',
    'Content-Encoding',
    'mcp-name',
    'MCP-Protocol-Version',
    'mcp-x',
    'Last-Event-ID',
  ),
  fc.constantFrom(
    'cookie',
    'X-API-Key',
    'authorization',
    'Authorization',
    'x-org-api-key',
    'referer',
    'x-forwarded-for',
    'Forwarded',
    'te',
    'x-http-method-override',
  ),
  fc
    .stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
    .filter(
      (name) =>
        !/^(connection|content-length|transfer-encoding|expect|upgrade|host|via|origin|keep-alive|trailer|mcp-session-id)$/.test(
          name,
        ),
    ),
);
const headerValue = fc.oneof(
  fc.stringMatching(/^[\x21-\x7e\xa0-\xff]([\x20-\x7e\xa0-\xff]{0,60}[\x21-\x7e\xa0-\xff])?$/),
  fc.constantFrom('', 'Bearer', 'Bearer x', 'Basic eDp5', 'application/json', 'text/event-stream;q=0', '*/*'),
);
const headers = fc.dictionary(
  headerName,
  fc.oneof(headerValue, fc.array(headerValue, { minLength: 1, maxLength: 3 })),
  { maxKeys: 8 },
);
/** What a browser would make a page of, or what ends a header block, is not for this client to send. */
const method = fc.constantFrom('GET', 'POST', 'DELETE');

describe('whatever a client and a server send', () => {
  it('no byte is changed either way, and no request fails', async () => {
    await patchConfig(gateway, gateway.key, { require_mcp_api_key: false });
    await fc.assert(
      fc.asyncProperty(
        method,
        bytes,
        fc.array(
          bytes.filter(({ length }) => length > 0),
          { maxLength: 5 },
        ),
        async (verb, body, chunks) => {
          received = [];
          reply = chunks;
          const request = http.request(mcpUrl, {
            method: verb,
            agent: false,
            headers: { 'content-length': body.length },
          });
          const answered = new Promise<http.IncomingMessage>((resolve, reject) =>
            request.on('response', resolve).on('error', reject),
          );
          request.end(body);
          const response = await answered;
          expect((await buffer(response)).equals(Buffer.concat(chunks))).toBe(true);
          expect(response.statusCode).toBe(200);
          expect(received).toHaveLength(1);
          expect(received[0]?.body.equals(body)).toBe(true);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('no header gets a key, or anything that is not of the protocol, to the server', async () => {
    await patchConfig(gateway, gateway.key, { require_mcp_api_key: false });
    reply = [];
    await fc.assert(
      fc.asyncProperty(headers, async (sent) => {
        received = [];
        const answer = await send('POST', mcpUrl, { ...sent, 'X-Api-Key': gateway.key }, '{}');
        expect(answer.status).toBeLessThan(500);
        // Two keys in conflict, or no key that is valid: a lowered gate forwards all the same.
        expect([answer.status, received.length]).toEqual([200, 1]);
        for (const { headers: arrived } of received) {
          expect(Object.keys(arrived).filter((name) => !MAY_REACH.test(name))).toEqual([]);
          expect(JSON.stringify(arrived)).not.toContain(gateway.key);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('no event of a server with a list of tools is changed, but for the list', async () => {
    await patchConfig(gateway, gateway.key, { require_mcp_api_key: false });
    const listedUrl = await addServer(gateway, gateway.key, upstream.url, { allowed_tools: ['echo'] });
    const list = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"delete_all"},{"name":"echo"}]}}';
    const event = fc.oneof(
      fc
        .jsonValue()
        .map((value) => `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'x', params: { value } })}`),
      fc.constantFrom(': ping', 'data:', 'id: 7', 'event: message\ndata: {"id":2}', `data: ${list}`),
    );
    const end = fc.constantFrom('\n\n', '\r\n\r\n', '\r\r');
    const accept = fc.constantFrom('application/json, text/event-stream', 'application/json');
    contentType = 'text/event-stream';
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(event, end)),
        fc.array(fc.nat(), { maxLength: 4 }),
        accept,
        async (events, cuts, accepts) => {
          const bytes = Buffer.from(
            [...events, [`data: ${list}`, '\n\n']]
              .map(
                ([text = '', ending = '']) => text.replaceAll('\n', ending.slice(ending.length / 2)) + ending,
              )
              .join(''),
          );
          const at = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
          reply = [...at, bytes.length]
            .map((stop, n) => bytes.subarray(at[n - 1] ?? 0, stop))
            .filter(({ length }) => length > 0);
          const answer = await send(
            'POST',
            listedUrl,
            { accept: accepts, 'content-type': 'application/json' },
            '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
          );
          expect(answer.status).toBe(200);
          expect(answer.body).not.toContain('delete_all');
          expect(answer.body).toContain('"echo"');
          if (accepts === 'application/json') JSON.parse(answer.body);
        },
      ),
      { numRuns: RUNS },
    );
    contentType = 'application/octet-stream';
  });

  it('no header opens a raised gate but the key', async () => {
    await patchConfig(gateway, gateway.key, { require_mcp_api_key: true });
    reply = [];
    await fc.assert(
      fc.asyncProperty(method, headers, async (verb, sent) => {
        received = [];
        const answer = await send(verb, mcpUrl, sent);
        expect(answer.status).toBe(401);
        expect(received).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('no path is answered with a fault', async () => {
    const segment = fc.oneof(
      fc.stringMatching(/^[\x21-\x7e]{0,30}$/),
      fc.constantFrom(
        '..',
        '%2e%2e',
        '%00',
        '%',
        '%zz',
        '%c0%af',
        'api',
        'v3',
        '.well-known',
        ';x',
        '*',
        mcpUrl.split('/').at(-1) ?? '',
      ),
    );
    const path = fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`);
    const { hostname, port } = new URL(gateway.url);
    await fc.assert(
      fc.asyncProperty(method, path, async (verb, target) => {
        const request = http.request({
          hostname,
          port,
          method: verb,
          path: target.replace(/[^\x21-\x7e]/g, ''),
          agent: false,
        });
        const answered = new Promise<http.IncomingMessage>((resolve, reject) =>
          request.on('response', resolve).on('error', reject),
        );
        request.end();
        const response = await answered;
        await buffer(response);
        expect([400, 401, 403, 404, 405, 431]).toContain(response.statusCode);
      }),
      { numRuns: RUNS },
    );
  });

  it('no settings body is answered with a fault', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          bytes,
          fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
        ),
        async (body) => {
          const answer = await send(
            'PATCH',
            `${gateway.url}/api/v3/org/project/config`,
            { 'x-api-key': gateway.key },
            body,
          );
          expect(answer.status).toBeLessThan(500);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

/** Whatever passes the relay: bytes stay as they are, no forbidden tool gets through, no key leaves, and records stay records. */
import assert from 'node:assert';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Node, parseTree } from 'jsonc-parser';
import { generateKey } from '../../functions/domain/api-key.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { decideToolAccess } from '../../functions/domain/tool-access.ts';
import { upstreamRequestHeaders } from '../../functions/http/headers.ts';
import { relayedCall } from '../../functions/records/calls.ts';
import { callData } from '../../functions/records/payload.ts';
import { recordLog } from '../../functions/records/print.ts';
import { readRecord } from '../../functions/records/read.ts';
import { toolListEvents } from '../../functions/upstream/answer-filter.ts';
import { copyWithin } from '../../functions/upstream/copy.ts';
import { anyText, cases } from './cases.ts';

const KEY = generateKey('ak_');
const ORGANIZATION_KEY = generateKey('oak_');
const SLUG = newSlug('pr_AAAAAAAAAAAAAAAA');
const SECRETS = [KEY, ORGANIZATION_KEY, SLUG];

describe('a list of tools', () => {
  const ALLOWED = 'echo';
  const escaped = (text: string) =>
    text.replace(/[aeo]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const oddly = (...texts: string[]) =>
    fc.constantFrom(
      ...texts,
      ...texts.flatMap((text) => [
        escaped(text),
        text.toUpperCase(),
        `${text} `,
        `${text}\\u0000`,
        `\\ufeff${text}`,
        `\\u200b${text}`,
        `${text}\\ud800`,
        text.replace('a', '\uff41'),
      ]),
    );
  const member = <Value>(names: string[], value: fc.Arbitrary<Value>) =>
    fc.tuple(oddly(...names), value).map(([name, text]) => `"${name}":${text}`);
  const space = fc.constantFrom('', '', '', ' ', '\n', '\ufeff', '/**/', '\u00a0');
  const object = (members: fc.Arbitrary<string[]>) =>
    fc
      .tuple(members, space, fc.constantFrom('', '', '', ','))
      .map(([all, gap, more]) => `{${gap}${all.join(`,${gap}`)}${more}}`);
  const tool = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(`"${ALLOWED}"`, '"delete_all"') },
    { weight: 2, arbitrary: oddly(ALLOWED, 'delete_all').map((name) => `"${name}"`) },
    fc.constantFrom('null', '7', '["delete_all"]', '{"name":"delete_all"}'),
  );
  const name = (text: fc.Arbitrary<string>) =>
    fc.oneof({ weight: 2, arbitrary: fc.constant('"name"') }, text);
  const params = object(
    fc.array(
      fc.tuple(name(oddly('name').map((text) => `"${text}"`)), tool).map((pair) => pair.join(':')),
      { minLength: 1, maxLength: 2 },
    ),
  );
  const plain = (text: string) => fc.constant(text);
  const message = object(
    fc.tuple(
      fc.oneof(
        { weight: 8, arbitrary: plain('"jsonrpc":"2.0","id":1') },
        plain('"id":1,"jsonrpc":"2.0","id":2'),
        plain('"jsonrpc":"2.0"'),
      ),
      fc.oneof(
        { weight: 4, arbitrary: plain('"method":"tools/call"') },
        member(
          ['method'],
          oddly('tools/call', 'tools\\/call', 'ping').map((text) => `"${text}"`),
        ),
      ),
      fc.oneof(
        { weight: 4, arbitrary: params.map((text) => `"params":${text}`) },
        member(['params'], params),
        fc
          .tuple(member(['method', 'params'], params), params)
          .map(([first, text]) => `${first},"params":${text}`),
      ),
    ),
  );
  const text = fc.oneof(
    { weight: 6, arbitrary: message },
    fc.array(message, { maxLength: 3 }).map((all) => `[${all.join(',')}]`),
    fc.array(message, { minLength: 2, maxLength: 2 }).map((all) => all.join('')),
  );
  /** A byte of it cut, doubled or replaced, now and then. */
  const body = fc
    .tuple(text, fc.option(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 2 })), { freq: 3 }))
    .map(([json, change]) => {
      const bytes = Buffer.from(json);
      if (change === null) return bytes;
      const at = change[0] % bytes.length;
      return Buffer.concat([bytes.subarray(0, at), change[1], bytes.subarray(at + 1)]);
    });

  /** What a parser that folds case and width and stops at nothing takes a name for. */
  const folded = (name: string) =>
    name
      .normalize('NFKC')
      .replace(/[\p{C}\s]/gu, '')
      .toLowerCase();
  const members = (node: Node, wanted: string): Node[] =>
    (node.type === 'object' ? (node.children ?? []) : []).flatMap(({ children: [key, value] = [] }) =>
      key !== undefined && value !== undefined && folded(String(key.value)) === wanted ? [value] : [],
    );
  const messagesOf = (node: Node): Node[] =>
    node.type === 'array' ? (node.children ?? []).flatMap(messagesOf) : [node];
  /** Every tool that any reading of the body calls: of members that stand twice, all. */
  function called(json: string): unknown[] {
    const root = parseTree(json, [], { allowTrailingComma: true });
    return (root === undefined ? [] : messagesOf(root))
      .filter((one) => members(one, 'method').some(({ value }) => folded(String(value)) === 'tools/call'))
      .flatMap((one) => {
        const names = members(one, 'params').flatMap((node) => members(node, 'name'));
        return names.length === 0 ? [undefined] : names.map(({ value }) => value);
      });
  }

  it(`lets none of ${cases('tools').numRuns} bodies call another tool, however a second parser reads them`, () => {
    const seen = { forward: 0, unclear: 0, unknown_tool: 0 };
    fc.assert(
      fc.property(body, (bytes) => {
        const headers = { 'content-type': 'application/json' };
        const { kind } = decideToolAccess('POST', bytes, headers, new Set([ALLOWED]));
        seen[kind]++;
        if (kind === 'forward') for (const one of called(bytes.toString())) assert.equal(one, ALLOWED);
      }),
      cases('tools'),
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
    expect(called('{"method":"tools/call","params":{"name":"echo","NAME":"delete_all"}}')).toEqual([
      'echo',
      'delete_all',
    ]);
  });
});

/** An answer of a server as Node gives it, without its connection. */
function answerOf(headers: Record<string, string>, chunks: readonly Uint8Array[]): IncomingMessage {
  const response = new IncomingMessage(new Socket());
  response.headers = headers;
  for (const chunk of chunks) response.push(chunk);
  response.push(null);
  return response;
}

/** A client that takes so many bytes at once, and what it has got. */
function clientOf(highWaterMark: number) {
  const got: Buffer[] = [];
  const stream = new Writable({
    highWaterMark,
    write(chunk: Buffer, _encoding, done) {
      got.push(chunk);
      if (got.length % 3 === 0) turn().then(() => done());
      else done();
    },
  });
  return { stream, got };
}

const LIMITS = { silenceMs: 0, totalMs: 60_000 };
const room = fc.constantFrom(1, 16, 16_384);
const chunked = (bytes: fc.Arbitrary<Uint8Array>) => fc.array(bytes, { maxLength: 6 });

describe('an answer', () => {
  it(`keeps every byte of ${cases('copies').numRuns}, whatever they are and however fast the client takes them`, async () => {
    const type = fc.constantFrom(
      'application/json',
      'text/event-stream',
      'text/html',
      'application/octet-stream',
    );
    const encoding = fc.constantFrom('identity', 'gzip', 'br', 'nonsense');
    await fc.assert(
      fc.asyncProperty(
        chunked(fc.uint8Array({ minLength: 1, maxLength: 300 })),
        type,
        encoding,
        room,
        async (chunks, contentType, coding, highWaterMark) => {
          const client = clientOf(highWaterMark);
          const counted: Buffer[] = [];
          const response = answerOf({ 'content-type': contentType, 'content-encoding': coding }, chunks);
          await copyWithin(LIMITS, { response, through: [] }, client.stream, (chunk) => counted.push(chunk));
          await new Promise<void>((resolve) => client.stream.end(resolve));
          assert(Buffer.concat(client.got).equals(Buffer.concat(chunks)));
          assert(Buffer.concat(counted).equals(Buffer.concat(chunks)));
        },
      ),
      cases('copies'),
    );
  });

  it(`as events keeps every byte of ${cases('events').numRuns}, but for lists of tools, wherever they are cut`, async () => {
    const list = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"delete_all"},{"name":"echo"}]}}';
    const event = fc.oneof(
      fc
        .jsonValue({ maxDepth: 2 })
        .map((value) => `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'x', params: { value } })}`),
      fc.constantFrom(
        ': ping',
        'data:',
        'id: 7',
        'retry: 1',
        'event: message\ndata: {"id":2}',
        'data: {"a":\ndata: 1}',
      ),
    );
    const end = fc.constantFrom('\n', '\r\n', '\r');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(event, end), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.oneof(
          fc.array(fc.nat(), { maxLength: 5 }),
          fc.constant(Array.from({ length: 300 }, (_, at) => at)),
        ),
        async (events, lists, cuts) => {
          const all = [...events, ...(lists ? [[`data: ${list}`, '\n'] as const] : [])];
          const bytes = Buffer.from(
            all.map(([text, eol]) => `${text.replaceAll('\n', eol)}${eol}${eol}`).join(''),
          );
          const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
          const chunks = at
            .slice(1)
            .map((stop, n) => bytes.subarray(at[n], stop))
            .filter(({ length }) => length > 0);
          const client = clientOf(16_384);
          const through = [toolListEvents(new Set(['echo']))];
          await copyWithin(LIMITS, { response: answerOf({}, chunks), through }, client.stream);
          await new Promise<void>((resolve) => client.stream.end(resolve));
          const got = Buffer.concat(client.got);
          const expected = lists
            ? Buffer.from(bytes.toString().replace(list, list.replace('{"name":"delete_all"},', '')))
            : bytes;
          assert(
            got.equals(expected),
            `${JSON.stringify(got.toString())} is not ${JSON.stringify(expected.toString())}`,
          );
        },
      ),
      cases('events'),
    );
  });
});

describe('a request', () => {
  const MAY_REACH =
    /^(accept|accept-encoding|content-encoding|content-type|last-event-id|mcp-.*|traceparent|tracestate|user-agent|via)$/;

  it(`takes no key and no header of another kind to the server, whatever its ${cases('headers').numRuns} kinds of headers are`, () => {
    const name = fc.oneof(
      fc.constantFrom(
        'accept',
        'Content-Type',
        'MCP-Session-Id',
        'mcp-x\r\nhost',
        'mcp-é',
        '__proto__',
        'constructor',
        'X-API-Key',
        'authorization',
        'Cookie',
        'x-org-api-key',
        'Forwarded',
        'te',
        'Via',
        'Host',
        'Connection',
        'transfer-encoding',
      ),
      anyText(12),
    );
    const value = fc.oneof(
      fc.constantFrom('', 'application/json', '*/*', 'a\r\nx-api-key: b', '\u0000', 'é', '\ud800', '鍵'),
      anyText(30),
    );
    const others = fc.array(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 2 })), {
      maxLength: 6,
    });
    const credential = fc.constantFrom<[string, string[]]>(
      ['x-api-key', [KEY]],
      ['X-Api-Key', [KEY, KEY]],
      ['Authorization', [`Bearer ${KEY}`]],
      ['X-Org-Api-Key', [ORGANIZATION_KEY]],
    );
    fc.assert(
      fc.property(others, credential, (headers, shown) => {
        const sent = upstreamRequestHeaders(Object.fromEntries([...headers, shown]));
        for (const [header, text] of Object.entries(sent)) {
          assert.match(header, MAY_REACH);
          assert.match(text, /^[\t\x20-\x7e\x80-\xff]*$/);
          assert(!SECRETS.some((secret) => text.includes(secret)));
        }
        assert.equal(sent.via, '1.1 portcullis');
        assert.equal(sent['accept-encoding'], 'identity');
      }),
      cases('headers'),
    );
  });

  it(`leaves a record that is one line, is read as it was, and holds no key, whatever its ${cases('records').numRuns} bodies are`, () => {
    const text = fc.oneof(
      fc.constantFrom(
        '\n{"portcullis":1}',
        '\u001b[2J',
        '\r',
        '=1+1',
        '<script>',
        '\u202e',
        '\u2028',
        '__proto__',
        '\ud800',
        '',
      ),
      fc.constantFrom(
        ...SECRETS,
        ...SECRETS.map((secret) => `x${secret} y`),
        `Bearer ${KEY}`,
        `https://h/${SLUG}`,
      ),
      anyText(80),
    );
    const call = fc.record({
      jsonrpc: fc.constant('2.0'),
      id: fc.oneof(fc.integer(), text),
      method: fc.oneof(fc.constantFrom('tools/call', 'initialize'), text),
      params: fc.record({
        name: text,
        clientInfo: fc.record({ name: text, version: text }),
        protocolVersion: text,
        arguments: fc.dictionary(text, fc.oneof(text, fc.jsonValue({ maxDepth: 1 })), { maxKeys: 3 }),
      }),
    });
    const answer = fc
      .tuple(text, text)
      .map(([one, other]) => ({ jsonrpc: '2.0', id: 1, result: { [one]: other } }));
    let faults = 0;
    fc.assert(
      fc.property(call, answer, text, text, (asked, answered, agent, version) => {
        const lines: string[] = [];
        const records = recordLog({ onFault: () => faults++, write: (line) => lines.push(line) });
        const body = Buffer.from(JSON.stringify(asked));
        const bytes = Buffer.from(JSON.stringify(answered));
        records.call('request-1', () =>
          relayedCall(
            {
              httpMethod: 'POST',
              multiValueHeaders: { 'User-Agent': [agent], 'mcp-protocol-version': [version] },
              requestContext: {
                requestId: 'request-1',
                requestTimeEpoch: Date.parse('2026-11-23T08:00:00Z'),
                identity: { sourceIp: '203.0.113.7' },
              },
            },
            {
              project_id: 'pr_AAAAAAAAAAAAAAAA',
              mcp_server_id: 'srv_0mabcdefgAAAAAAAAAAAAAA',
              api_key_id: null,
              credential: 'no_key',
              presented: null,
              presented_key_id: null,
              verdict: { outcome: 'allowed', reason: null },
              body,
              status: 200,
              durationMs: 1,
              upstreamMs: 1,
              bytesOut: bytes.length,
              traceId: null,
              data: callData({
                requestBody: body,
                answer: { contentType: 'application/json', bytes, isWhole: true },
              }),
            },
          ),
        );
        const [line = ''] = lines;
        assert.equal(lines.length, 1);
        assert.equal(line.indexOf('\n'), line.length - 1);
        const read = readRecord(line.slice(0, -1));
        assert.equal(read?.kind, 'call');
        for (const secret of SECRETS) assert(!line.includes(secret), 'A secret is printed');
      }),
      cases('records'),
    );
    expect(faults).toBe(0);
  });
});

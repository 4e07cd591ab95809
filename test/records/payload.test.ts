import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generateKey, maskKey } from '../../functions/domain/api-key.ts';
import type { CallData } from '../../functions/domain/call-record.ts';
import { callData } from '../../functions/records/payload.ts';

const KEY = generateKey('ak_');
const MASKED_KEY = maskKey('ak_', KEY);

const request = (params: unknown): Buffer =>
  Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
const json = (message: unknown) => ({
  contentType: 'application/json; charset=utf-8',
  bytes: Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)),
  isWhole: true,
});
const stream = (...messages: unknown[]) => ({
  contentType: 'text/event-stream',
  bytes: Buffer.from(
    messages.map((message) => `event: message\ndata: ${JSON.stringify(message)}\n\n`).join(''),
  ),
  isWhole: true,
});
const success = (result: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', id, result });

const stored = (params: unknown, answer?: ReturnType<typeof json>): CallData | null =>
  callData({ requestBody: request(params), answer });
const storedArguments = (params: object): unknown => stored(params)?.arguments;
const storedResult = (result: unknown): unknown => stored({}, json(success(result)))?.result;

describe('what was asked and answered', () => {
  it('of a call: its params, and the result', () => {
    const params = { name: 'add', arguments: { a: 1, b: [true, null, 'two'] } };
    const result = { content: [{ type: 'text', text: 'three' }], isError: false };
    expect(stored(params, json(success(result)))).toEqual({ arguments: params, result });
  });

  it('an error with its data', () => {
    const error = { code: -32602, message: 'no such tool', data: { tool: 'x' } };
    expect(stored({}, json({ jsonrpc: '2.0', id: 1, error }))?.result).toEqual(error);
    expect(stored({}, json({ jsonrpc: '2.0', id: null, error }))?.result).toEqual(error);
  });

  it('of an event stream: the message that answers, not what came before it', () => {
    const notification = { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } };
    const question = { jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: {} };
    const answer = stream(notification, question, success('other', 2), success('it'));
    expect(stored({}, answer)?.result).toBe('it');
    expect(stored({}, { ...answer, isWhole: false })?.result).toBe('it');
    expect(stored({}, stream(notification))).toEqual({ arguments: {} });
  });

  it('of a batch: method and params of each, and all answers', () => {
    const requestBody = Buffer.from(
      JSON.stringify([
        { jsonrpc: '2.0', id: 1, method: 'ping' },
        { jsonrpc: '2.0', id: 'b', method: 'tools/call', params: { name: 'x' } },
      ]),
    );
    const asked = [{ method: 'ping' }, { method: 'tools/call', params: { name: 'x' } }];
    const both = { arguments: asked.map((one) => ({ params: null, ...one })), result: ['first', 'second'] };
    const answers = [success('first'), success('second', 'b')];
    expect(callData({ requestBody, answer: json(answers) })).toEqual(both);
    expect(callData({ requestBody, answer: stream(...answers) })).toEqual(both);
  });

  it('nothing of a stream that nobody asked anything, of an empty answer, of no body', () => {
    const answer = stream({ jsonrpc: '2.0', method: 'notifications/message', params: { token: 'x' } });
    expect(callData({ requestBody: undefined, answer })).toBeNull();
    expect(callData({ requestBody: undefined, answer: undefined })).toBeNull();
    expect(callData({ requestBody: Buffer.alloc(0), answer: json('') })).toBeNull();
  });

  it.each([
    ['not JSON', '<html>secret</html>', '[not stored: 19 bytes, no JSON-RPC answer]'],
    ['no JSON-RPC', '{"detail":"x"}', '[not stored: 14 bytes, no JSON-RPC answer]'],
    ['too large', `"${'x'.repeat(300_000)}"`, '[not stored: 300002 bytes]'],
  ])('an answer that is %s is stored as its size', (_kind, body, mark) => {
    expect(stored({}, json(body))?.result).toBe(mark);
  });

  it('an answer of which only the beginning was kept is stored as its size', () => {
    const { bytes, contentType } = json(success('x'.repeat(100)));
    const answer = { contentType, bytes: bytes.subarray(0, 50), isWhole: false };
    expect(stored({}, answer)?.result).toBe('[not stored: more than 50 bytes]');
  });

  it.each([
    ['not JSON', 'password=hunter2', '[not stored: 16 bytes, no clear JSON-RPC]'],
    ['read differently by others', '{"jsonrpc":"2.0","method":"a","method":"b"}', /^\[not stored: 43 bytes/],
    ['nested too deep', '['.repeat(100_000), '[not stored: 100000 bytes, no clear JSON-RPC]'],
    ['too large', ' '.repeat(300_000), '[not stored: 300000 bytes]'],
  ])('a body that is %s is stored as its size', (_kind, body, mark) => {
    const data = callData({ requestBody: Buffer.from(body), answer: undefined });
    expect(data?.arguments).toEqual(typeof mark === 'string' ? mark : expect.stringMatching(mark));
  });
});

describe('secrets', () => {
  const SECRET = 'hunter2-hunter2';

  it.each<[where: string, params: object]>([
    ['in a member with such a name', { arguments: { password: SECRET } }],
    ['in an object under such a name', { credentials: { user: 'bob', deep: [{ a: SECRET }] } }],
    ['in an array of headers', { headers: [{ name: 'Authorization', value: SECRET }] }],
    ['in key and value', { env: [{ Key: 'DB_PASSWORD', Value: SECRET }] }],
    ['in pairs', { headers: [['X-Api-Key', SECRET]] }],
    ['in a flat list of headers', { rawHeaders: ['Host', 'h', 'Cookie', SECRET] }],
    ['in command line arguments', { argv: ['--user', 'bob', '--password', SECRET] }],
    ['in a number under such a name', { pin: 70707070707 }],
    ['in a text', { text: `curl -H "x-api-key: ${SECRET}"` }],
    ['in JSON within a text', { body: JSON.stringify({ name: 'api_token', value: SECRET }) }],
    [
      'in JSON within JSON within a text',
      { body: JSON.stringify({ body: JSON.stringify({ secret: { a: SECRET } }) }) },
    ],
    ['in JSON with escapes', { body: `{"p\\u0061ssword":"${SECRET}"}` }],
    ['in text after JSON', { body: `${JSON.stringify({ password: SECRET })}\nok` }],
    ['in the user of a URL', { url: `https://bob:${SECRET}@example.com/` }],
    ['in the query of a URL', { url: `https://example.com/?a=1&auth_token=${SECRET}` }],
    ['in the name of a member', { [`password=${SECRET}`]: 1 }],
    ['under __proto__', JSON.parse(`{"__proto__":{"password":"${SECRET}"}}`)],
  ])('%s', (_where, params) => {
    for (const data of [
      stored(params),
      stored({}, json(success({ structuredContent: params }))),
      stored({}, stream(success({ content: [{ type: 'text', text: JSON.stringify(params) }] }))),
      stored({}, json({ jsonrpc: '2.0', id: 1, error: { code: 1, message: 'm', data: params } })),
    ]) {
      const text = JSON.stringify(data);
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('7070707');
      expect(text).toContain('[masked]');
    }
  });

  it('a key of ours is found everywhere, in names too', () => {
    const data = stored({ [KEY]: [`see ${KEY}`] }, stream(success({ text: `${KEY},${KEY}` })));
    expect(data).toEqual({
      arguments: { [MASKED_KEY]: [`see ${MASKED_KEY}`] },
      result: { text: `${MASKED_KEY},${MASKED_KEY}` },
    });
  });

  it('the members beside them are kept', () => {
    expect(storedArguments({ name: 'login', user: 'bob', password: 'x', max_tokens: 10 })).toEqual({
      name: 'login',
      user: 'bob',
      password: '[masked]',
      max_tokens: 10,
    });
    expect(storedArguments({ name: 'get_secret', arguments: { id: 7 } })).toEqual({
      name: 'get_secret',
      arguments: { id: 7 },
    });
  });
});

describe('cuts, each with a mark', () => {
  it('a text', () => {
    expect(storedResult('x y '.repeat(1_250))).toBe(`${'x y '.repeat(250)}… [5000 characters in all]`);
  });

  it('a list', () => {
    const kept = storedResult(Array.from({ length: 2_000 }, (_, index) => index));
    expect(Array.isArray(kept) && kept.slice(0, 3)).toEqual([0, 1, 2]);
    expect(Array.isArray(kept) && kept.at(-1)).toMatch(/^… \[\d+ more\]$/);
  });

  it('an object', () => {
    const members = Array.from({ length: 2_000 }, (_, index) => [`member${index}`, index]);
    expect(storedResult(Object.fromEntries(members))).toMatchObject({
      member0: 0,
      '…': expect.stringMatching(/^\[\d+ more\]$/),
    });
  });

  it('depth', () => {
    const deep = `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`;
    const data = stored({}, json(`{"jsonrpc":"2.0","id":1,"result":${deep}}`));
    expect(JSON.stringify(data?.result)).toMatch(/^(\{"a":){16}"\[nested deeper\]"\}{16}$/);
  });

  it('images, sound and files', () => {
    const content = [
      { type: 'image', mimeType: 'image/png', data: 'aWNvbg==' },
      { type: 'resource', resource: { uri: 'a://b', mimeType: 'text/x', blob: 'QUJD'.repeat(200) } },
      { type: 'text', text: `data:image/png;base64,${'QUJD'.repeat(200)}` },
    ];
    expect(storedResult({ content })).toEqual({
      content: [
        { type: 'image', mimeType: 'image/png', data: '[not stored: 8 characters]' },
        {
          type: 'resource',
          resource: { uri: 'a://b', mimeType: 'text/x', blob: '[not stored: 800 characters]' },
        },
        { type: 'text', text: '[not stored: 822 characters]' },
      ],
    });
  });

  it('JSON within a text stays JSON, as far as it goes', () => {
    expect(storedResult(JSON.stringify({ a: [1, 2], token: 'x' }, null, 2))).toBe(
      '{"a":[1,2],"token":"[masked]"}',
    );
    const many = Array.from({ length: 500 }, (_, id) => ({ id, name: `item ${id}` }));
    expect(storedResult(JSON.stringify(many))).toMatch(
      /^\[\{"id":0,"name":"item 0"\},.*"… \[\d+ more\]"\]… \[\d+ characters in all\]$/,
    );
  });

  it('a number that JSON cannot write', () => {
    expect(stored({}, json('{"jsonrpc":"2.0","id":1,"result":1e999}'))?.result).toBe('Infinity');
  });
});

describe('whatever comes', () => {
  const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
  const holdsLimits = (data: CallData | null): boolean =>
    bytes(data?.arguments) <= 4_096 &&
    bytes(data?.result) <= 4_096 &&
    JSON.stringify(JSON.parse(JSON.stringify(data))) === JSON.stringify(data);

  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.string({ unit: 'grapheme', minLength: 900, maxLength: 1_200, size: 'max' }),
    fc.constantFrom('password', 'Authorization', '__proto__', '\ud800', '\u0000'.repeat(900), '{"a":'),
    fc.json({ maxDepth: 3 }),
  );
  const anyValue = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      anyText,
      fc.double(),
      fc.constantFrom(null, true),
      fc.array(tie('value'), { maxLength: 12 }),
      fc.dictionary(anyText, tie('value'), { maxKeys: 12 }),
      tie('value').map((value) => JSON.stringify(value)),
    ),
  })).value;

  it('never throws, and stays within 4 KB each', () => {
    fc.assert(
      fc.property(anyValue, anyValue, (params, result) => {
        expect(holdsLimits(stored({ params }, json(success(result))))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('bytes that are no JSON neither', () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some)),
      anyText.map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(body, body, fc.boolean(), (requestBody, answered, isWhole) => {
        for (const contentType of [undefined, 'text/event-stream', 'application/json'])
          expect(
            holdsLimits(callData({ requestBody, answer: { contentType, bytes: answered, isWhole } })),
          ).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('a key of ours never gets through, wherever it stands', () => {
    const around = fc.oneof(
      anyText,
      fc.integer({ min: 0, max: 1_100 }).map((length) => '. '.repeat(length)),
    );
    const planted = fc.tuple(around, around).map(([before, after]) => `${before}${KEY}${after}`);
    const withKey = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        planted,
        fc.tuple(anyValue, tie('value')),
        fc.tuple(anyText, tie('value')).map(([name, value]) => ({ [name]: value })),
        planted.map((name) => ({ [name]: 1 })),
        tie('value').map((value) => JSON.stringify(value)),
      ),
    })).value;
    fc.assert(
      fc.property(withKey, withKey, (params, result) => {
        const data = stored({ params }, stream(success(result)));
        expect(holdsLimits(data)).toBe(true);
        // Nor a part of it, where it was cut.
        expect(JSON.stringify(data)).not.toContain(KEY.slice(3, 15));
      }),
      { numRuns: 300 },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { isObject, parseStrictJson, readJsonRpc } from '../../functions/domain/json-rpc.ts';

const bytes = (text: string) => Buffer.from(text);
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const read = (value: unknown) => readJsonRpc(bytes(JSON.stringify(value)));

describe('JSON that two parsers read alike', () => {
  it.each<[string, unknown]>([
    ['{"a":1,"b":{"a":2}}', { a: 1, b: { a: 2 } }],
    ['[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['{"a":":{[\\":"}', { a: ':{[":' }],
    ['{"a":"\\\\"}', { a: '\\' }],
    ['{"a\\"":1,"a":2}', { 'a"': 1, a: 2 }],
    ['"text"', 'text'],
    ['null', null],
    ['[]', []],
    [nested(200), JSON.parse(nested(200))],
    [
      `${'[[],[[]],'.repeat(90)}0${']'.repeat(90)}`,
      JSON.parse(`${'[[],[[]],'.repeat(90)}0${']'.repeat(90)}`),
    ],
  ])('%j is read', (text, value) => {
    expect(parseStrictJson(bytes(text))).toEqual(value);
  });

  it.each([
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice within a list', '[{"a":1,"a":2}]'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a byte order mark', '\uFEFF{}'],
    ['something behind it', '{} {}'],
    ['nothing', ''],
    ['too deep a list', nested(201)],
    ['too deep an object', `${'{"a":'.repeat(201)}0${'}'.repeat(201)}`],
  ])('with %s it is not', (_name, text) => {
    expect(parseStrictJson(bytes(text))).toBeUndefined();
  });

  it('bytes that are not UTF-8 are not read', () => {
    expect(parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined();
  });
});

describe('a JSON-RPC body', () => {
  it.each<[string, object]>([
    ['a request', { jsonrpc: '2.0', id: 1, method: 'ping' }],
    ['a request with a text for its id', { jsonrpc: '2.0', id: 'a', method: 'ping', params: {} }],
    ['a request whose id is null', { jsonrpc: '2.0', id: null, method: 'ping', params: [1] }],
    ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }],
    ['a result', { jsonrpc: '2.0', id: 1, result: 0 }],
    ['an error', { jsonrpc: '2.0', id: 1, error: { code: 1, message: '' } }],
  ])('is %s', (_name, message) => {
    expect(read(message)).toEqual({ kind: 'messages', messages: [message], isBatch: false });
    expect(read([message, message])).toEqual({
      kind: 'messages',
      messages: [message, message],
      isBatch: true,
    });
  });

  const ping = { jsonrpc: '2.0', method: 'ping' };
  it.each<[string, unknown]>([
    ['an empty batch', []],
    ['a batch with something else in it', [ping, {}]],
    ['a batch within a batch', [[ping]]],
    ['a text', 'ping'],
    ['null', null],
    ['another version', { ...ping, jsonrpc: '1.0' }],
    ['no version', { method: 'ping' }],
    ['a member that another parser could take for one', { ...ping, Method: 'pong' }],
    ['a method that is no text', { ...ping, method: 1 }],
    ['an id that is an object', { ...ping, id: {} }],
    ['an id that is true', { ...ping, id: true }],
    ['params that are a text', { ...ping, params: 'a' }],
    ['params that are null', { ...ping, params: null }],
  ])('is not %s', (_name, value) => {
    expect(read(value)).toEqual({ kind: 'unclear', problem: 'The body is not JSON-RPC 2.0' });
  });

  it('that is no JSON says so', () => {
    expect(readJsonRpc(bytes('{'))).toEqual({
      kind: 'unclear',
      problem: 'The body is not strict UTF-8 JSON without duplicate keys',
    });
  });
});

it.each<[unknown, boolean]>([
  [{}, true],
  [[], false],
  [null, false],
  ['a', false],
  [undefined, false],
])('%j is an object: %s', (value, expected) => {
  expect(isObject(value)).toBe(expected);
});

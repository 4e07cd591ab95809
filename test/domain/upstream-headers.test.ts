import { describe, expect, it } from '@jest/globals';
import { maskedHeaders, upstreamHeaderProblems } from '../../functions/domain/upstream-headers.ts';

describe('the value of a stored header', () => {
  it.each([
    ['a', '...'],
    ['elevenchars', '...'],
    ['twelve chars', 'twel...'],
    ['Bearer abcdefghijklmnopqrstuvwxyz', 'Bear...'],
  ])('%j is shown as %j', (value, shown) => {
    expect(maskedHeaders({ name: value, other: value })).toEqual({ name: shown, other: shown });
  });
});

describe('headers to be stored', () => {
  const NOT_A_NAME = 'is not the name of a header';
  const RESERVED = 'is not for you to set';
  const TWICE = 'is there twice, in different case';
  const VALUE = 'must be 1 to 4096 visible ASCII characters, with spaces and tabs only between them';
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, 'value']));

  it.each<[string, Record<string, string>]>([
    ['none', {}],
    ['a usual one', { Authorization: 'Bearer abc' }],
    ['every character of a name', { "!#$%&'*+.^_`|~0-9A-Za-z": '1' }],
    ['a value of one character', { a: '!' }],
    ['spaces and tabs inside a value', { a: '~ \t~' }],
    ['names that only begin like reserved ones', { hosts: '1', proxy: '1', 'x-mcp-': '1', mcp: '1' }],
    ['twenty', many(20)],
    ['a value of 4,096 characters', { a: 'x'.repeat(4_096) }],
    ['8,192 characters in all', { ab: 'x'.repeat(4_094), cd: 'x'.repeat(4_094) }],
  ])('may be %s', (_, headers) => {
    expect(upstreamHeaderProblems(headers)).toEqual([]);
  });

  it.each(['', 'a b', 'a:', 'ä', ' a', 'a\n'])('have no name %j', (name) => {
    expect(upstreamHeaderProblems({ [name]: '1' })).toEqual([{ name, problem: NOT_A_NAME }]);
  });

  it.each([
    ...['Host', 'content-length', 'content-type', 'content-encoding', 'Transfer-Encoding', 'connection'],
    ...['keep-alive', 'upgrade', 'te', 'trailer', 'via', 'expect', 'accept', 'accept-encoding', 'range'],
    ...['last-event-id', 'traceparent', 'tracestate', 'http2-settings', 'max-forwards'],
    ...['Proxy-Authorization', 'MCP-Session-Id'],
  ])('are not %s, which says how a call is read', (name) => {
    expect(upstreamHeaderProblems({ [name]: '1' })).toEqual([{ name, problem: RESERVED }]);
  });

  it.each(['', ' a', 'a ', '\ta', 'a\t', 'a\nb', 'ä', '\x7f', 'x'.repeat(4_097)])(
    'have no value %j',
    (value) => {
      expect(upstreamHeaderProblems({ a: value })).toEqual([{ name: 'a', problem: VALUE }]);
    },
  );

  it('are refused for all reasons at once, and each by its own name', () => {
    expect(upstreamHeaderProblems({ 'X-A': '1', 'x-a': '2', 'mcp-x y': '' })).toEqual([
      { name: 'x-a', problem: TWICE },
      { name: 'mcp-x y', problem: NOT_A_NAME },
      { name: 'mcp-x y', problem: RESERVED },
      { name: 'mcp-x y', problem: VALUE },
    ]);
    expect(upstreamHeaderProblems(many(21))).toEqual([{ problem: 'must be at most 20 headers' }]);
    expect(upstreamHeaderProblems({ ab: 'x'.repeat(4_094), cde: 'x'.repeat(4_094) })).toEqual([
      { problem: 'must have at most 8192 characters together' },
    ]);
  });
});

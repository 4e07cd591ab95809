import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generateKey } from '../../functions/domain/api-key.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { asked, askedInHeaders } from '../../functions/records/asked.ts';
import { clientText } from '../../functions/records/client-text.ts';

const body = (message: unknown) => Buffer.from(JSON.stringify(message));
const request = (method: string, params?: unknown) => body({ jsonrpc: '2.0', id: 1, method, params });
const NOTHING = { method: null, tool: null, client: null, protocol_version: null };
const clientInfo = { name: 'claude-code', version: '2.1.197' };

describe('what a request says of itself', () => {
  it.each<[string, Buffer | undefined, object]>([
    ['no body', undefined, {}],
    ['an empty body', Buffer.alloc(0), {}],
    ['a body that is no JSON', Buffer.from('{'), {}],
    ['a body that is no object', body('tools/call'), {}],
    ['a method', request('tools/list'), { method: 'tools/list' }],
    ['a notification', body({ jsonrpc: '2.0', method: 'notifications/x' }), { method: 'notifications/x' }],
    ['an answer', body({ jsonrpc: '2.0', id: 1, result: {} }), {}],
    ['a tool', request('tools/call', { name: 'echo' }), { method: 'tools/call', tool: 'echo' }],
    ['a prompt, which is no tool', request('prompts/get', { name: 'p' }), { method: 'prompts/get' }],
    ['a tool without a name', request('tools/call', { name: 7 }), { method: 'tools/call' }],
    ['a batch', body([{ method: 'tools/call', params: { name: 'echo' } }]), { method: 'batch' }],
    [
      'initialize',
      request('initialize', { clientInfo, protocolVersion: '2025-06-18' }),
      { method: 'initialize', client: 'claude-code/2.1.197', protocol_version: '2025-06-18' },
    ],
    [
      'a client without a version',
      request('initialize', { clientInfo: { name: 'x' } }),
      { method: 'initialize', client: 'x' },
    ],
    [
      'the client of a request of 2026-07-28',
      request('ping', { _meta: { 'io.modelcontextprotocol/clientInfo': clientInfo } }),
      { method: 'ping', client: 'claude-code/2.1.197' },
    ],
    ['a client that is no client', request('initialize', { clientInfo: 'x' }), { method: 'initialize' }],
  ])('%s', (_name, given, expected) => {
    expect(asked({}, given)).toEqual({ ...NOTHING, ...expected });
  });

  it.each([
    ['claude-code/2.1.197 (cli)', 'claude-code/2.1.197'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'Mozilla/5.0'],
    ['node', 'node'],
    ['(comment)', null],
    ['', null],
    ['a'.repeat(200), 'a'.repeat(64)],
  ])('the user agent %j stands for the client %j', (userAgent, client) => {
    expect(askedInHeaders({ 'User-Agent': [userAgent] })).toEqual({ ...NOTHING, client });
  });

  it('the body names the client before the user agent, and the header the revision before the body', () => {
    const headers = { 'user-agent': ['node'], 'MCP-Protocol-Version': ['2025-11-25'] };
    const given = request('initialize', { clientInfo, protocolVersion: '2024-11-05' });
    expect(asked(headers, given)).toMatchObject({
      client: 'claude-code/2.1.197',
      protocol_version: '2025-11-25',
    });
    expect(asked(headers, request('ping'))).toMatchObject({ client: 'node', protocol_version: '2025-11-25' });
  });

  it('a header that nothing holds to the body names no method and no tool', () => {
    const headers = { 'mcp-method': ['tools/call'], 'mcp-name': ['echo'] };
    expect(asked(headers, Buffer.alloc(1_000_001, ' '))).toEqual(NOTHING);
    expect(askedInHeaders(headers)).toEqual(NOTHING);
  });

  it.each([
    ['a tool that is named twice', '{"method":"tools/call","params":{"name":"called","name":"said"}}'],
    ['a method that is', '{"method":"tools/call","method":"ping","params":{"name":"called"}}'],
    ['what is no UTF-8', Buffer.from('{"method":"pi\xff"}', 'latin1')],
  ])('%s is none: the server may read the other', (_name, given) => {
    expect(asked({}, Buffer.from(given))).toEqual(NOTHING);
  });

  it('a body of more than 1 MB is not parsed', () => {
    const large = (bytes: number) =>
      Buffer.concat([request('ping'), Buffer.alloc(bytes - request('ping').length, ' ')]);
    expect(asked({}, large(1_000_000)).method).toBe('ping');
    expect(asked({}, large(1_000_001)).method).toBeNull();
  });
});

describe('text that a client chose', () => {
  it.each([
    ['a\nb\u0000c\u2028d', 'abcd'],
    ['ab\u202ecd', 'abcd'],
    ['  x  ', 'x'],
    ['ü'.repeat(70), 'ü'.repeat(64)],
    [`${'a'.repeat(63)}😀`, 'a'.repeat(63)],
    ['', null],
    ['\u0000', null],
    [7, null],
    [undefined, null],
  ])('%j is printed as %j', (text, expected) => {
    expect(clientText(text)).toBe(expected);
  });

  it('is printed as it is when it is short and plain', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{1,64}$/), (text) => {
        fc.pre(!/(ak|mcp)_/.test(text));
        expect(clientText(text)).toBe(text);
      }),
    );
  });

  it('is never longer than 64, and never holds what cannot be printed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const printed = clientText(text) ?? '-';
        expect(printed.length).toBeLessThanOrEqual(64);
        expect(printed).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]+$/u);
      }),
    );
  });

  it('never holds a key or a slug, wherever it stands', () => {
    const secret = fc.constantFrom(generateKey('ak_'), generateKey('oak_'), newSlug('pr_AAAAAAAAAAAAAAAA'));
    fc.assert(
      fc.property(
        fc.string({ maxLength: 70 }),
        secret,
        fc.string({ maxLength: 70 }),
        (before, key, after) => {
          expect(clientText(before + key + after) ?? '').not.toContain(key.slice(4, 20));
        },
      ),
    );
  });
});

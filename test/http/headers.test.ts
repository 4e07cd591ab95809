import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isLoop, relayedResponseHeaders, upstreamRequestHeaders } from '../../functions/http/headers.ts';

const OURS = {
  accept: 'application/json, text/event-stream',
  'accept-encoding': 'identity',
  via: '1.1 portcullis',
};

describe('what reaches the MCP server', () => {
  it('is what the protocol needs, and our own via', () => {
    expect(
      upstreamRequestHeaders({
        Accept: ['application/json, text/event-stream'],
        'Content-Type': ['application/json'],
        'MCP-Protocol-Version': ['2025-11-25'],
        'Mcp-Session-Id': ['s1'],
        'Mcp-Method': ['tools/call'],
        'Last-Event-ID': ['7'],
        traceparent: ['00-x'],
        tracestate: ['a=b'],
        'User-Agent': ['claude-code/2'],
        'Content-Encoding': ['gzip'],
      }),
    ).toEqual({
      ...OURS,
      'content-type': 'application/json',
      'mcp-protocol-version': '2025-11-25',
      'mcp-session-id': 's1',
      'mcp-method': 'tools/call',
      'last-event-id': '7',
      traceparent: '00-x',
      tracestate: 'a=b',
      'user-agent': 'claude-code/2',
      'content-encoding': 'gzip',
    });
  });

  it.each([
    'x-api-key',
    'X-API-Key',
    'Authorization',
    'Cookie',
    'Origin',
    'Referer',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'Forwarded',
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Upgrade',
    'TE',
    'Proxy-Authorization',
    'X-Amzn-Trace-Id',
    'Accept-Encoding',
    'Via',
  ])('is never the client’s %s', (name) => {
    expect(upstreamRequestHeaders({ [name]: ['secret'] })).toEqual(OURS);
  });

  it('never holds a key, whatever the headers are', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.array(fc.string())), (headers) => {
        const names = Object.keys(
          upstreamRequestHeaders({ ...headers, 'x-API-key': ['k'], AUTHORIZATION: ['Bearer k'] }),
        );
        expect(names).not.toContain('x-api-key');
        expect(names).not.toContain('authorization');
      }),
    );
  });

  it.each([
    [undefined, 'application/json, text/event-stream'],
    ['', 'application/json, text/event-stream'],
    ['application/json', 'application/json, text/event-stream'],
    ['text/event-stream', 'text/event-stream, application/json'],
    ['text/event-stream;q=0.5, Application/JSON', 'text/event-stream;q=0.5, Application/JSON'],
    ['*/*', '*/*, application/json, text/event-stream'],
  ])('accepts both types: %j becomes %j', (accept, expected) => {
    expect(upstreamRequestHeaders(accept === undefined ? {} : { accept: [accept] }).accept).toBe(expected);
  });

  it('leaves out what cannot stand in a header', () => {
    expect(
      upstreamRequestHeaders({ 'mcp-x': ['a\r\nx-api-key: k'], 'mcp-é': ['a'], 'mcp y': ['a'] }),
    ).toEqual(OURS);
  });
});

describe('what reaches the client', () => {
  it('is what the protocol needs, and what keeps the answer from running as a page', () => {
    const relayed = relayedResponseHeaders(
      {
        'content-type': 'text/html',
        'mcp-session-id': 's1',
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
        allow: 'POST',
        'retry-after': '3',
        'content-encoding': 'gzip',
        'set-cookie': ['a=b'],
        server: 'nginx',
        location: 'https://evil.example',
        'content-length': '7',
        'content-security-policy': "script-src 'unsafe-inline'",
        'service-worker-allowed': '/',
        'www-authenticate': 'Bearer',
        'access-control-allow-origin': 'https://evil.example',
      },
      'request-1',
    );
    expect(relayed).toEqual({
      'content-type': 'text/html',
      'mcp-session-id': 's1',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      allow: 'POST',
      'retry-after': '3',
      'content-encoding': 'gzip',
      'x-request-id': 'request-1',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'www-authenticate, x-request-id, mcp-session-id, retry-after',
    });
  });
});

describe('a loop', () => {
  it('is a request that carries our own via, alone or among others', () => {
    expect(isLoop({ via: ['1.1 portcullis'] })).toBe(true);
    expect(isLoop({ Via: ['1.0 proxy, 1.1 portcullis'] })).toBe(true);
    expect(isLoop({ Via: ['1.1 proxy'], via: ['1.1 portcullis'] })).toBe(true);
  });

  it('is not one that came through somebody else', () => {
    expect(isLoop({ via: ['1.1 vegur'] })).toBe(false);
    expect(isLoop({})).toBe(false);
    expect(isLoop(null)).toBe(false);
  });
});

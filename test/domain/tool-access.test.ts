import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { allowedTools, decideToolAccess, filterToolList } from '../../functions/domain/tool-access.ts';

const ALLOWED = new Set(['echo']);
const JSON_TYPE = { 'content-type': 'application/json' };

const decide = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  decideToolAccess(
    'POST',
    typeof body === 'string' ? Buffer.from(body) : body,
    { ...JSON_TYPE, ...headers },
    ALLOWED,
  );
const call = (name: unknown, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {} },
});
const json = (value: unknown) => JSON.stringify(value);

type Row = [name: string, body: string | Uint8Array, headers?: Record<string, string>];

describe('which tools may be used', () => {
  it('are all where there is no list, and those on every list where there are some', () => {
    expect(allowedTools(null, null)).toBeNull();
    expect(allowedTools(['a', 'b'], null)).toEqual(new Set(['a', 'b']));
    expect(allowedTools(null, ['b', 'c'])).toEqual(new Set(['b', 'c']));
    expect(allowedTools(['a', 'b'], ['b', 'c'])).toEqual(new Set(['b']));
    expect(allowedTools([], null)).toEqual(new Set());
  });
});

describe('a request where a list of tools applies', () => {
  it.each<Row>([
    ['a call of an allowed tool', json(call('echo'))],
    ['another method', json({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} })],
    ['a notification', json({ jsonrpc: '2.0', method: 'notifications/initialized' })],
    ['an answer to the server', json({ jsonrpc: '2.0', id: 's1', result: { action: 'accept' } })],
    ['a batch of allowed calls', json([call('echo', 1), call('echo', 2)])],
    [
      'the key twice in different objects',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"name":"x","a":{"name":"y"}}}}',
    ],
    [
      'colons and quotes inside strings',
      json({ jsonrpc: '2.0', id: 1, method: 'ping', params: { a: '":"\\":{}' } }),
    ],
    [
      'an unusual but equal content type',
      json(call('echo')),
      { 'content-type': 'Application/JSON; charset="UTF-8"' },
    ],
    [
      'a content type with spaces and tabs where they may be',
      json(call('echo')),
      { 'content-type': 'application/json \t; \tcharset=utf8 \t' },
    ],
    ['an identity encoding', json(call('echo')), { 'content-encoding': ' Identity ' }],
    ['a batch of 100', json(Array.from({ length: 100 }, (_, id) => call('echo', id)))],
    ['a method header with spaces around it', json(call('echo')), { 'mcp-method': ' tools/call ' }],
    ['a name header with spaces around it', json(call('echo')), { 'mcp-name': ' echo ' }],
    [
      'an encoded header of a name with a byte order mark',
      json({ jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: '\ufeffa' } }),
      { 'mcp-name': `=?base64?${Buffer.from('\ufeffa').toString('base64')}?=` },
    ],
    [
      'a prompt header that agrees',
      json({ jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: 'a' } }),
      { 'mcp-name': 'a' },
    ],
    ...['tasks/get', 'tasks/update', 'tasks/cancel'].map(
      (method): Row => [
        `a header of ${method} that agrees`,
        json({ jsonrpc: '2.0', id: 1, method, params: { taskId: 't' } }),
        { 'mcp-name': 't' },
      ],
    ),
    ...['ping', 'xtasks/get', 'tasks/getx', 'tasks/'].map(
      (method): Row => [
        `a name header beside ${method}, which has no name`,
        json({ jsonrpc: '2.0', id: 1, method }),
        { 'mcp-name': 'x' },
      ],
    ),
    [
      'a name header beside an answer, which has no method',
      json({ jsonrpc: '2.0', id: 1, result: {} }),
      { 'mcp-name': 'x' },
    ],
    [
      'a name in another case beside that of another method',
      '{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"a","Name":"b"}}',
    ],
    ['headers that agree', json(call('echo')), { 'mcp-method': 'tools/call', 'mcp-name': 'echo' }],
    [
      'an encoded header that agrees',
      json(call('echo')),
      { 'mcp-name': `=?base64?${Buffer.from('echo').toString('base64')}?=` },
    ],
    [
      'a resource header that agrees',
      json({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'a://b' } }),
      { 'mcp-name': 'a://b' },
    ],
  ])('%s is forwarded', (...[, body, headers]: Row) => {
    expect(decide(body, headers).kind).toBe('forward');
  });

  it('any request may be answered with a list that was asked for elsewhere, a message that asks for nothing may not', () => {
    expect(decide(json(call('echo')))).toEqual({ kind: 'forward', answer: 'messages' });
    expect(decide(json({ jsonrpc: '2.0', method: 'notifications/initialized' }))).toEqual({
      kind: 'forward',
      answer: 'none',
    });
    expect(decide(json({ jsonrpc: '2.0', id: 's1', result: {} }))).toEqual({
      kind: 'forward',
      answer: 'none',
    });
  });

  it('a list of tools is forwarded, and its answer filtered', () => {
    expect(decide(json({ jsonrpc: '2.0', id: 1, method: 'tools/list' }))).toEqual({
      kind: 'forward',
      answer: 'tool_list',
    });
    expect(decide(json([call('echo'), { jsonrpc: '2.0', id: 2, method: 'tools/list' }]))).toEqual({
      kind: 'forward',
      answer: 'tool_list',
    });
    // A server may answer what asks for no answer.
    expect(decide(json({ jsonrpc: '2.0', method: 'tools/list' }))).toEqual({
      kind: 'forward',
      answer: 'tool_list',
    });
  });

  it.each([
    'delete_all',
    'Echo',
    'echo ',
    ' echo',
    'ECHO',
    'echo\u0000',
    'еcho',
    '',
    'constructor',
    '__proto__',
    '\ud800',
  ])('a call of %j is answered in the server’s place', (name) => {
    expect(decide(json(call(name)))).toEqual({
      kind: 'unknown_tool',
      isBatch: false,
      answers: [{ id: 1, code: -32602, message: `Unknown tool: ${name}` }],
    });
  });

  it('an answer in a batch with a refused call is told nothing', () => {
    const batch = [call('delete_all', 1), { jsonrpc: '2.0', id: 's1', result: {} }];
    expect(decide(json(batch))).toEqual({
      kind: 'unknown_tool',
      isBatch: true,
      answers: [{ id: 1, code: -32_602, message: 'Unknown tool: delete_all' }],
    });
  });

  it('of a batch of what asks for nothing and a request the answer may be any message', () => {
    const batch = [{ jsonrpc: '2.0', method: 'notifications/initialized' }, call('echo')];
    expect(decide(json(batch))).toEqual({ kind: 'forward', answer: 'messages' });
  });

  it('a call that asks for no answer gets none', () => {
    const { id: _left, ...notification } = call('delete_all');
    expect(decide(json(notification))).toEqual({ kind: 'unknown_tool', isBatch: false, answers: [] });
  });

  it('of a batch with one refused call nothing is forwarded, and each request is told', () => {
    const batch = [
      call('echo', 1),
      call('delete_all', 'b'),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
    ];
    expect(decide(json(batch))).toEqual({
      kind: 'unknown_tool',
      isBatch: true,
      answers: [
        { id: 1, code: -32600, message: 'Not run: another call of the batch was refused' },
        { id: 'b', code: -32602, message: 'Unknown tool: delete_all' },
      ],
    });
  });

  const smuggled = '"method":"tools/call","params":{"name":"delete_all"}';
  it.each<Row>([
    [
      'the method twice',
      '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"delete_all"}}',
    ],
    [
      'the tool twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all","name":"echo"}}',
    ],
    [
      'the tool twice, once escaped',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all","n\\u0061me":"echo"}}',
    ],
    [
      'the parameters twice',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_all"},"params":{"name":"echo"}}',
    ],
    ['a key twice deep inside', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[{"b":1,"b":2}]}}'],
    [
      'the method in another case beside it',
      '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"delete_all"}}',
    ],
    [
      'the tool in another case beside it',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","Name":"delete_all"}}',
    ],
    [
      'the tool in full-width letters beside it',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","ｎame":"delete_all"}}',
    ],
    [
      'the method in another case',
      '{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"delete_all"}}',
    ],
    [
      'the method with a space',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call ","params":{"name":"delete_all"}}',
    ],
    ['an unknown member', `{"jsonrpc":"2.0","id":1,"x":1,${smuggled}}`],
    ['no version', `{"id":1,${smuggled}}`],
    ['another version', `{"jsonrpc":"1.0","id":1,${smuggled}}`],
    ['no tool', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}'],
    ['a tool that is no string', json(call(['echo']))],
    ['parameters in an array', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["delete_all"]}'],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}'],
    ['an empty batch', '[]'],
    ['a batch in a batch', `[[{"jsonrpc":"2.0","id":1,${smuggled}}]]`],
    ['a string', '"tools/call"'],
    ['no body', ''],
    ['a comment', `{"jsonrpc":"2.0","id":1,/**/${smuggled}}`],
    ['two bodies', `{"jsonrpc":"2.0","id":1,"method":"ping"}{"jsonrpc":"2.0","id":1,${smuggled}}`],
    ['a trailing comma', `{"jsonrpc":"2.0","id":1,${smuggled},}`],
    ['a byte order mark', `\ufeff${json(call('echo'))}`],
    ['UTF-16', Buffer.from(json(call('echo')), 'utf16le')],
    [
      'bytes that are not UTF-8',
      Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","id":"'),
        Buffer.from([0xff]),
        Buffer.from(`",${smuggled}}`),
      ]),
    ],
    [
      'an overlong encoding',
      Buffer.concat([
        Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'),
        Buffer.from([0xc1, 0xb4]),
        Buffer.from('ools/call"}'),
      ]),
    ],
    ['another character set', json(call('echo')), { 'content-type': 'application/json; charset=utf-7' }],
    [
      'two character sets',
      json(call('echo')),
      { 'content-type': 'application/json; charset=utf-8; charset=utf-16' },
    ],
    ['another content type', json(call('echo')), { 'content-type': 'text/plain' }],
    ['no content type', json(call('echo')), { 'content-type': '' }],
    ['a compressed body', json(call('echo')), { 'content-encoding': 'gzip' }],
    ['two encodings', json(call('echo')), { 'content-encoding': 'identity, gzip' }],
    ...[
      'xapplication/json',
      'application/jsonx',
      'application/json; charset=utf-8x',
      'application/json; x=utf-8',
    ].map((type): Row => [`the content type ${type}`, json(call('echo')), { 'content-type': type }]),
    ...['x=?base64?ZWNobw==?=', '=?base64?ZWNobw==?=x', '=?base64?/w==?='].map(
      (name): Row => [`the name header ${name}`, json(call('echo')), { 'mcp-name': name }],
    ),
    ...['tasks/get', 'tasks/update', 'tasks/cancel'].map(
      (method): Row => [
        `a header of ${method} that disagrees`,
        json({ jsonrpc: '2.0', id: 1, method, params: { taskId: 't' } }),
        { 'mcp-name': 'x' },
      ],
    ),
    ['the list in another case', '{"jsonrpc":"2.0","id":1,"method":"Tools/List"}'],
    ['a method header that disagrees', json(call('echo')), { 'mcp-method': 'ping' }],
    [
      'a method header beside an answer, which has no method',
      json({ jsonrpc: '2.0', id: 1, result: {} }),
      { 'mcp-method': 'tools/call', 'mcp-name': 'delete_all' },
    ],
    [
      'an unusual method behind a usual message',
      json([
        { jsonrpc: '2.0', id: 1, method: 'ping' },
        { jsonrpc: '2.0', id: 2, method: 'Tools/List' },
      ]),
    ],
    [
      'a name header of bytes that are not UTF-8',
      json({ jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: '\ufffd' } }),
      { 'mcp-name': '=?base64?/w==?=' },
    ],
    ['a name header that disagrees', json(call('echo')), { 'mcp-name': 'delete_all' }],
    [
      'an encoded name header that disagrees',
      json(call('echo')),
      { 'mcp-name': `=?base64?${Buffer.from('delete_all').toString('base64')}?=` },
    ],
    [
      'a name header for a resource that disagrees',
      json({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'a://b' } }),
      { 'mcp-name': 'a://c' },
    ],
    [
      'a name header without a name',
      json({ jsonrpc: '2.0', id: 1, method: 'prompts/get' }),
      { 'mcp-name': 'x' },
    ],
    [
      'a method header for a batch of two methods',
      json([call('echo'), { jsonrpc: '2.0', id: 2, method: 'ping' }]),
      { 'mcp-method': 'ping' },
    ],
  ])('%s is not forwarded', (...[, body, headers]: Row) => {
    expect(decide(body, headers).kind).toBe('unclear');
  });

  it.each([
    ['a batch of 101 messages', json(Array.from({ length: 101 }, (_, n) => call('echo', n)))],
    [
      'a message nested 1,000 deep',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}}`,
    ],
    [
      'a NUL in the method',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call\\u0000","params":{"name":"delete_all"}}',
    ],
    [
      'a NUL in the name of a parameter',
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name\\u0000":"delete_all","name":"echo"}}',
    ],
    // Some parsers cut a name at half a surrogate pair, some comparisons overlook what has no shape.
    ...['\\ud800', '\\u200b', '\\u00ad', '\\ufe0f', '\\u3164', '\\ue000'].flatMap(
      (hidden): [string, string][] => [
        [
          `${hidden} in the method`,
          `{"jsonrpc":"2.0","id":1,"method":"tools/call${hidden}","params":{"name":"delete_all"}}`,
        ],
        [
          `${hidden} in the name of a parameter`,
          `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name${hidden}":"delete_all","name":"echo"}}`,
        ],
      ],
    ),
  ])('%s is not forwarded', (_name, body) => {
    expect(decide(body).kind).toBe('unclear');
  });

  it('a string that does not end is read once, not from each of its quotes on', () => {
    const startedAt = performance.now();
    expect(decide(`{"a":"${'\\"'.repeat(200_000)}`).kind).toBe('unclear');
    expect(decide(`{"a":"${'\\"'.repeat(200_000)}\\`).kind).toBe('unclear');
    expect(performance.now() - startedAt).toBeLessThan(30_000); // From each quote on it takes minutes, once it takes no second.
  });

  it.each<[body: string, headers: Record<string, string>, code: number, problem: string]>([
    [json(call('echo')), { 'mcp-name': 'x' }, -32_020, 'The Mcp-Name header disagrees with the body'],
    [json(call('echo')), { 'mcp-method': 'ping' }, -32_020, 'The Mcp-Method header disagrees with the body'],
    [
      json(call('echo')),
      { 'content-encoding': 'gzip' },
      -32_600,
      'The body must be application/json in UTF-8, not encoded',
    ],
    [
      json(Array.from({ length: 101 }, (_, id) => call('echo', id))),
      {},
      -32_600,
      'A batch may have 100 messages',
    ],
    [
      '{"jsonrpc":"2.0","id":1,"method":"tools/call\\u0000","params":{"name":"echo"}}',
      {},
      -32_600,
      'The method or a parameter has a character in its name that cannot be seen',
    ],
    [
      '{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"echo"}}',
      {},
      -32_600,
      'The method is written in an unusual way',
    ],
    [json(call(7)), {}, -32_602, 'tools/call must name its tool'],
    [
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","Name":"echo"}}',
      {},
      -32_600,
      'tools/call names its tool twice',
    ],
  ])('why it is not forwarded is said: %s %j', (body, headers, code, problem) => {
    expect(decide(body, headers)).toEqual({ kind: 'unclear', code, problem });
  });

  it('a body that is JSON-RPC in no way is told so', () => {
    expect(decide('{')).toMatchObject({
      kind: 'unclear',
      code: -32_600,
      problem: expect.stringMatching(/./),
    });
  });

  it.each(['GET', 'DELETE'])(
    'a %s with a body is not forwarded, without one or with none of a byte it is',
    (method) => {
      expect(decideToolAccess(method, Buffer.from(json(call('delete_all'))), JSON_TYPE, ALLOWED)).toEqual({
        kind: 'unclear',
        code: -32_600,
        problem: 'Only a POST may have a body',
      });
      expect(decideToolAccess(method, Buffer.alloc(0), JSON_TYPE, ALLOWED).kind).toBe('forward');
    },
  );

  it('a POST without a body, or with no word of its kind, is not forwarded', () => {
    expect(decideToolAccess('POST', undefined, JSON_TYPE, ALLOWED).kind).toBe('unclear');
    expect(decideToolAccess('POST', Buffer.from(json(call('echo'))), {}, ALLOWED).kind).toBe('unclear');
  });

  it('a stream may replay a list of tools, so it is filtered', () => {
    expect(decideToolAccess('GET', undefined, {}, ALLOWED)).toEqual({ kind: 'forward', answer: 'messages' });
    expect(decideToolAccess('DELETE', undefined, {}, ALLOWED)).toEqual({ kind: 'forward', answer: 'none' });
  });

  it('no bytes whatever get a call of another tool past it', () => {
    const names = fc.oneof(fc.constantFrom('echo', 'delete_all', 'Echo'), fc.string({ unit: 'binary' }));
    const message = fc.record({
      jsonrpc: fc.constant('2.0'),
      id: fc.integer(),
      method: fc.constantFrom('tools/call', 'ping', 'tools/list'),
      params: fc.record({ name: names }),
    });
    fc.assert(
      fc.property(fc.oneof(message, fc.array(message)), (body) => {
        const access = decide(json(body));
        const calls = [body]
          .flat()
          .filter(({ method, params }) => method === 'tools/call' && params.name !== 'echo');
        if (calls.length > 0) expect(access.kind).not.toBe('forward');
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(['forward', 'unclear', 'unknown_tool']).toContain(decide(bytes).kind);
      }),
    );
  });

  it('every key that stands twice is found, wherever it stands', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, key) => {
        const twice = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[${json(value)},{${json(key)}:1,${json(key)}:2}]}}`;
        const onceOnly = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[${json(value)},{${json(key)}:1}]}}`;
        expect(decide(twice).kind).toBe('unclear');
        expect(decide(onceOnly).kind).toBe('forward');
      }),
    );
  });
});

describe('an answer to tools/list', () => {
  it('holds the allowed tools alone, as they were, and everything else of it', () => {
    const echo = { name: 'echo', inputSchema: { type: 'object' }, 'x-unknown': [1] };
    const message = {
      jsonrpc: '2.0',
      id: 7,
      result: { tools: [{ name: 'delete_all' }, echo, { name: 7 }, null], nextCursor: 'n', _meta: { a: 1 } },
    };
    expect(filterToolList(message, ALLOWED)).toEqual({
      jsonrpc: '2.0',
      id: 7,
      result: { tools: [echo], nextCursor: 'n', _meta: { a: 1 } },
    });
    expect(filterToolList([{ jsonrpc: '2.0', id: 1, result: {} }, message], ALLOWED)).toMatchObject([
      { id: 1 },
      { id: 7, result: { tools: [echo] } },
    ]);
  });

  it.each([
    null,
    'tools',
    7,
    [],
    {},
    { result: null },
    { result: 7 },
    { result: [] },
    [{ jsonrpc: '2.0', id: 1, result: {} }],
    { result: { tools: 'all' } },
    { jsonrpc: '2.0', id: 1, error: { code: 1 } },
  ])('%j is left as it is', (message) => {
    expect(filterToolList(message, ALLOWED)).toBeUndefined();
  });
});

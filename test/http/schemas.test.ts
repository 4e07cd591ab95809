import { describe, expect, it } from '@jest/globals';
import {
  newProjectConfigSchema,
  newServerSchema as newServerSchemaFor,
  pageSchema,
  projectConfigPatchSchema,
  projectConfigSchema,
} from '../../functions/http/schemas.ts';

const newServerSchema = newServerSchemaFor(() => undefined);

const DEFAULTS = {
  require_mcp_api_key: false,
  is_2FA_enabled: true,
  mask_secret_keys_in_connected_account: true,
  log_visibility_setting: 'show_all',
};

describe('the settings', () => {
  it('have their defaults in a new project, and nothing else', () => {
    expect(newProjectConfigSchema.parse({})).toEqual(DEFAULTS);
  });

  it('of a stored project must be whole: what is missing is never filled with a default', () => {
    expect(projectConfigSchema.safeParse({ ...DEFAULTS, is_2FA_enabled: undefined }).success).toBe(false);
    expect(projectConfigSchema.safeParse({}).success).toBe(false);
  });

  it('of a patch are those that it names', () => {
    expect(projectConfigPatchSchema.parse({})).toEqual({});
    expect(projectConfigPatchSchema.parse({ require_mcp_api_key: true })).toEqual({
      require_mcp_api_key: true,
    });
  });

  it.each([
    ['an unknown field', { require_api_key: true }],
    ['a field in another case', { is_2fa_enabled: true }],
    ['a string for a boolean', { require_mcp_api_key: 'true' }],
    ['a number for a boolean', { require_mcp_api_key: 1 }],
    ['null', { require_mcp_api_key: null }],
    ['an unknown visibility', { log_visibility_setting: 'hide_all' }],
    ['a display name of 101 characters', { display_name: 'x'.repeat(101) }],
    ['a display name with a control character', { display_name: 'a\u0007b' }],
    ['an http logo', { logo_url: 'http://example.com/logo.png' }],
    ['a script as a logo', { logo_url: 'javascript:alert(1)' }],
    ['a prototype', JSON.parse('{"__proto__": {"require_mcp_api_key": true}}')],
    ['an array', []],
    ['a string', 'require_mcp_api_key'],
  ])('refuse %s', (_name, patch) => {
    expect(projectConfigPatchSchema.safeParse(patch).success).toBe(false);
  });

  it('name every problem at once', () => {
    const { error } = projectConfigPatchSchema.safeParse({
      require_mcp_api_key: 1,
      is_2FA_enabled: 'x',
      more: 1,
    });
    expect(error?.issues).toHaveLength(3);
  });

  it('accept a display name of 100 characters and an https logo', () => {
    const patch = { display_name: 'é'.repeat(100), logo_url: 'https://example.com/logo.png' };
    expect(projectConfigPatchSchema.parse(patch)).toEqual(patch);
  });
});

describe('a new server', () => {
  const server = { name: 'Docs', upstream: { kind: 'http', url: 'https://mcp.example.com/mcp' } };

  const withHeaders = (headers: unknown) => ({ ...server, upstream: { ...server.upstream, headers } });
  const problemsOf = (input: unknown) => newServerSchema.safeParse(input).error?.issues ?? [];

  it('has no headers, no allowed origins and every tool unless it says otherwise', () => {
    expect(newServerSchema.parse(server)).toEqual({
      name: 'Docs',
      upstream: { ...server.upstream, headers: {} },
      allowed_tools: null,
      allowed_origins: [],
    });
    expect(newServerSchema.parse({ ...server, allowed_tools: null }).allowed_tools).toBeNull();
    expect(newServerSchema.parse({ ...server, allowed_tools: [] }).allowed_tools).toEqual([]);
  });

  it('keeps the headers of its upstream by their names in lower case', () => {
    const headers = { Authorization: 'Bearer a b\tc', 'X-Api-Key': '!~', cookie: 'a=b; c="d"' };
    expect(newServerSchema.parse(withHeaders(headers)).upstream.headers).toEqual({
      authorization: 'Bearer a b\tc',
      'x-api-key': '!~',
      cookie: 'a=b; c="d"',
    });
  });

  const many = (count: number, length: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n + 10}`, 'v'.repeat(length)]));

  it.each([
    ['20 headers', many(20, 1)],
    ['a value of 4,096 characters', { a: 'v'.repeat(4_096) }],
    ['8,192 characters together', many(4, 2_044)],
  ])('takes %s', (_name, headers) => {
    expect(newServerSchema.parse(withHeaders(headers)).upstream.headers).toEqual(headers);
  });

  it.each([
    ['21 headers', many(21, 1)],
    ['an empty value', { a: '' }],
    ['a value of 4,097 characters', { a: 'v'.repeat(4_097) }],
    ['8,196 characters together', many(4, 2_045)],
    ['a line break in a value', { a: 'b\r\nhost: c' }],
    ['a line break at the end of a value', { a: 'b\n' }],
    ['white space before a value', { a: ' b' }],
    ['white space after a value', { a: 'b\t' }],
    ['a control character', { a: 'b\u0000c' }],
    ['a value outside ASCII', { a: 'bé' }],
    ['an empty name', { '': 'b' }],
    ['a space in a name', { 'a b': 'c' }],
    ['a colon in a name', { 'a:': 'c' }],
    ['a line break in a name', { 'a\n': 'c' }],
    ['a name outside ASCII that is one in lower case', { '\u212aey': 'c' }],
    ['a name twice, in different case', { 'X-A': 'b', 'x-a': 'b' }],
    ['a number as value', { a: 1 }],
    ['null as value', { a: null }],
    ['a list', ['a']],
    ['null', null],
    ['text', 'authorization: b'],
  ])('refuses headers with %s', (_name, headers) => {
    expect(problemsOf(withHeaders(headers))).not.toEqual([]);
  });

  it.each([
    ...[
      'Host',
      'Content-Length',
      'Transfer-Encoding',
      'Connection',
      'Keep-Alive',
      'Upgrade',
      'TE',
      'Trailer',
    ],
    ...['Proxy-Authorization', 'Proxy-Connection', 'Via', 'Expect', 'Accept', 'Accept-Encoding'],
    ...['Content-Type', 'Content-Encoding', 'Mcp-Session-Id', 'MCP-Protocol-Version', 'mcp-'],
  ])('does not let the header %s be set, in any case', (header) => {
    for (const name of [header, header.toLowerCase(), header.toUpperCase()]) {
      expect(problemsOf(withHeaders({ [name]: 'v' }))).toMatchObject([
        { path: ['upstream', 'headers', name], message: 'is not for you to set' },
      ]);
    }
  });

  it('never repeats the value of a header in what is wrong with it', () => {
    const value = 'hidden-value\n';
    const problems = problemsOf(withHeaders({ a: value, host: value, 'b c': value, D: value, d: value }));
    expect(problems.length).toBeGreaterThanOrEqual(8);
    expect(JSON.stringify(problems)).not.toContain('hidden');
  });

  it('takes the names of 200 tools of 128 characters', () => {
    const allowed_tools = Array.from({ length: 200 }, (_, n) => `${n}`.padStart(128, 'x'));
    expect(newServerSchema.parse({ ...server, allowed_tools }).allowed_tools).toEqual(allowed_tools);
  });

  it.each([
    ['an empty name', { ...server, name: '  ' }],
    ['a name of 10,000 characters', { ...server, name: 'x'.repeat(10_000) }],
    ['another kind of upstream', { ...server, upstream: { kind: 'stdio', url: 'x' } }],
    ['sealed headers of its own', { ...server, upstream: { ...server.upstream, sealed_headers: 'a' } }],
    ['a tool that is no text', { ...server, allowed_tools: [1] }],
    ['a tool without a name', { ...server, allowed_tools: [''] }],
    ['a tool of 129 characters', { ...server, allowed_tools: ['x'.repeat(129)] }],
    ['a tool twice', { ...server, allowed_tools: ['a', 'a'] }],
    ['201 tools', { ...server, allowed_tools: Array.from({ length: 201 }, (_, n) => `t${n}`) }],
    ['one tool in the place of a list', { ...server, allowed_tools: 'a' }],
    ['an origin with a path', { ...server, allowed_origins: ['https://app.example.com/'] }],
    ['any origin', { ...server, allowed_origins: ['*'] }],
    ['the null origin', { ...server, allowed_origins: ['null'] }],
  ])('with %s is refused', (_name, input) => expect(newServerSchema.safeParse(input).success).toBe(false));
});

describe('a page', () => {
  it('has 20 rows unless it says otherwise, and at most 100', () => {
    expect(pageSchema.parse({})).toEqual({ limit: 20 });
    expect(pageSchema.parse({ limit: '100' })).toEqual({ limit: 100 });
    for (const limit of ['0', '101', '-1', '1.5', 'x', ''])
      expect(pageSchema.safeParse({ limit }).success).toBe(false);
  });
});

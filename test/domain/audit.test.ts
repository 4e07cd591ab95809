import { describe, expect, it } from '@jest/globals';
import {
  dismissalChanges,
  keyChanges,
  maskedUrl,
  organizationKeyChanges,
  projectChanges,
  serverChanges,
  settingsChanges,
} from '../../functions/domain/audit.ts';

const key = {
  name: 'CI',
  masked_key: 'ak_**6j0z',
  status: 'active',
  scopes: ['mcp:invoke'],
  mcp_server_ids: null,
  allowed_tools: null,
  expires_at: null,
  secrets: [{ hash: 'a'.repeat(64), ends_at: null }],
} as const;

const server = {
  name: 'Docs',
  slug: 'mcp_AAAAAAAAAAAAAAAAbbbbbbbbbbbbbbbbbbWxYz',
  upstream: {
    url: 'https://mcp.example.com/mcp',
    sealed_headers: 'kms1.a',
    masked_headers: { authorization: 'Bear...', 'x-pin': '...' },
  },
  allowed_tools: null,
  allowed_origins: [],
  is_deleted: false,
} as const;

describe('what changed', () => {
  it('of settings are the fields that differ, also those that were not there', () => {
    const before = { require_mcp_api_key: false, is_2FA_enabled: true };
    expect(settingsChanges(before, { ...before, require_mcp_api_key: true, display_name: 'A' })).toEqual({
      require_mcp_api_key: { from: false, to: true },
      display_name: { from: null, to: 'A' },
    });
    expect(settingsChanges(before, { ...before })).toEqual({});
  });

  it('of a project that is created or deleted is all that it has', () => {
    const project = { name: 'P', settings: { require_mcp_api_key: true } };
    expect(projectChanges(undefined, project)).toEqual({
      name: { from: null, to: 'P' },
      require_mcp_api_key: { from: null, to: true },
    });
    expect(projectChanges(project, undefined)).toEqual({
      name: { from: 'P', to: null },
      require_mcp_api_key: { from: true, to: null },
    });
  });

  it('of a key is told with its times, and its secret masked', () => {
    const expires_at = Date.parse('2027-01-01T00:00:00Z');
    expect(keyChanges(key, { ...key, scopes: ['*'], allowed_tools: [], expires_at })).toEqual({
      scopes: { from: ['mcp:invoke'], to: ['*'] },
      allowed_tools: { from: null, to: [] },
      expires_at: { from: null, to: '2027-01-01T00:00:00.000Z' },
    });
    expect(keyChanges(key, { ...key, status: 'revoked' })).toEqual({
      status: { from: 'active', to: 'revoked' },
    });
    expect(keyChanges(undefined, key)).toEqual({
      name: { from: null, to: 'CI' },
      status: { from: null, to: 'active' },
      scopes: { from: null, to: ['mcp:invoke'] },
      key: { from: null, to: 'ak_**6j0z' },
    });
  });

  it.each([
    ['another mask', 'ak_**0000', 'ak_**0000'],
    ['the same mask by chance', 'ak_**6j0z', 'ak_**6j0z (changed)'],
  ])('of a rotated key is its secret, with %s, and until when the old one lets in', (_, masked_key, to) => {
    const ends_at = Date.parse('2026-11-25T00:00:00Z');
    const secrets = [
      { hash: 'b'.repeat(64), ends_at: null },
      { hash: 'a'.repeat(64), ends_at },
    ];
    expect(keyChanges(key, { ...key, masked_key, secrets })).toEqual({
      key: { from: 'ak_**6j0z', to },
      replaced_secrets_end_at: { from: null, to: '2026-11-25T00:00:00.000Z' },
    });
  });

  it('of a key rotated twice is until when the last of the old ones lets in', () => {
    const [early, late] = ['2026-11-25T00:00:00.000Z', '2026-11-26T00:00:00.000Z'];
    const ends = [early, late].map((time) => ({ hash: 'b'.repeat(64), ends_at: Date.parse(time) }));
    expect(keyChanges(key, { ...key, secrets: [...key.secrets, ...ends] })).toEqual({
      replaced_secrets_end_at: { from: null, to: late },
    });
  });

  it('of the organization key is its masked form', () => {
    const first = { key_hash: 'a'.repeat(64), masked_key: 'oak_**6j0z' };
    expect(organizationKeyChanges(undefined, first)).toEqual({ key: { from: null, to: 'oak_**6j0z' } });
    expect(organizationKeyChanges({ key_hash: 'b'.repeat(64) }, first)).toEqual({
      key: { from: 'oak_**', to: 'oak_**6j0z' },
    });
    expect(organizationKeyChanges(first, { ...first, key_hash: 'c'.repeat(64) })).toEqual({
      key: { from: 'oak_**6j0z', to: 'oak_**6j0z (changed)' },
    });
  });

  it.each<[string, readonly string[] | undefined, object]>([
    ['one header got another value', ['authorization'], { authorization: true }],
    ['both did', ['authorization', 'x-pin'], { authorization: true, 'x-pin': true }],
    ['none did', [], {}],
    ['nobody knows which', undefined, { authorization: true, 'x-pin': true }],
  ])('of upstream headers that look as before shows: %s', (_, newValues, expected) => {
    const upstream = { ...server.upstream, sealed_headers: 'kms1.b' };
    const shown: Readonly<Record<string, string>> = server.upstream.masked_headers;
    expect(serverChanges(server, { ...server, upstream }, newValues)).toEqual(
      Object.fromEntries(
        Object.keys(expected).map((name) => [
          `upstream.headers.${name}`,
          { from: shown[name], to: `${shown[name]} (changed)` },
        ]),
      ),
    );
  });

  it('of upstream headers is told masked, header by header', () => {
    const masked_headers = { authorization: 'Toke...', 'x-new': '...' };
    const upstream = { ...server.upstream, sealed_headers: 'kms1.b', masked_headers };
    expect(serverChanges(server, { ...server, upstream }, ['authorization', 'x-new'])).toEqual({
      'upstream.headers.authorization': { from: 'Bear...', to: 'Toke...' },
      'upstream.headers.x-pin': { from: '...', to: null },
      'upstream.headers.x-new': { from: null, to: '...' },
    });
  });

  it('of an address shows four characters of it', () => {
    const slug = 'mcp_AAAAAAAAAAAAAAAAccccccccccccccccccWxYz';
    expect(serverChanges(server, { ...server, slug })).toEqual({
      slug: { from: 'mcp_**WxYz', to: 'mcp_**WxYz (changed)' },
    });
    expect(serverChanges(server, { ...server, slug: slug.replace('WxYz', '0123') })).toEqual({
      slug: { from: 'mcp_**WxYz', to: 'mcp_**0123' },
    });
  });

  it('of a server that is created or deleted is all that it has, and no secret', () => {
    const all = {
      name: 'Docs',
      allowed_origins: [],
      slug: 'mcp_**WxYz',
      'upstream.url': 'https://mcp.example.com/mcp',
      'upstream.headers.authorization': 'Bear...',
      'upstream.headers.x-pin': '...',
    };
    const each = (of: (value: unknown) => object) =>
      Object.fromEntries(Object.entries(all).map(([name, value]) => [name, of(value)]));
    expect(serverChanges(undefined, server)).toEqual(each((to) => ({ from: null, to })));
    expect(serverChanges(server, { ...server, is_deleted: true })).toEqual(
      each((from) => ({ from, to: null })),
    );
  });

  it('of dismissals is what is dismissed', () => {
    const dismissal = { mcp_server_id: null, client: 'curl', ip: '192.0.2.1', reason: null };
    expect(dismissalChanges(dismissal, { isMade: true })).toEqual({
      client: { from: null, to: 'curl' },
      ip: { from: null, to: '192.0.2.1' },
    });
    expect(dismissalChanges(dismissal, { isMade: false })).toEqual({
      client: { from: 'curl', to: null },
      ip: { from: '192.0.2.1', to: null },
    });
  });
});

describe('the address of an upstream', () => {
  it.each([
    ['https://mcp.example.com/mcp', 'https://mcp.example.com/mcp'],
    ['https://mcp.example.com:8443/a/b?token=secret&v=2', 'https://mcp.example.com:8443/a/b?token=...&v=...'],
    ['https://mcp.example.com/?a=1&a=2', 'https://mcp.example.com/?a=...'],
    ['https://mcp.example.com/?secret', 'https://mcp.example.com/?...'],
    ['https://user:secret@mcp.example.com/', 'https://...@mcp.example.com/'],
    ['https://:secret@mcp.example.com/', 'https://...@mcp.example.com/'],
    ['https://mcp.example.com/abcdefghijklmn15/mcp', 'https://mcp.example.com/abcd.../mcp'],
    ['https://mcp.example.com/abcdefghijklm15/mcp', 'https://mcp.example.com/abcdefghijklm15/mcp'],
    ['https://mcp.example.com/modelContextProtocol', 'https://mcp.example.com/mode...'],
    ['https://mcp.example.com/MODELCONTEXTPROTOCOL', 'https://mcp.example.com/MODELCONTEXTPROTOCOL'],
    ['https://secret@mcp.example.com/#secret', 'https://...@mcp.example.com/'],
    ['https://mcp.example.com/s/YTRjN2Y5ZTItZ2F0ZQ/mcp', 'https://mcp.example.com/s/YTRj.../mcp'],
    ['https://mcp.example.com/9b2c3ad1-0f4e-4c57/mcp', 'https://mcp.example.com/9b2c.../mcp'],
    [
      'https://mcp.example.com/model-context-protocol/v1',
      'https://mcp.example.com/model-context-protocol/v1',
    ],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskedUrl(url)).toBe(shown);
  });

  it('whose secret alone changed shows as changed', () => {
    const withToken = (token: string) => ({
      ...server,
      upstream: { ...server.upstream, url: `https://mcp.example.com/?token=${token}` },
    });
    expect(serverChanges(withToken('a'), withToken('b'))).toEqual({
      'upstream.url': {
        from: 'https://mcp.example.com/?token=...',
        to: 'https://mcp.example.com/?token=... (changed)',
      },
    });
  });
});

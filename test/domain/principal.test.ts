import { describe, expect, it } from '@jest/globals';
import { isWellFormedKey, keyHash, maskKey } from '../../functions/domain/api-key.ts';
import { isApiRoute } from '../../functions/domain/api-routes.ts';
import { withinDeadline } from '../../functions/domain/call-limits.ts';
import { API_ERRORS, ApiError, type ApiErrorName } from '../../functions/domain/errors.ts';
import { nameDigest } from '../../functions/domain/names.ts';
import { DEFAULT_SCOPES, FIRST_KEY_POWER, newKey, newSecret } from '../../functions/domain/new-key.ts';
import { isOrigin } from '../../functions/domain/origin.ts';
import { type ApiKey, endOfKey, hasScope, isGrantedScope, SCOPES } from '../../functions/domain/principal.ts';
import { SETTINGS } from '../../functions/domain/project-config.ts';
import { refusalBody } from '../../functions/domain/refusals.ts';

describe('the end of a key', () => {
  const key: ApiKey = {
    ...{ id: 'key_1', projectId: 'pr_1', name: 'Key' },
    status: 'active',
    scopes: ['mcp:invoke'],
    ...{ serverIds: null, allowedTools: null, expiresAt: null, secretEndsAt: null },
  };
  it.each<[string, Partial<ApiKey>, ReturnType<typeof endOfKey>]>([
    ['none', {}, undefined],
    ['a revocation', { status: 'revoked' }, 'revoked'],
    ['its secret, one millisecond later', { secretEndsAt: 101 }, undefined],
    ['its secret', { secretEndsAt: 100 }, 'revoked'],
    ['its expiry, one millisecond later', { expiresAt: 101 }, undefined],
    ['its expiry', { expiresAt: 100 }, 'expired'],
    ['a revocation before its expiry', { status: 'revoked', expiresAt: 1 }, 'revoked'],
    ['its secret before its expiry', { secretEndsAt: 1, expiresAt: 1 }, 'revoked'],
  ])('is %s', (_name, change, end) => {
    expect(endOfKey({ ...key, ...change }, 100)).toBe(end);
  });
});

describe('scopes', () => {
  it.each(SCOPES)('%s is one, and is had by who has it or *', (scope) => {
    expect(isGrantedScope(scope)).toBe(true);
    expect(hasScope([scope], scope)).toBe(true);
    expect(hasScope(['*'], scope)).toBe(true);
    expect(
      hasScope(
        SCOPES.filter((other) => other !== scope),
        scope,
      ),
    ).toBe(false);
  });
  it('* is granted, anything else is not', () => {
    expect(isGrantedScope('*')).toBe(true);
    expect(['', 'mcp', 'mcp:*', '**'].filter(isGrantedScope)).toEqual([]);
  });
});

describe('a new key', () => {
  it('shows its secret once, and stores its hash', () => {
    const now = Date.parse('2026-11-25T00:00:00Z');
    const power = {
      scopes: ['mcp:invoke'],
      serverIds: ['srv_1'],
      allowedTools: ['a'],
      expiresAt: 5,
    } as const;
    const { secret, stored } = newKey({ id: 'key_1', projectId: 'pr_1', name: 'Key', power, now });
    expect(stored).toEqual({
      ...{ key_id: 'key_1', project_id: 'pr_1', name: 'Key', masked_key: maskKey('ak_', secret) },
      secrets: [{ hash: keyHash(secret), ends_at: null }],
      ...{ status: 'active', scopes: ['mcp:invoke'], mcp_server_ids: ['srv_1'], allowed_tools: ['a'] },
      ...{ expires_at: 5, created_at: '2026-11-25T00:00:00.000Z', revision: 1, settled_revision: 0 },
    });
    expect(JSON.stringify(stored)).not.toContain(secret);
  });
  it('has no limit where none is asked for, and cannot lower the gate', () => {
    const { stored } = newKey({ id: '', projectId: '', name: '', power: FIRST_KEY_POWER, now: 0 });
    expect(stored).toMatchObject({
      scopes: ['*'],
      mcp_server_ids: null,
      allowed_tools: null,
      expires_at: null,
    });
    expect(DEFAULT_SCOPES).toEqual(['mcp:invoke']);
    expect(newSecret().secret).not.toBe(newSecret().secret);
    expect(isWellFormedKey('ak_', newSecret().secret)).toBe(true);
  });
});

describe('names', () => {
  it.each([
    ['Name', 'name'],
    [' name ', 'name'],
    ['ｎａｍｅ', 'name'],
    ['ﬁ', 'fi'],
  ])('%j and %j are one', (one, other) => {
    expect(nameDigest(one)).toBe(nameDigest(other));
    expect(nameDigest(one)).toMatch(/^[0-9a-f]{64}$/);
  });
  it('others are not', () => {
    expect(nameDigest('a b')).not.toBe(nameDigest('ab'));
    expect(nameDigest('straße')).not.toBe(nameDigest('strasse'));
  });
});

describe('an origin', () => {
  it.each([
    'https://a.example',
    'http://a.example:8080',
    'https://a.example:65535',
    'http://127.0.0.1:1',
    'http://[::1]',
    'http://localhost:3000',
    'https://a.example:80',
    'http://a.example:443',
  ])('is %s', (text) => {
    expect(isOrigin(text)).toBe(true);
  });
  it.each([
    '',
    'null',
    'https://a.example/',
    'https://a.example:443',
    'http://a.example:80',
    'https://a.example:65536',
    'https://a.example:0',
    'https://*.example',
    'https://A.example',
    'ftp://a.example',
    'https://user@a.example',
    'https://a.example https://b.example',
    'http://256.0.0.1',
    'https://a..example',
  ])('is not %j', (text) => {
    expect(isOrigin(text)).toBe(false);
  });
});

describe('an error of the management plane', () => {
  it.each(Object.keys(API_ERRORS) as ApiErrorName[])(
    '%s has a message of its own, or the one it is given',
    (kind) => {
      expect(new ApiError(kind)).toMatchObject({
        name: 'ApiError',
        kind,
        message: API_ERRORS[kind].message,
        details: {},
      });
      expect(new ApiError(kind, { message: 'Other' }).message).toBe('Other');
    },
  );
});

it('a deadline is that of one command, unless another is given', async () => {
  const { abortSignal } = withinDeadline(1);
  expect(abortSignal.aborted).toBe(false);
  await new Promise((resolve) => abortSignal.addEventListener('abort', resolve));
  expect(withinDeadline().abortSignal.aborted).toBe(false);
});

it('a route is one of the table, not what every object has', () => {
  expect(isApiRoute('GET /api/v3/org/project/config')).toBe(true);
  expect(isApiRoute('toString')).toBe(false);
});

it('a refusal is written as the wire contract writes it', () => {
  expect(refusalBody('API key has expired')).toBe('{"error": "API key has expired"}');
});

it('the settings are those of the wire contract', () => {
  expect(SETTINGS).toEqual([
    'require_mcp_api_key',
    'is_2FA_enabled',
    'mask_secret_keys_in_connected_account',
    'log_visibility_setting',
    'display_name',
    'logo_url',
  ]);
});

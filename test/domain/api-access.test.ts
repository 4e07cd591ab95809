import { describe, expect, it } from '@jest/globals';
import type { CredentialFact } from '../../functions/domain/access.ts';
import { decideApiAccess } from '../../functions/domain/api-access.ts';
import type { ApiKey } from '../../functions/domain/principal.ts';

const NOW = 1_800_000_000_000;
const key: ApiKey = {
  id: 'key_1',
  projectId: 'pr_1',
  name: 'CI',
  status: 'active',
  scopes: [],
  serverIds: null,
  allowedTools: null,
  expiresAt: null,
  secretEndsAt: null,
};
const found = (change: Partial<ApiKey>): CredentialFact => ({ kind: 'found', key: { ...key, ...change } });

type Row = [name: string, credential: CredentialFact, projectExists: boolean, error: string | undefined];

const TABLE: Row[] = [
  ['no key', { kind: 'none' }, false, 'no_credential'],
  ['two different keys', { kind: 'conflicting' }, false, 'conflicting_credentials'],
  ['a malformed key', { kind: 'malformed' }, false, 'invalid_key'],
  ['an unknown key', { kind: 'unknown' }, false, 'invalid_key'],
  ['a revoked key', found({ status: 'revoked' }), true, 'invalid_key'],
  ['a revoked and expired key', found({ status: 'revoked', expiresAt: NOW }), true, 'invalid_key'],
  ['a key of a project that is gone', found({}), false, 'invalid_key'],
  ['an expired key of a project that is gone', found({ expiresAt: NOW }), false, 'invalid_key'],
  ['a key at the moment it expires', found({ expiresAt: NOW }), true, 'expired_key'],
  ['a key before it expires', found({ expiresAt: NOW + 1 }), true, undefined],
  ['a valid key', found({}), true, undefined],
];

describe('who may speak to the management plane', () => {
  it.each(TABLE)('%s', (_name, credential, projectExists, error) => {
    const decision = decideApiAccess({ now: NOW, credential, projectExists });
    expect(decision).toEqual(
      error === undefined
        ? { kind: 'forward', key: credential.kind === 'found' && credential.key }
        : { kind: 'refuse', error },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import {
  type AccessDecision,
  type AccessFacts,
  type CredentialFact,
  decideAccess,
} from '../../functions/domain/access.ts';
import type { ApiKey } from '../../functions/domain/principal.ts';
import type { CredentialFinding } from '../../functions/domain/refusals.ts';

const NOW = 1_800_000_000_000;
const server = { id: 'srv_1', projectId: 'pr_1', revision: 3, allowedOrigins: ['https://app.example.com'] };
const key: ApiKey = {
  id: 'key_1',
  projectId: 'pr_1',
  name: 'CI',
  status: 'active',
  scopes: ['mcp:invoke'],
  serverIds: null,
  allowedTools: null,
  expiresAt: null,
  secretEndsAt: null,
};
const found = (change: Partial<ApiKey>): CredentialFact => ({ kind: 'found', key: { ...key, ...change } });

const project = { id: 'pr_1', requireMcpApiKey: true, storesData: true };
const attributed: AccessDecision = {
  kind: 'forward',
  project,
  server,
  principal: { kind: 'key', keyId: 'key_1' },
  allowedTools: null,
  credential: 'valid',
  presentedKeyId: null,
};
type Row = [name: string, credential: CredentialFact, finding: CredentialFinding, why: string];

/** Every state of the credential, and what the gate finds of it. */
const TABLE: Row[] = [
  ['no key', { kind: 'none' }, 'no_key', 'opt-in: without the gate nothing is asked'],
  ['a key with every scope', found({ scopes: ['*'] }), 'valid', '* stands for mcp:invoke too'],
  ['a key for this server', found({ serverIds: ['srv_0', 'srv_1'] }), 'valid', 'the list names it'],
  ['a key before it expires', found({ expiresAt: NOW + 1 }), 'valid', 'the last millisecond counts'],
  ['two different keys', { kind: 'conflicting' }, 'conflicting', 'we never choose for the caller'],
  ['a malformed key', { kind: 'malformed' }, 'malformed', 'needs no look-up'],
  ['an unknown key', { kind: 'unknown' }, 'unknown', 'no item with its hash'],
  ["another project's key", found({ projectId: 'pr_2' }), 'other_project', 'the core of the gate'],
  [
    "another project's revoked key",
    found({ projectId: 'pr_2', status: 'revoked' }),
    'other_project',
    'nothing about a foreign key may show',
  ],
  [
    "another project's expired key",
    found({ projectId: 'pr_2', expiresAt: NOW - 1 }),
    'other_project',
    'the text of expired would tell that it exists',
  ],
  ['a revoked key', found({ status: 'revoked' }), 'revoked', 'revocation is final'],
  [
    'a revoked and expired key',
    found({ status: 'revoked', expiresAt: NOW - 1 }),
    'revoked',
    'revoked comes before expired',
  ],
  [
    'a key at the moment it expires',
    found({ expiresAt: NOW }),
    'expired',
    'expires_at is the first moment it no longer works',
  ],
  [
    'an expired key without the scope',
    found({ expiresAt: NOW, scopes: [] }),
    'expired',
    'expired comes before scope',
  ],
  [
    'a key without mcp:invoke',
    found({ scopes: ['config:read'] }),
    'out_of_scope',
    'a management key is no client key',
  ],
  ['a key without any scope', found({ scopes: [] }), 'out_of_scope', 'an empty list grants nothing'],
  ['a key for other servers', found({ serverIds: ['srv_2'] }), 'out_of_scope', 'narrowed to a server'],
  ['a key for no server', found({ serverIds: [] }), 'out_of_scope', 'an empty list names nothing'],
];

const facts = (change: Partial<AccessFacts>): AccessFacts => ({
  now: NOW,
  origins: [],
  gatewayOrigins: [],
  project,
  server,
  credential: { kind: 'none' },
  ...change,
});
const lowered = { ...project, requireMcpApiKey: false };

/** The key of this project that a credential is. */
const ownKey = (credential: CredentialFact) =>
  credential.kind === 'found' && credential.key.projectId === 'pr_1' ? 'key_1' : null;

describe('the gate is up', () => {
  it.each(TABLE)('%s', (_name, credential, finding) => {
    const found = { project, server, credential: finding, presentedKeyId: ownKey(credential) };
    const refused =
      finding === 'out_of_scope'
        ? { ...found, kind: 'out_of_scope' }
        : { ...found, kind: 'refuse', reason: finding };
    expect(decideAccess(facts({ credential }))).toEqual(finding === 'valid' ? attributed : refused);
  });
});

describe('the gate is down', () => {
  it.each(TABLE)('%s passes, and what the gate would say is known', (_name, credential, finding) => {
    expect(decideAccess(facts({ project: lowered, credential }))).toEqual(
      finding === 'valid'
        ? { ...attributed, project: lowered }
        : {
            kind: 'forward',
            project: lowered,
            server,
            principal: { kind: 'anonymous' },
            allowedTools: null,
            credential: finding,
            presentedKeyId: ownKey(credential),
          },
    );
  });
});

describe.each([true, false])('whatever the gate says (up: %s)', (requireMcpApiKey) => {
  const project = { id: 'pr_1', requireMcpApiKey, storesData: true };

  it.each(TABLE)('an address without a server is not found, with %s', (_name, credential) => {
    expect(decideAccess(facts({ project, server: undefined, credential }))).toEqual({ kind: 'not_found' });
  });

  it('an address without a project is not found: a missing config is never the defaults', () => {
    expect(decideAccess(facts({ project: undefined, credential: found({}) }))).toEqual({ kind: 'not_found' });
  });

  it("a server of another project is not found under this project's address", () => {
    const foreign = { ...server, projectId: 'pr_2' };
    expect(decideAccess(facts({ project, server: foreign, credential: found({}) }))).toEqual({
      kind: 'not_found',
    });
  });

  it.each(TABLE)(
    'a foreign origin is refused whatever the credential is, and that is known, with %s',
    (_name, credential, finding) => {
      expect(decideAccess(facts({ project, origins: ['https://evil.example'], credential }))).toEqual({
        kind: 'foreign_origin',
        project,
        server,
        credential: finding,
        presentedKeyId: ownKey(credential),
      });
    },
  );

  it('one foreign origin among allowed ones is enough', () => {
    const origins = ['https://app.example.com', 'null'];
    expect(decideAccess(facts({ project, origins, credential: found({}) }))).toMatchObject({
      kind: 'foreign_origin',
    });
  });

  it('an allowed origin passes', () => {
    const origins = ['https://app.example.com'];
    expect(decideAccess(facts({ project, origins, credential: found({}) }))).toEqual({
      ...attributed,
      project,
    });
  });

  it('an origin that the whole gateway allows passes, beside those of the server', () => {
    const gatewayOrigins = ['https://console.example.com'];
    const origins = ['https://console.example.com', 'https://app.example.com'];
    expect(decideAccess(facts({ project, gatewayOrigins, origins, credential: found({}) }))).toEqual({
      ...attributed,
      project,
    });
    expect(
      decideAccess(facts({ project, gatewayOrigins, origins: ['https://console.example.com.evil.example'] })),
    ).toMatchObject({ kind: 'foreign_origin' });
  });

  it('an unknown address is not found, even from a foreign origin', () => {
    expect(decideAccess(facts({ project, server: undefined, origins: ['https://evil.example'] }))).toEqual({
      kind: 'not_found',
    });
  });
});

describe("a key's list of tools", () => {
  const credential = found({ allowedTools: ['echo'] });

  it('holds while the gate is up', () => {
    expect(decideAccess(facts({ credential }))).toEqual({ ...attributed, allowedTools: ['echo'] });
  });

  it('is not enforced while the gate is down', () => {
    expect(decideAccess(facts({ project: lowered, credential }))).toEqual({
      ...attributed,
      project: lowered,
    });
  });
});

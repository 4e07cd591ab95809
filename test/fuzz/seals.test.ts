/** Whatever a client makes up of what we seal and sign for it, and whatever the authorizer's context holds. */
import assert from 'node:assert';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openCursor, signCursor } from '../../functions/domain/cursor.ts';
import {
  apiGrantContext,
  mcpGrantContext,
  readApiGrant,
  readMcpGrant,
} from '../../functions/domain/grant.ts';
import { openSession, sealSession } from '../../functions/domain/session-seal.ts';
import { anyText, cases } from './cases.ts';

const KEYS = [1, 2].map((version) => ({ version, key: new Uint8Array(32).fill(version) }));
const [KEY = { version: 1, key: new Uint8Array(32) }] = KEYS;
const LIST = { owner: 'pr_AAAAAAAAAAAAAAAA', list: 'logs {"tool":"echo"}' };
const CALLER = { projectId: 'pr_AAAAAAAAAAAAAAAA', serverId: 'srv_1', principal: 'key_1' };

/** Of a text that is in base64url: bytes of it changed, cut off or put in, or other characters. */
function forged(genuine: string): fc.Arbitrary<string> {
  const bytes = Buffer.from(genuine, 'base64url');
  const change = fc.tuple(fc.nat({ max: bytes.length }), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 3 }));
  return fc.oneof(
    change.map(([at, cut, more]) =>
      Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at + cut)]).toString('base64url'),
    ),
    fc
      .tuple(fc.nat({ max: genuine.length }), anyText(3))
      .map(([at, more]) => genuine.slice(0, at) + more + genuine.slice(at + 1)),
    fc.uint8Array({ maxLength: 80 }).map((made) => Buffer.from([1, ...made]).toString('base64url')),
  );
}

describe('what is made up', () => {
  it(`is no cursor and no session, in ${cases('seals').numRuns} tries`, () => {
    const cursor = signCursor(KEY, 'log_1', LIST);
    const session = sealSession(KEY, 'upstream-session', CALLER);
    fc.assert(
      fc.property(forged(cursor), forged(session), (place, sealed) => {
        // Base64 can write the same bytes in more ways than one: a cursor may, and says the same then.
        if (!Buffer.from(place, 'base64url').equals(Buffer.from(cursor, 'base64url')))
          assert.equal(openCursor(KEYS, place, LIST), undefined);
        if (sealed !== session) assert.equal(openSession(KEYS, sealed, CALLER), undefined);
        assert.equal(openCursor(KEYS, cursor, { ...LIST, list: place }), undefined);
        assert.equal(openSession(KEYS, session, { ...CALLER, principal: sealed }), undefined);
      }),
      cases('seals'),
    );
  });
});

describe('a context that is not whole', () => {
  const forward = mcpGrantContext({
    outcome: 'forward',
    slug: 'mcp_1',
    projectId: 'pr_1',
    serverId: 'srv_1',
    serverRevision: 3,
    principal: { kind: 'key', keyId: 'key_1' },
    allowedTools: ['echo'],
    credential: 'valid',
    presented: null,
    presentedKeyId: null,
    storesData: true,
  });
  const project = apiGrantContext({
    outcome: 'project',
    projectId: 'pr_1',
    keyId: 'key_1',
    keyName: 'Caller',
    scopes: ['config:read'],
    serverIds: ['srv_1'],
    secretEndsAt: 5,
  });

  it(`grants nothing more than it says, in ${cases('grants').numRuns} tries`, () => {
    const value = fc.oneof(
      anyText(8),
      fc.constantFrom<unknown>('', null, true, 0, [], {}, '*', 'null', '[]', 'true', undefined),
    );
    const name = fc.constantFrom(...new Set([...Object.keys(forward), ...Object.keys(project), '__proto__']));
    let granted = 0;
    fc.assert(
      fc.property(fc.constantFrom(forward, project), name, value, (context, changed, to) => {
        const given = Object.fromEntries([...Object.entries(context), [changed, to]]);
        const [mcp, api] = [readMcpGrant(given), readApiGrant(given)];
        if (mcp !== undefined || api !== undefined) granted++;
        if (mcp?.outcome === 'forward') {
          assert.equal(typeof mcp.serverId, 'string');
          assert(mcp.serverRevision > 0);
          // A list of tools that cannot be read is none that allows everything.
          if (given.allowedTools !== undefined) assert(Array.isArray(mcp.allowedTools));
          assert.equal(mcp.principal.kind === 'key', mcp.credential === 'valid');
        }
        if (api?.outcome === 'project') {
          assert(!api.scopes.includes('*') || String(given.scopes).split(' ').includes('*'));
          if (given.serverIds !== undefined) assert(Array.isArray(api.serverIds));
          if (given.secretEndsAt !== undefined) assert(Number.isSafeInteger(api.secretEndsAt));
        }
      }),
      cases('grants'),
    );
    expect(granted).toBeGreaterThan(0);
  });
});

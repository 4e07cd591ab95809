import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  openSession,
  type SessionBinding,
  sealedVersion,
  sealSession,
  type VersionedKey,
} from '../../functions/domain/session-seal.ts';

const keyOf = (version: number, fill: number): VersionedKey => ({
  version,
  key: new Uint8Array(32).fill(fill),
});
const key = keyOf(1, 7);
const binding: SessionBinding = { projectId: 'pr_a', serverId: 'srv_a', principal: 'key_a' };
const SESSION = '4f8b7c1e-1b7e-4f7e-9a51-7a8d2f6f0c11';

const GOLDEN = 'ATfnbOrOlM4Elw9esxH0U3ehW08VLKtos7GhXzsLsytIG7jN1ucRP4SEmXXrj6xbktPXxBF2sO0waMiXSbVu8ic';

const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const sessionId = fc.string({ unit: visible, maxLength: 1_000 });
const id = fc.string({ maxLength: 30 });
const bindings = fc.record({ projectId: id, serverId: id, principal: id });
const keys = fc.record({
  version: fc.integer({ min: 1, max: 255 }),
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

describe('a sealed session', () => {
  it('opens for its binding, whatever visible ASCII it is', () => {
    fc.assert(
      fc.property(keys, sessionId, bindings, (anyKey, session, anyBinding) => {
        const sealed = sealSession(anyKey, session, anyBinding);
        expect(openSession([anyKey], sealed, anyBinding)).toBe(session);
      }),
    );
  });

  it('has one name: the same input gives the same text', () => {
    fc.assert(
      fc.property(keys, sessionId, bindings, (anyKey, session, anyBinding) => {
        const again = { version: anyKey.version, key: Uint8Array.from(anyKey.key) };
        expect(sealSession(again, session, { ...anyBinding })).toBe(sealSession(anyKey, session, anyBinding));
      }),
    );
  });

  it('can stand in a header: letters, digits, - and _, of a length that its id sets', () => {
    fc.assert(
      fc.property(sessionId, (session) => {
        const sealed = sealSession(key, session, binding);
        expect(sealed).toMatch(/^[0-9A-Za-z_-]+$/);
        expect(sealed).toHaveLength(Math.ceil(((29 + session.length) * 4) / 3));
      }),
    );
  });

  it('keeps its form, so that sessions survive a new version of the gateway', () => {
    expect(sealSession(key, SESSION, binding)).toBe(GOLDEN);
    expect(openSession([key], GOLDEN, binding)).toBe(SESSION);
  });

  it('opens for no other binding', () => {
    fc.assert(
      fc.property(sessionId, bindings, bindings, (session, own, other) => {
        fc.pre(JSON.stringify(own) !== JSON.stringify(other));
        expect(openSession([key], sealSession(key, session, own), other)).toBeUndefined();
      }),
    );
  });

  it.each([
    ['another key', { principal: 'key_b' }],
    ['nobody’s key', { principal: 'anonymous' }],
    ['another server', { serverId: 'srv_b' }],
    ['another project', { projectId: 'pr_b' }],
    ['ids that are cut elsewhere', { projectId: 'pr_asrv_', serverId: 'a' }],
  ])('opens for no %s', (_name, change) => {
    const sealed = sealSession(key, SESSION, binding);
    expect(openSession([key], sealed, { ...binding, ...change })).toBeUndefined();
  });

  it('has no bit that may be changed', () => {
    const bytes = Buffer.from(sealSession(key, SESSION, binding), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      for (const accepted of [[key], [key, keyOf(bytes.readUInt8(0) ^ 1, 7)]]) {
        expect(openSession(accepted, changed.toString('base64url'), binding)).toBeUndefined();
      }
    }
  });

  it('has no character that may be changed, added or left out, those of its padding included', () => {
    for (const session of ['', 'a', 'ab', 'abc', SESSION]) {
      const sealed = sealSession(key, session, binding);
      for (let at = 0; at <= sealed.length; at++) {
        for (const character of [
          'A',
          'B',
          'g',
          'w',
          '-',
          '_',
          '=',
          '+',
          '/',
          '.',
          ' ',
          '\n',
          'é',
          '\u0000',
        ]) {
          const added = sealed.slice(0, at) + character + sealed.slice(at);
          const replaced = sealed.slice(0, at) + character + sealed.slice(at + 1);
          expect(openSession([key], added, binding)).toBeUndefined();
          if (replaced !== sealed) expect(openSession([key], replaced, binding)).toBeUndefined();
        }
        expect(openSession([key], sealed.slice(0, at), binding)).toBe(
          at === sealed.length ? session : undefined,
        );
      }
    }
  });

  it('is nothing that can be made up', () => {
    const madeUp = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.base64String({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from([1, ...bytes]).toString('base64url')),
      fc.uuid(),
    );
    fc.assert(
      fc.property(madeUp, (text) => expect(openSession([key], text, binding)).toBeUndefined()),
      { numRuns: 2_000 },
    );
  });

  it('of two ids shares nothing but the version: an IV comes twice only for the same text', () => {
    fc.assert(
      fc.property(sessionId, sessionId, (one, other) => {
        fc.pre(one !== other);
        const iv = (session: string) => sealSession(key, session, binding).slice(2, 16);
        expect(iv(one)).not.toBe(iv(other));
      }),
    );
  });
});

describe('keys of more than one version', () => {
  const next = keyOf(2, 9);
  const sealed = sealSession(key, SESSION, binding);

  it('each open what they have sealed', () => {
    expect(openSession([next, key], sealed, binding)).toBe(SESSION);
    expect(openSession([next, key], sealSession(next, SESSION, binding), binding)).toBe(SESSION);
  });

  it('open nothing of a version that is no longer, or not yet, among them', () => {
    expect(openSession([next], sealed, binding)).toBeUndefined();
    expect(openSession([], sealed, binding)).toBeUndefined();
    expect(openSession([keyOf(1, 9)], sealed, binding)).toBeUndefined();
  });

  it('are told apart by what is sealed, before it is opened', () => {
    expect(sealedVersion(sealed)).toBe(1);
    expect(sealedVersion(sealSession(keyOf(255, 9), '', binding))).toBe(255);
  });

  it.each(['', 'a', SESSION, 'a b', `${GOLDEN}=`, 'é'.repeat(60), 'A'.repeat(38)])(
    'are named by nothing else: %j',
    (text) => expect(sealedVersion(text)).toBeUndefined(),
  );
});

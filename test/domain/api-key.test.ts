import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  generateKey,
  isWellFormedKey,
  keyHash,
  maskKey,
  sameDigest,
} from '../../functions/domain/api-key.ts';
import { newProjectId } from '../../functions/domain/ids.ts';
import { newSlug, projectIdOfSlug } from '../../functions/domain/mcp-server.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('an API key', () => {
  it('is its prefix, 30 random base62 characters and their CRC-32 as zlib computes it, in 6 base62 digits', () => {
    for (let round = 0; round < 200; round++) {
      const key = generateKey('ak_');
      expect(key).toMatch(/^ak_[0-9A-Za-z]{36}$/);
      const digits = [...key.slice(-6)].reduce((sum, digit) => sum * 62 + BASE62.indexOf(digit), 0);
      expect(digits).toBe(crc32(key.slice(3, 33)));
      expect(isWellFormedKey('ak_', key)).toBe(true);
    }
  });

  it('never repeats', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => generateKey('oak_'))).size).toBe(1_000);
  });

  it('is malformed after any change of one character', () => {
    const key = generateKey('ak_');
    fc.assert(
      fc.property(fc.nat(key.length - 1), fc.constantFrom(...BASE62, '_', '-', ' '), (at, character) => {
        fc.pre(key[at] !== character);
        expect(isWellFormedKey('ak_', key.slice(0, at) + character + key.slice(at + 1))).toBe(false);
      }),
    );
  });

  it('is malformed whatever else it is', () => {
    fc.assert(fc.property(fc.string(), (value) => !isWellFormedKey('ak_', value)));
    fc.assert(
      fc.property(
        fc.string({ minLength: 36, maxLength: 36 }),
        (value) => !isWellFormedKey('ak_', `ak_${value}`),
      ),
    );
  });

  it('is stored as its SHA-256', () => {
    const key = generateKey('ak_');
    expect(keyHash(key)).toBe(createHash('sha256').update(key).digest('hex'));
  });

  it('shows its last four characters only', () => {
    const key = generateKey('ak_');
    expect(maskKey('ak_', key)).toBe(`ak_**${key.slice(-4)}`);
  });

  it.each([
    'short',
    'p@ssw0rd with spaces that is long enough',
    '',
    `!${'a'.repeat(20)}`,
    `${'a'.repeat(20)}!`,
  ])('shows nothing of what is no key: %j', (value) => {
    expect(maskKey('ak_', value)).toBe('ak_**');
  });
});

describe('the comparison of digests', () => {
  const digest = keyHash('one');

  it('accepts the same digest', () => expect(sameDigest(digest, keyHash('one'))).toBe(true));
  it('rejects another', () => expect(sameDigest(digest, keyHash('two'))).toBe(false));
  it('rejects a part', () => expect(sameDigest(digest, digest.slice(0, 62))).toBe(false));
  it('rejects two empty ones: an absent digest equals nothing', () => expect(sameDigest('', '')).toBe(false));
});

describe('the address of a server', () => {
  it('carries its project and at least 128 random bits', () => {
    const projectId = newProjectId();
    const slugs = new Set(Array.from({ length: 1_000 }, () => newSlug(projectId)));
    expect(slugs.size).toBe(1_000);
    for (const slug of slugs) {
      expect(projectIdOfSlug(slug)).toBe(projectId);
      const secret = slug.slice('mcp_'.length + 16);
      expect(Math.log2(62) * secret.length).toBeGreaterThanOrEqual(128);
    }
  });

  it.each([
    '',
    'health',
    'mcp_',
    `mcp_${'a'.repeat(37)}`,
    `mcp_${'a'.repeat(39)}`,
    `mcp_${'a'.repeat(37)}/`,
    `MCP_${'a'.repeat(38)}`,
  ])('%j is none', (slug) => expect(projectIdOfSlug(slug)).toBeUndefined());
});

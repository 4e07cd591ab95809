import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openCursor, signCursor } from '../../functions/domain/cursor.ts';

const key = { version: 1, key: new Uint8Array(32).fill(7) };
const other = { version: 2, key: new Uint8Array(32).fill(8) };
const binding = { owner: 'pr_0123456789abcdef', list: 'api_keys' };
const PLACE = 'key_0mwv8ltg1OVWfRHMv4W8qwd';

/** A place is the sort key of a row: any text that is not empty. */
const places = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' });
const texts = fc.string({ maxLength: 30, unit: 'binary' });
const bindings = fc.record({ owner: texts, list: texts });
const keys = fc.record({
  version: fc.integer({ min: 1, max: 255 }),
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

describe('a cursor', () => {
  it('is opened by the key that signed it, for its list', () => {
    fc.assert(
      fc.property(keys, places, bindings, (by, place, list) => {
        expect(openCursor([by], signCursor(by, place, list), list)).toBe(place);
      }),
    );
  });

  it('needs no escaping in a query, and is the same for the same place', () => {
    fc.assert(
      fc.property(keys, places, bindings, (by, place, list) => {
        const cursor = signCursor(by, place, list);
        expect(cursor).toMatch(/^[0-9A-Za-z_-]+$/);
        expect(signCursor(by, place, list)).toBe(cursor);
      }),
    );
  });

  it('is opened by whichever of the accepted keys has its version', () => {
    const cursor = signCursor(other, PLACE, binding);
    expect(openCursor([key, other], cursor, binding)).toBe(PLACE);
    expect(openCursor([other, key], cursor, binding)).toBe(PLACE);
  });

  it('is not opened when its key is accepted no more', () => {
    expect(openCursor([key], signCursor(other, PLACE, binding), binding)).toBeUndefined();
    expect(openCursor([], signCursor(key, PLACE, binding), binding)).toBeUndefined();
  });

  it('is not opened by another key of the same version', () => {
    const impostor = { version: key.version, key: other.key };
    expect(openCursor([impostor], signCursor(key, PLACE, binding), binding)).toBeUndefined();
  });

  it('is not opened by the same key under another version', () => {
    const renamed = { version: 9, key: key.key };
    const bytes = Buffer.from(signCursor(key, PLACE, binding), 'base64url');
    bytes[0] = renamed.version;
    expect(openCursor([renamed], bytes.toString('base64url'), binding)).toBeUndefined();
  });

  it.each([
    ['another project', { ...binding, owner: 'pr_0123456789abcdeF' }],
    ['another list', { ...binding, list: 'servers' }],
    ['another filter of the list', { ...binding, list: 'api_keys active' }],
    ['owner and list changed about', { owner: binding.list, list: binding.owner }],
    ['a character moved from one to the other', { owner: `${binding.owner}a`, list: 'pi_keys' }],
  ])('is not opened for %s', (_name, list) => {
    expect(openCursor([key], signCursor(key, PLACE, binding), list)).toBeUndefined();
  });

  it('is never opened for a list that it was not made for', () => {
    fc.assert(
      fc.property(places, bindings, bindings, (place, made, asked) => {
        fc.pre(made.owner !== asked.owner || made.list !== asked.list);
        expect(openCursor([key], signCursor(key, place, made), asked)).toBeUndefined();
      }),
    );
  });

  it('is not opened with any one bit of it flipped', () => {
    const bytes = Buffer.from(signCursor(key, PLACE, binding), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openCursor([key, other], flipped.toString('base64url'), binding)).toBeUndefined();
    }
  });

  it('is not opened with bytes of it changed, whatever the place', () => {
    fc.assert(
      fc.property(places, fc.nat(), fc.integer({ min: 1, max: 255 }), (place, at, mask) => {
        const bytes = Buffer.from(signCursor(key, place, binding), 'base64url');
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ mask;
        expect(openCursor([key, other], bytes.toString('base64url'), binding)).toBeUndefined();
      }),
    );
  });

  it('of no place is not opened: nobody is given one', () => {
    expect(openCursor([key], signCursor(key, '', binding), binding)).toBeUndefined();
  });

  it('is not opened with bytes of it cut off or added', () => {
    const bytes = Buffer.from(signCursor(key, PLACE, binding), 'base64url');
    for (let length = 0; length < bytes.length; length++) {
      expect(openCursor([key], bytes.subarray(0, length).toString('base64url'), binding)).toBeUndefined();
    }
    for (const more of ['\0', 'a', ' ']) {
      const longer = Buffer.concat([bytes, Buffer.from(more)]);
      expect(openCursor([key], longer.toString('base64url'), binding)).toBeUndefined();
    }
  });

  it('is nothing that anybody can make up, and to try is no fault', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from([1, ...bytes]).toString('base64url')),
        ),
        (cursor) => {
          expect(openCursor([key, other], cursor, binding)).toBeUndefined();
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { printable, toJson } from '../../cli/output.ts';

/** What moves a cursor, rings, hides or turns text around. */
const STEERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b',
      '\u009b',
      '\u0007',
      '\r',
      '\n',
      '\u202e',
      '\u2028',
      '\u200b',
      '\u{e0041}',
      'é',
      '🏰',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe('what others have written', () => {
  it('is printed without anything that steers a terminal, and as long as it was', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(printable(text)).not.toMatch(STEERS);
        expect([...printable(text)]).toHaveLength([...text].length);
      }),
    );
    expect(printable('Zürich 東京 🏰')).toBe('Zürich 東京 🏰');
  });

  it('is as JSON the same value, and steers no terminal either', () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, hostile), fc.constantFrom(0, 2), (value, indent) => {
        const json = toJson(value, indent);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(json.replaceAll('\n', '')).not.toMatch(STEERS);
      }),
    );
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { generateKey, maskKey } from '../../../functions/domain/api-key.ts';
import { keysIn, searched } from './printed-keys.ts';

describe('a key that was printed', () => {
  const key = generateKey('ak_');
  const organizationKey = generateKey('oak_');

  it.each([
    ['in a header', `x-api-key: ${key}`],
    ['in JSON', `{"key":"${key}"}`],
    ['in a sentence', `Bearer ${key}, and more`],
    ['beside another', `${key}${key}`],
    ['in a word', `x${key}y`],
    ['in colour', `\u001b[31m${key}\u001b[0m`],
  ])('is found %s, and not printed again', (_where, text) => {
    expect(keysIn(text)).toContain(maskKey('ak_', key));
    expect(keysIn(text).join()).not.toContain(key.slice(3, 30));
  });

  it('is found once in the files of a folder, that of the organization too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-printed-'));
    try {
      writeFileSync(join(folder, 'a.log'), `one\n${key}\n`);
      writeFileSync(join(folder, 'b.log'), organizationKey);
      expect(searched(folder)).toEqual({
        lines: 4,
        found: [`a.log: ${maskKey('ak_', key)}`, `b.log: ${maskKey('oak_', organizationKey)}`],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['an example', 'ak_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE1'],
    ['a wrong checksum', `ak_${'0'.repeat(36)}`],
    ['a masked key', maskKey('ak_', key)],
    ['a part of a key', key.slice(0, -1)],
  ])('is not what looks like one: %s', (_name, text) => expect(keysIn(text)).toEqual([]));
});

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
    `x-api-key: ${key}`,
    `{"key":"${key}"}`,
    `Bearer ${key}, and more`,
    `${key}${key}`,
    `x${key}y`,
    `\u001b[31m${key}\u001b[0m`,
  ])('is found, wherever it stands, and not printed again', (text) => {
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
    'ak_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE1',
    `ak_${'0'.repeat(36)}`,
    maskKey('ak_', key),
    key.slice(0, -1),
  ])('is not what looks like one: %j', (text) => expect(keysIn(text)).toEqual([]));
});

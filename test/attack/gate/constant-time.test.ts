import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { sameDigest } from '../../../functions/domain/api-key.ts';

const FUNCTIONS = fileURLToPath(new URL('../../../functions', import.meta.url));
/** `key_hash === keyHash`, but not `key_hash === undefined`. */
const PLAIN_COMPARISON =
  /\b\w*(?:hash|digest|secret|hmac|\bmac)\w*\)? *[!=]==? *(?!undefined\b|null\b|')\w|\w *[!=]==? *[\w.]*(?:hash|digest|secret|hmac|\bmac)\b/i;
/** Where nobody learns what is not his own: a body that came twice with its key, and what an owner has replaced. */
const NOT_SECRET = ['known.body_digest !== body_digest', 'was?.secret !== is?.secret'];

describe('what a secret is compared by', () => {
  it('takes as long wherever a digest differs: nothing but timingSafeEqual looks at it', () => {
    expect(sameDigest.toString()).toMatch(/return .*timingSafeEqual\(left, right\)/s);
    const found = globSync('**/*.ts', { cwd: FUNCTIONS }).flatMap((file) =>
      readFileSync(join(FUNCTIONS, file), 'utf8')
        .split('\n')
        .filter((line) => line.search(PLAIN_COMPARISON) !== -1)
        .filter((line) => !NOT_SECRET.some((known) => line.includes(known)))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });

  it.each(['if (stored.key_hash === keyHash)', 'return hash == other;', 'a.mac !== expected'])(
    'is told where it is not: %s',
    (line) => {
      expect(line).toMatch(PLAIN_COMPARISON);
    },
  );
});

/**
 * Fails when a key stands in the files of a folder: `node test/attack/input/printed-keys.ts FOLDER`. `.ci/run` keeps there what
 * each of its parts has printed; those of each gateway that `test/support/gateway.ts` stops are searched, too. A key is told by its
 * checksum, so a documented example (`ak_EXAMPLE…`) is none.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isWellFormedKey, maskKey } from '../../../functions/domain/api-key.ts';

const FORMS = [
  ['ak_', /(?<!o)ak_[0-9A-Za-z]{36}/g],
  ['oak_', /oak_[0-9A-Za-z]{36}/g],
] as const;

/** @returns the keys in a text, masked */
export const keysIn = (text: string): string[] =>
  FORMS.flatMap(([prefix, form]) =>
    (text.match(form) ?? []).filter((key) => isWellFormedKey(prefix, key)).map((key) => maskKey(prefix, key)),
  );

/** @returns how many lines the files of a folder have, and where a key stands in them */
export function searched(folder: string): { lines: number; found: string[] } {
  let lines = 0;
  const found: string[] = [];
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      lines++;
      found.push(...keysIn(line).map((key) => `${name}: ${key}`));
    }
  }
  return { lines, found };
}

const [, script = '', folder] = process.argv;
if (script.endsWith('printed-keys.ts') && folder !== undefined) {
  const { lines, found } = searched(folder);
  console.log([...new Set(found), `${found.length} keys in ${lines} printed lines`].join('\n'));
  process.exitCode = found.length === 0 ? 0 : 1;
}

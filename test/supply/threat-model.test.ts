import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8');
const rows = page.match(/^\| [STRIDE] \|.*$/gm) ?? [];

/** `file` › title; › another title of it */
const named = [...page.matchAll(/`([\w/-]+\.test\.ts)` › ([^`|]+?)(?=;? `| \||\)\.)/g)].flatMap(
  ([, file = '', titles = '']) => titles.split('; › ').map((title) => [file, title.trim()] as const),
);

it('the threat model has threats of every kind, each with a test', () => {
  expect([...new Set(rows.map((row) => row[2]))].toSorted()).toEqual([...'DEIRST']);
  expect(rows.filter((row) => !row.includes('.test.ts` › '))).toEqual([]);
  expect(named.length).toBeGreaterThan(rows.length);
});

it.each(named)('%s has the test: %s', (file, title) => {
  const path = join(ROOT, 'test', file);
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toContain(title);
});

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const filesWith = (form: RegExp, files: string) =>
  globSync(files, { cwd: ROOT }).filter((file) => form.test(readFileSync(`${ROOT}/${file}`, 'utf8')));

describe('what others have written', () => {
  it('reaches the dashboard as text alone: nothing of it is made markup or code', () => {
    const sink =
      /dangerouslySetInnerHTML|\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc/i;
    expect(globSync('dashboard/**/*.tsx', { cwd: ROOT }).length).toBeGreaterThan(50);
    expect(filesWith(sink, 'dashboard/**/*.{ts,tsx}')).toEqual([]);
    expect(sink.test('<p dangerouslySetInnerHTML={{ __html: name }} />')).toBe(true);
  });

  it('is inflated by nobody: a bomb that a server sends passes as the bytes that it is', () => {
    expect(
      filesWith(/node:zlib|DecompressionStream/, 'functions/{mcp.ts,{upstream,records,domain}/*.ts}'),
    ).toEqual([]);
  });
});

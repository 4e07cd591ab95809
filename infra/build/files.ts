import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT } from './build.ts';

export interface BuiltFile {
  readonly path: string;
  readonly contents: Uint8Array;
}

/**
 * Makes the folder hold these files alone: a chunk of an earlier build would become part of what is deployed or published.
 * What is there already is not touched and a new file appears whole, so that two builds may run at the same time.
 */
export function replaceFiles(folder: string, files: readonly BuiltFile[]): void {
  mkdirSync(folder, { recursive: true });
  const names = new Set(files.map(({ path }) => basename(path)));
  const present = new Set(readdirSync(folder));
  for (const name of present) {
    if (!names.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const { path, contents } of files) {
    if (present.has(basename(path)) && readFileSync(path).equals(contents)) continue;
    const draft = `${folder}.${process.pid}.draft`;
    writeFileSync(draft, contents);
    renameSync(draft, path);
  }
}

/**
 * @param patterns of files, from the root of the repository
 * @returns a hash of them all, and of the Node that reads them: what was built of the same is the same
 */
export function hashOfFiles(patterns: readonly string[]): string {
  const hash = createHash('sha256').update(process.version);
  for (const path of globSync(patterns, { cwd: ROOT }).toSorted()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

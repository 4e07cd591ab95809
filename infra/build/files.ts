import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

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

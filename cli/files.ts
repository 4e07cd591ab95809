import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

/** More links than that are a ring. */
const MAX_LINKS = 40;

/** @returns the file that a path leads to through all its links, whether it is there or not */
function linkedFile(path: string): string {
  let file = resolve(path);
  for (let n = 0; lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink(); n++) {
    if (n === MAX_LINKS) throw new Error('Its links lead in a ring');
    file = resolve(dirname(file), readlinkSync(file));
  }
  return file;
}

/**
 * Writes a file so that a reader finds the old or the new content, never a part. A link stays one: what it leads to is written.
 * The file stays its owner's.
 * @param mode such as `0o600`
 * @throws Error of the file system; the file is then as it was
 */
export function writeWhole(path: string, content: string, mode: number): void {
  const file = linkedFile(path);
  const draft = `${file}.${process.pid}.draft`;
  const before = statSync(file, { throwIfNoEntry: false });
  try {
    const descriptor = openSync(draft, 'wx', mode);
    try {
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    chmodSync(draft, mode); // Whatever the umask says.
    if (before !== undefined && before.uid !== process.getuid?.()) chownSync(draft, before.uid, before.gid);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

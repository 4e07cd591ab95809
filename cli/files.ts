import { chmodSync, existsSync, realpathSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Writes a file so that a reader finds the old or the new content, never a part. A link stays one: what it leads to is written.
 * @param mode such as `0o600`
 */
export function writeWhole(path: string, content: string, mode: number): void {
  const file = existsSync(path) ? realpathSync(path) : path;
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, content, { mode, flag: 'wx' });
  chmodSync(draft, mode); // Whatever the umask says.
  renameSync(draft, file);
}

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** The folders that clients let their users move, by the variables that say where to. */
const MOVABLE = [
  ['~/.codex/', 'CODEX_HOME'],
  ['~/.claude.json', 'CLAUDE_CONFIG_DIR'],
  ['~/.config/', 'XDG_CONFIG_HOME'],
] as const;

/**
 * @param files as a configuration names them: below `~` or `%APPDATA%` the user's own, else the project's
 * @param scope `undefined`: the user's own, if the client has such a file
 * @returns the path of the file to write, of this system; of several the one that is there. `undefined`: there is none
 */
export function fileOf(files: readonly string[], scope: 'user' | 'project' | undefined): string | undefined {
  const places = files.map(expanded).filter((place) => place !== undefined);
  const users = places.filter(isAbsolute);
  const user = users.find(existsSync) ?? users.find((place) => existsSync(dirname(place))) ?? users[0];
  const project = places.find((place) => !isAbsolute(place));
  const place = scope === 'project' ? project : scope === 'user' ? user : (user ?? project);
  return place === undefined ? undefined : commented(resolve(place));
}

/** Whether a file is the user's own, and no project's. */
export const isUsers = (files: readonly string[], path: string): boolean =>
  files.some((file) => expanded(file) === path);

/** @returns a path of this system; `undefined`: it is one of another */
function expanded(file: string): string | undefined {
  const { APPDATA } = process.env;
  if (file.startsWith('%APPDATA%')) {
    return APPDATA && join(APPDATA, ...file.replace('%APPDATA%', '').split('\\'));
  }
  if (file.startsWith('~/Library/') && process.platform !== 'darwin') return undefined;
  for (const [folder, variable] of MOVABLE) {
    const moved = process.env[variable];
    if (!moved || !file.startsWith(folder)) continue;
    const name = folder.endsWith('/') ? file.slice(folder.length) : file.slice('~/'.length);
    return join(resolve(moved), name);
  }
  return file.startsWith('~/') ? join(homedir(), file.slice('~/'.length)) : file;
}

/** The same file with comments (`opencode.jsonc`), where its user has that one alone. */
function commented(path: string): string {
  const other = path.replace(/\.json$/, '.jsonc');
  return !existsSync(path) && existsSync(other) ? other : path;
}

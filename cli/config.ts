import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import { EXIT, Exit } from './exit.ts';
import { writeWhole } from './files.ts';

/** What a file of ours holds. */
type Config = Readonly<Record<string, unknown>>;

/** Where the command line keeps what it knows: a folder of its user alone. */
const configFile = (name: string): string =>
  join(process.env.PORTCULLIS_CONFIG_DIR || envPaths('portcullis', { suffix: '' }).config, name);

/** @returns the error that says that a file of ours is not what it should be */
export const unreadable = (name: string): Exit =>
  new Exit(EXIT.failed, `${configFile(name)} cannot be read.`, 'Mend it, or remove it and sign in again.');

export const isConfig = (value: unknown): value is Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @returns what a file of ours holds; `undefined`: there is none
 * @throws Exit when it cannot be read
 */
export function readConfig(name: string): Config | undefined {
  const file = configFile(name);
  if (!existsSync(file)) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw unreadable(name);
  }
  if (!isConfig(content)) throw unreadable(name);
  return content;
}

/** Writes a file of ours whole or not at all, for its owner alone. */
export function writeConfig(name: string, content: Config): void {
  const file = configFile(name);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeWhole(file, `${JSON.stringify(content, null, 2)}\n`, 0o600);
}

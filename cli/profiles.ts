import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { EXIT, Exit } from './exit.ts';
import { writeWhole } from './files.ts';

/** The gateways that a user has signed in to. Their keys are kept elsewhere. */
export interface Profiles {
  /** The one in use. */
  readonly current?: string | undefined;
  readonly profiles: Readonly<Record<string, { readonly url: string }>>;
}

/** Where the command line keeps what it knows: a folder of its user alone. */
export function configFile(name: string): string {
  const { PORTCULLIS_CONFIG_DIR } = process.env;
  return join(PORTCULLIS_CONFIG_DIR || envPaths('portcullis', { suffix: '' }).config, name);
}

const FILE = 'profiles.json';

/** @throws Exit when the file is there and cannot be read as one */
export function readProfiles(): Profiles {
  const stored = readConfig(FILE) as Partial<Profiles> | undefined;
  return { current: stored?.current, profiles: stored?.profiles ?? {} };
}

export const writeProfiles = (profiles: Profiles): void => writeConfig(FILE, profiles);

/** @returns what a file of ours holds; `undefined`: there is none */
export function readConfig(name: string): unknown {
  const file = configFile(name);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Exit(EXIT.failed, `${file} cannot be read.`, 'Mend it, or remove it and sign in again.');
  }
}

/** Writes a file of ours whole or not at all, for its owner alone. */
export function writeConfig(name: string, content: object): void {
  const file = configFile(name);
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeWhole(file, `${JSON.stringify(content, null, 2)}\n`, 0o600);
}

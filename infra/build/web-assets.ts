import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { ROOT } from './build.ts';
import { type BuiltFile, hashOfFiles } from './files.ts';

const CACHE = join(ROOT, 'node_modules', '.cache', 'portcullis-pages');
const PROGRAM = fileURLToPath(new URL('./pages.ts', import.meta.url));
/** Whatever decides what is built. */
export const PAGE_SOURCES = [
  'dashboard/**/*.*',
  'client/*.ts',
  'functions/domain/web-assets.ts',
  'infra/build/pages.ts',
  'package-lock.json',
];
/** Beside the files: the modules that they are made of. */
export const MODULES = 'modules.json';

/** @returns the files that the function `web` serves, and the manifest of them. @param folder where they go */
export const webAssets = (folder: string): BuiltFile[] => {
  const built = builtPages();
  return readdirSync(built)
    .filter((name) => name !== MODULES)
    .map((name) => ({ path: join(folder, name), contents: readFileSync(join(built, name)) }));
};

/** @returns what those files are made of: modules, from the root of the repository */
export const modulesOfWebAssets = (): string[] =>
  z.array(z.string()).parse(JSON.parse(readFileSync(join(builtPages(), MODULES), 'utf8')));

/**
 * Builds the pages, or finds them as they were built from the same sources: every deployment, every start and most tests need
 * them. Vite builds in its own time, which CDK's does not wait for: so it is a program of its own.
 * @throws Error with what it printed
 */
export function builtPages(): string {
  const folder = join(CACHE, hashOfFiles(PAGE_SOURCES));
  if (existsSync(folder)) return folder;

  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, 'draft-'));
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, draft], {
    cwd: ROOT,
    encoding: 'utf8',
    // Else a test, or whoever develops, would get React as it is for debugging: larger, and with paths of the machine.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (status !== 0) {
    rmSync(draft, { recursive: true });
    throw new Error(`The pages could not be built:\n${stderr}`);
  }
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(folder)) throw error; // Else another process was faster.
  }
  return folder;
}

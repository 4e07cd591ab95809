import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { DashboardFiles } from '../../functions/domain/web-assets.ts';
import { ROOT } from './build.ts';

const CACHE = join(ROOT, 'node_modules', '.cache', 'portcullis-dashboard');
const PROGRAM = fileURLToPath(new URL('./vite.ts', import.meta.url));
/** Whatever decides what is built. */
const SOURCES = [
  'dashboard/**/*.{ts,tsx,css,json}',
  'client/*.ts',
  'infra/build/vite.ts',
  'package-lock.json',
];

const MANIFEST = join('.vite', 'manifest.json');
/** Of the modules that the dashboard is made of, from the root of the repository. */
export const MODULES = '.vite/modules.json';
const manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().optional(),
    css: z.array(z.string()).default([]),
    imports: z.array(z.string()).default([]),
  }),
);

export interface BuiltDashboard {
  readonly folder: string;
  /** Of the files in the folder, each with a hash of its content. */
  readonly names: readonly string[];
  readonly files: DashboardFiles;
  /** Of the modules that are in them, from the root of the repository. */
  readonly modules: readonly string[];
}

/**
 * Builds the dashboard, or finds it as it was built from the same sources: every deployment, every start and most tests need it.
 * Vite builds in its own time, which CDK's does not wait for: so it is a program of its own.
 * @throws Error with what Vite printed
 */
export function buildDashboard(): BuiltDashboard {
  const folder = join(CACHE, hashOfSources());
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    const draft = mkdtempSync(join(CACHE, 'draft-'));
    try {
      execFileSync(process.execPath, [PROGRAM, draft], {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'pipe'],
        // Else a test, or whoever develops, would get React as it is for debugging: larger, and with paths of the machine.
        env: { ...process.env, NODE_ENV: 'production' },
      });
      renameSync(draft, folder);
    } catch (error) {
      rmSync(draft, { recursive: true });
      if (!existsSync(folder)) throw error; // Else another process was faster.
    }
  }
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  const modules = z.array(z.string()).parse(JSON.parse(readFileSync(join(folder, MODULES), 'utf8')));
  return { folder, names, files: filesOfPage(folder), modules };
}

function hashOfSources(): string {
  const hash = createHash('sha256').update(process.version);
  for (const path of globSync(SOURCES, { cwd: ROOT }).toSorted()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

function filesOfPage(folder: string): DashboardFiles {
  const chunks = manifest.parse(JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')));
  const entry = Object.keys(chunks).find((name) => chunks[name]?.isEntry);
  const needed = new Set<string>();
  const take = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const imported of chunks[name]?.imports ?? []) take(imported);
  };
  if (entry !== undefined) take(entry);
  const [script, ...modules] = [...needed].flatMap((name) => chunks[name]?.file ?? []);
  if (script === undefined) throw new Error(`${MANIFEST} of the dashboard names no entry`);
  const styles = [...new Set([...needed].flatMap((name) => chunks[name]?.css ?? []))];
  return { script, styles, modules };
}

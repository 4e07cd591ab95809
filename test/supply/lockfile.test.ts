/** What `npm ci` installs: what the lockfile names and nothing else, as its authors published it. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { PERMISSIVE } from './licences.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const json = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

const versions = z.record(z.string(), z.string());
const manifest = z
  .object({
    dependencies: versions,
    devDependencies: versions,
    allowScripts: z.record(z.string(), z.boolean()),
  })
  .parse(json('package.json'));
const { packages } = z
  .object({
    lockfileVersion: z.literal(3),
    packages: z.record(
      z.string(),
      z.object({
        version: z.string(),
        license: z.string(),
        resolved: z.optional(z.string()),
        integrity: z.optional(z.string()),
        inBundle: z.optional(z.boolean()),
        hasInstallScript: z.optional(z.boolean()),
        link: z.optional(z.boolean()),
        dev: z.optional(z.boolean()),
      }),
    ),
  })
  .parse(json('package-lock.json'));
const installed = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ path, name: path.replace(/^.*node_modules\//, ''), ...entry }));
const paths = (entries: typeof installed) => entries.map(({ path }) => path);

describe('every package', () => {
  it('has the SHA-512 of what its author published, or comes within one that has', () => {
    const bundled = installed.filter(({ inBundle }) => inBundle);
    const within = ({ path }: { path: string }) =>
      packages[path.replace(/\/node_modules\/(@[^/]+\/)?[^/]+$/, '')];
    expect(paths(bundled.filter((entry) => within(entry)?.integrity === undefined))).toEqual([]);
    const others = installed.filter((entry) => !bundled.includes(entry));
    expect(others.length).toBeGreaterThan(500);
    expect(paths(others.filter(({ integrity = '' }) => !/^sha512-[\w+/]{86}==$/.test(integrity)))).toEqual(
      [],
    );
  });

  it('comes from the registry: none from git, a folder, or an address of its own', () => {
    const elsewhere = installed.filter(({ link, resolved }) => link || resolved !== undefined);
    expect(paths(elsewhere)).toEqual([]);
  });

  it('that is asked for is asked for in one version', () => {
    const asked = { ...manifest.dependencies, ...manifest.devDependencies };
    const ranges = Object.entries(asked).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(ranges).toEqual([]);
    const others = Object.entries(asked).filter(
      ([name, version]) => packages[`node_modules/${name}`]?.version !== version,
    );
    expect(others).toEqual([]);
  });

  it('that would run a script at its installation is judged by name', () => {
    const withScript = installed.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
    expect([...new Set(withScript)].toSorted()).toEqual(Object.keys(manifest.allowScripts).toSorted());
  });

  it('has a licence that lets it be used so: what is delivered with ours, what only builds and tests too', () => {
    /** Copyleft by the file, data, and one that its file explains: none of them is delivered. */
    const BESIDE = ['MPL-2.0', 'PSF-2.0', 'Python-2.0', 'CC-BY-4.0', 'SEE LICENSE IN LICENSE'];
    const others = installed.filter(
      ({ license, dev }) => !PERMISSIVE.has(license) && !(dev && BESIDE.includes(license)),
    );
    expect(others.map(({ path, license }) => [path, license])).toEqual([]);
  });
});

it('CI installs by the lockfile alone', () => {
  const files = ['.ci/run', '.github/smoke', ...globSync('.github/workflows/*', { cwd: ROOT })];
  const commands = files.flatMap(
    (file) => readFileSync(join(ROOT, file), 'utf8').match(/\b(npm (ci|i|install|add|exec)|npx)\b.*/g) ?? [],
  );
  expect(commands.filter((command) => command.startsWith('npm ci')).length).toBeGreaterThan(3);
  // CDK is one of the packages of the lockfile.
  expect(commands.filter((command) => !/^npm ci( --[\w-]+)*$|^npx cdk /.test(command))).toEqual([]);
});

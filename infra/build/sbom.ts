import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ROOT } from './build.ts';

const component = z.looseObject({ 'bom-ref': z.string(), name: z.string(), properties: z.unknown() });
const document = z.object({
  $schema: z.string(),
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  metadata: z.object({ component }),
  components: z.array(component),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});
const manifest = z.object({ name: z.string(), version: z.string() });
const dependencies = z.object({ name: z.string(), dependencies: z.record(z.string(), z.string()) });

/**
 * What a scanner has to know of a package whose dependencies lie within it: npm's bill of materials of the lockfile, without what
 * only builds and tests. It is the same for the same lockfile: no time, no random number.
 * @param folders of the packages that are part of what is published, from the root of the repository
 * @returns it in CycloneDX, as JSON
 * @throws Error when npm does not name one of them
 */
export function billOfMaterials(folders: readonly string[]): string {
  const own = dependencies.parse(read('package.json'));
  const bundled = folders.map((folder) => {
    const { name, version } = manifest.parse(read(join(folder, 'package.json')));
    return `${name}@${version}`;
  });
  const brought = Object.entries(own.dependencies).map(([name, version]) => `${name}@${version}`);
  const published = new Set([...bundled, ...brought]);

  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--offline'];
  const everything = ['dev', 'optional', 'peer'].map((type) => `--include=${type}`);
  const all = document.parse(
    JSON.parse(
      execFileSync('npm', [...args, ...everything], {
        cwd: ROOT,
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      }),
    ),
  );
  const { component } = all.metadata;
  const components = all.components.filter((part) => published.has(part['bom-ref']));
  const missing = published.difference(new Set(components.map((part) => part['bom-ref'])));
  if (missing.size > 0) throw new Error(`npm's bill of materials lacks ${[...missing].join(', ')}`);

  return `${JSON.stringify(
    {
      ...all,
      version: 1,
      // Called after its folder by npm. And what is bundled is no development dependency to who gets it.
      metadata: { component: { ...component, name: own.name } },
      components: components.map((part) => ({ ...part, properties: [] })),
      dependencies: all.dependencies
        .filter(({ ref }) => published.has(ref) || ref === component['bom-ref'])
        .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => published.has(other)) })),
    },
    null,
    1,
  )}\n`;
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

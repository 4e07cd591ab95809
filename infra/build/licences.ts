import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ROOT } from './build.ts';

const manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });

/** As far as it is looked at, esbuild's metafile. */
interface Bundled {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/**
 * @param metafiles of everything that is published
 * @param others modules that are part of it in another way, from the root of the repository
 * @returns the licences of all packages that are part of it, as their authors ask for
 */
export function licencesOf(metafiles: readonly Bundled[], others: readonly string[]): string {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.entries(output.inputs)),
  );
  const bundled = inputs.flatMap(
    ([input, { bytesInOutput }]) => (bytesInOutput > 0 && packageFolder(input)) || [],
  );
  const beside = others.flatMap((path) => packageFolder(path) ?? []);
  const licences = [...new Set([...bundled, ...beside])].map(licenceOf);
  return [...Map.groupBy(licences, ({ text }) => text)]
    .map(([text, alike]) => [...new Set(alike.map(({ name }) => name))].toSorted().join('\n') + text)
    .toSorted()
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}

/** `node_modules/a/node_modules/@b/c/d.js` gives `node_modules/a/node_modules/@b/c`. */
const packageFolder = (input: string): string | undefined =>
  /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];

/** And what a bundler says of the packages that it has put into the file of that name. */
const LICENCE_FILE =
  /^(((third-party-)?licen[cs]es?|copying|notice)(\.(md|txt))?|swagger-ui-bundle\.js\.license\.txt)$/i;

/** Where a package has no text, the name of its licence is all that its authors say. */
function licenceOf(folder: string): { readonly name: string; readonly text: string } {
  const path = join(ROOT, folder);
  const { name, version, license } = manifest.parse(
    JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')),
  );
  const texts = readdirSync(path)
    .filter((file) => LICENCE_FILE.test(file))
    .toSorted()
    .map((file) => `\n\n${readFileSync(join(path, file), 'utf8').trim()}`);
  return { name: `${name} ${version} (${license})`, text: texts.join('') };
}

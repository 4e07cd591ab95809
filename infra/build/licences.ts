import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ROOT } from './build.ts';

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: z.optional(z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)])),
});

/** As far as it is looked at, esbuild's metafile. */
interface Bundled {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/**
 * @param metafiles of everything that is published
 * @param others modules that are part of it in another way, from the root of the repository
 * @returns the folders of all packages that are part of it, each once
 */
export function publishedPackages(metafiles: readonly Bundled[], others: readonly string[]): string[] {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.entries(output.inputs)),
  );
  const bundled = inputs.flatMap(
    ([input, { bytesInOutput }]) => (bytesInOutput > 0 && packageFolder(input)) || [],
  );
  const beside = others.flatMap((path) => packageFolder(path) ?? []);
  return [...new Set([...bundled, ...beside])];
}

/** @param folders of packages. @returns their licences, as their authors ask for */
export const licencesOf = (folders: readonly string[]): string =>
  [...Map.groupBy(folders.map(licenceOf), ({ text }) => text)]
    .map(([text, alike]) => [...new Set(alike.map(({ name }) => name))].toSorted().join('\n') + text)
    .toSorted()
    .join(`\n\n${'-'.repeat(80)}\n\n`);

/** `node_modules/a/node_modules/@b/c/d.js` gives `node_modules/a/node_modules/@b/c`. */
const packageFolder = (input: string): string | undefined =>
  /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];

/** And what a bundler says of the packages that it has put into the file of that name. */
const LICENCE_FILE =
  /^(((third-party-)?licen[cs]es?(-mit)?|copying|(copyright)?notice)(\.(md|txt))?|swagger-ui-bundle\.js\.license\.txt)$/i;

function licenceOf(folder: string): { readonly name: string; readonly text: string } {
  const path = join(ROOT, folder);
  const { name, version, license, author } = manifest.parse(
    JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')),
  );
  const texts = readdirSync(path)
    .filter((file) => LICENCE_FILE.test(file))
    .toSorted()
    .map((file) => readFileSync(join(path, file), 'utf8'));
  const text =
    texts.length > 0 ? texts.map((part) => `\n\n${part.trim()}`).join('') : textOf(license, author);
  return { name: `${name} ${version} (${license})`, text };
}

/** @returns the text of the licence of a package that comes without it. @throws Error for a licence that was not met yet */
function textOf(license: string, author = 'the authors'): string {
  if (license === 'MIT-0') return ''; // Asks for nothing.
  if (license === 'Apache-2.0') return `\n\n${readFileSync(join(ROOT, 'LICENSE'), 'utf8').trim()}`;
  if (license === 'MIT') return `\n\nMIT License\n\nCopyright (c) ${author}\n\n${MIT}`;
  throw new Error(`A package comes without the text of its licence, ${license}`);
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

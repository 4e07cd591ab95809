import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';
import * as z from 'zod';
import { BUNDLE_MODULE, type FunctionName } from '../functions.ts';
import { DIST, REQUIRE_FOR_COMMONJS, TO_MODULES } from './build.ts';
import { hashOfFiles, replaceFiles } from './files.ts';
import { PAGE_SOURCES, webAssets } from './web-assets.ts';

const BUNDLES = join(DIST, 'functions');
/** Whatever decides what is in a bundle, but for the pages that `web` serves. */
const SOURCES = ['functions/**/*.ts', 'infra/functions.ts', 'infra/build/*.ts', 'package-lock.json'];
/** Of them, for all functions that one process bundles. */
let sourcesHash: string | undefined;

/**
 * What the AWS SDK imports when it needs it, and never does in a function: Lambda puts credentials into the environment, where they
 * are looked for first. The others would sign in, start programs, or read the files of a user; `bowser` reads a browser's user agent.
 */
const NEVER_IMPORTED = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  'bowser',
];

/** What esbuild says of a bundle, and what it was made of. */
const bundleSchema = z.object({
  hash: z.string(),
  /** The bytes of each file of the folder, by its name. */
  files: z.record(z.string(), z.number()),
  outputs: z.record(
    z.string(),
    z.looseObject({
      bytes: z.number(),
      inputs: z.record(z.string(), z.looseObject({ bytesInOutput: z.number() })),
    }),
  ),
});
type Bundle = z.output<typeof bundleSchema>;

/** @returns what esbuild is told of one function, but for the folder that its bundle is written to */
export const bundleOptions = (name: FunctionName) => ({
  ...TO_MODULES,
  entryPoints: { [BUNDLE_MODULE]: join('functions', `${name}.ts`) },
  outExtension: { '.js': '.mjs' },
  splitting: true,
  platform: 'node' as const,
  target: 'node24',
  // The ES modules of the AWS SDK shake better than what `main` names: the bundle is a third smaller.
  mainFields: ['module', 'main'],
  external: NEVER_IMPORTED,
  minify: true,
  banner: { js: REQUIRE_FOR_COMMONJS },
});

/**
 * Bundles one function into a folder of its own, and writes what is in it beside the folder
 * (`{name}.meta.json`, esbuild's metafile).
 *
 * Not NodejsFunction: it bundles into one file, and splitting needs a folder. With splitting a dynamic `import()` is
 * a file of its own that a cold start does not load until it is called. One process bundles all functions, and the
 * folders stand outside `cdk.out`, so that they can be measured and published as they are. What is there of the same sources
 * is not built again: it is most of the time of a start.
 *
 * @throws the errors of esbuild, after it has printed them
 */
export function buildFunction(name: FunctionName): { folder: string; metafile: Bundle } {
  const folder = join(BUNDLES, name);
  const meta = join(BUNDLES, `${name}.meta.json`);
  sourcesHash ??= hashOfFiles(SOURCES);
  const hash = name === 'web' ? sourcesHash + hashOfFiles(PAGE_SOURCES) : sourcesHash;
  const before = existsSync(meta) ? readBundle(meta) : undefined;
  if (before?.hash === hash && isWhole(folder, before)) return { folder, metafile: before };

  const { metafile, outputFiles } = buildSync({ ...bundleOptions(name), outdir: folder });
  const built = [...outputFiles, ...(name === 'web' ? webAssets(folder) : [])];
  const files = Object.fromEntries(built.map(({ path, contents }) => [basename(path), contents.length]));
  // Until all of it is there, it is nothing that was built.
  rmSync(meta, { force: true });
  replaceFiles(folder, built);
  const bundle = { hash, files, outputs: metafile.outputs };
  writeFileSync(meta, JSON.stringify(bundle));
  return { folder, metafile: bundle };
}

/** @returns `undefined` of another version's */
const readBundle = (meta: string): Bundle | undefined =>
  bundleSchema.safeParse(JSON.parse(readFileSync(meta, 'utf8'))).data;

const isWhole = (folder: string, { files }: Bundle): boolean =>
  Object.entries(files).every(
    ([name, bytes]) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === bytes,
  );

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { BUNDLE_MODULE, type FunctionName } from './functions.ts';
import { webAssets } from './web-assets.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUNDLES = join(ROOT, 'dist', 'functions');

/**
 * CommonJS dependencies call `require`, which an ES module does not have. The long name cannot meet one that the
 * minifier makes.
 */
const REQUIRE_FOR_COMMONJS =
  "import { createRequire as portcullisCreateRequire } from 'node:module';" +
  'const require = portcullisCreateRequire(import.meta.url);';

/**
 * Bundles one function into a folder of its own, and writes what is in it beside the folder
 * (`{name}.meta.json`, esbuild's metafile).
 *
 * Not NodejsFunction: it bundles into one file, and splitting needs a folder. With splitting a dynamic `import()` is
 * a file of its own that a cold start does not load until it is called. One process bundles all functions, and the
 * folders stand outside `cdk.out`, so that they can be measured and published as they are.
 *
 * @throws the errors of esbuild, after it has printed them
 */
export function bundle(name: FunctionName): Code {
  const folder = join(BUNDLES, name);
  const { metafile, outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: { [BUNDLE_MODULE]: join('functions', `${name}.ts`) },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The ES modules of the AWS SDK shake better than what `main` names: the bundle is a third smaller.
    mainFields: ['module', 'main'],
    // The AWS SDK reads a browser's user agent with it; nothing on Node ever imports it.
    external: ['bowser'],
    minify: true,
    legalComments: 'none',
    sourcemap: false,
    banner: { js: REQUIRE_FOR_COMMONJS },
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  replaceFiles(folder, [...outputFiles, ...(name === 'web' ? webAssets(folder) : [])]);
  writeFileSync(join(BUNDLES, `${name}.meta.json`), JSON.stringify(metafile));
  return Code.fromAsset(folder);
}

interface BundleFile {
  readonly path: string;
  readonly contents: Uint8Array;
}

/**
 * Makes the folder hold these files alone: a chunk of an earlier build would become part of the asset. What is there
 * already is not touched and a new file appears whole, so that two syntheses may run at the same time.
 */
function replaceFiles(folder: string, files: readonly BundleFile[]): void {
  mkdirSync(folder, { recursive: true });
  const names = new Set(files.map(({ path }) => basename(path)));
  const present = new Set(readdirSync(folder));
  for (const name of present) {
    if (!names.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const { path, contents } of files) {
    if (present.has(basename(path)) && readFileSync(path).equals(contents)) continue;
    const draft = join(BUNDLES, `${basename(folder)}.${process.pid}.draft`);
    writeFileSync(draft, contents);
    renameSync(draft, path);
  }
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { BUNDLE_MODULE, type FunctionName } from '../functions.ts';

import { DIST, REQUIRE_FOR_COMMONJS, TO_MODULES } from './build.ts';
import { replaceFiles } from './files.ts';
import { webAssets } from './web-assets.ts';

const BUNDLES = join(DIST, 'functions');

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
export function buildFunction(name: FunctionName): { folder: string; metafile: Metafile } {
  const folder = join(BUNDLES, name);
  const { metafile, outputFiles } = buildSync({
    ...TO_MODULES,
    entryPoints: { [BUNDLE_MODULE]: join('functions', `${name}.ts`) },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    platform: 'node',
    target: 'node24',
    // The ES modules of the AWS SDK shake better than what `main` names: the bundle is a third smaller.
    mainFields: ['module', 'main'],
    // The AWS SDK reads a browser's user agent with it; nothing on Node ever imports it.
    external: ['bowser'],
    minify: true,
    banner: { js: REQUIRE_FOR_COMMONJS },
  });
  replaceFiles(folder, [...outputFiles, ...(name === 'web' ? webAssets(folder) : [])]);
  writeFileSync(join(BUNDLES, `${name}.meta.json`), JSON.stringify(metafile));
  return { folder, metafile };
}

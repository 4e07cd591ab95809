import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { DIST, REQUIRE_FOR_COMMONJS, TO_MODULES } from './build.ts';
import { replaceFiles } from './files.ts';

/**
 * The command line: a module for the start, and others that a command loads when it is called.
 * @returns esbuild's metafile
 * @throws the errors of esbuild, after it has printed them
 */
export function buildCommandLine(): Metafile {
  const folder = join(DIST, 'cli');
  const { outputFiles, metafile } = buildSync({
    ...TO_MODULES,
    entryPoints: { portcullis: 'cli/portcullis.ts' },
    outdir: folder,
    splitting: true,
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    // The keyring is native code, and npm installs what is for the machine; bowser is read in browsers alone.
    external: ['@napi-rs/keyring', 'bowser'],
    minify: true,
    banner: { js: REQUIRE_FOR_COMMONJS },
  });
  replaceFiles(folder, outputFiles);
  chmodSync(join(folder, 'portcullis.js'), 0o755);
  return metafile;
}

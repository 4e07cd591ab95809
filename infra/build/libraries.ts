import { join } from 'node:path';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { DIST, TO_MODULES } from './build.ts';
import { declarationsOf } from './declarations.ts';
import { replaceFiles } from './files.ts';

/**
 * The construct, `portcullis/infra`. CDK is that of the app.
 * @returns esbuild's metafile
 * @throws the errors of esbuild, after it has printed them; Error with those of the compiler
 */
export const buildConstruct = (): Metafile =>
  buildLibrary('infra', {
    platform: 'node',
    target: 'node20',
    external: ['aws-cdk-lib', 'constructs'],
  });

/**
 * The client, `portcullis/client`, for Node and for browsers.
 * @returns esbuild's metafile
 * @throws the errors of esbuild, after it has printed them; Error with those of the compiler
 */
export const buildClient = (): Metafile =>
  buildLibrary('client', { platform: 'neutral', target: 'es2022', mainFields: ['module', 'main'] });

/** Not minified: who uses a library reads it, and bundles it himself. */
function buildLibrary(room: 'infra' | 'client', options: BuildOptions): Metafile {
  const folder = join(DIST, room);
  const entry = `${room}/index.ts`;
  const { outputFiles, metafile } = buildSync({
    ...TO_MODULES,
    ...options,
    write: false,
    metafile: true,
    entryPoints: [entry],
    outdir: folder,
  });
  replaceFiles(folder, [...outputFiles, ...declarationsOf(entry, folder)]);
  return metafile;
}

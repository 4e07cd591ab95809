import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { ASSET_MANIFEST, type AssetManifest } from '../functions/domain/web-assets.ts';

interface AssetFile {
  readonly path: string;
  readonly contents: Uint8Array;
}

const ours = (name: string) => fileURLToPath(new URL(`../reference/${name}`, import.meta.url));
const ofRenderer = (name: string) => createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);

/**
 * The files that the function `web` serves. Each is named by its content, so that a browser may keep it for ever, and is there
 * compressed too, so that no request pays for that. Beside them are the manifest, and the terms of the renderer.
 * @param folder where they go
 */
export function webAssets(folder: string): AssetFile[] {
  const sources = [
    ofRenderer('swagger-ui.css'),
    ofRenderer('swagger-ui-bundle.js'),
    ours('page.css'),
    ours('page.js'),
  ];
  const assets = sources.map(hashed);
  const manifest: AssetManifest = Object.fromEntries(assets.map(({ source, name }) => [source, name]));
  return [
    ...assets.flatMap(({ name, contents }) => [
      { path: join(folder, name), contents },
      { path: join(folder, `${name}.br`), contents: brotliCompressSync(contents, BROTLI) },
      { path: join(folder, `${name}.gz`), contents: gzipSync(contents, { level: 9 }) },
    ]),
    { path: join(folder, ASSET_MANIFEST), contents: Buffer.from(JSON.stringify(manifest)) },
    { path: join(folder, 'swagger-ui.license.txt'), contents: rendererTerms() },
  ];
}

/** Nearly as small as the best, in a fraction of its time. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** `page.js` gives `page.{hash}.js`. */
function hashed(path: string): { source: string; name: string; contents: Buffer } {
  const { name, ext } = parse(path);
  const contents = Buffer.from(readFileSync(path, 'utf8').replace(SOURCE_MAP, ''));
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  return { source: name + ext, name: `${name}.${hash}${ext}`, contents };
}

/** Names a file that is not served. */
const SOURCE_MAP = /\s*\/\*# sourceMappingURL=[^*]+\*\/\s*$/;

const rendererTerms = () =>
  Buffer.concat(
    ['NOTICE', 'LICENSE', 'swagger-ui-bundle.js.LICENSE.txt'].map((name) => readFileSync(ofRenderer(name))),
  );

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { ASSET_MANIFEST, type AssetManifest } from '../functions/domain/web-assets.ts';

/** What the reference page is made of: the renderer as it is published, and our own lines that start it. */
const SOURCES = [
  new URL(import.meta.resolve('swagger-ui-dist/swagger-ui.css')),
  new URL(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')),
  new URL('../dashboard/reference.js', import.meta.url),
];

/**
 * The files that the function `web` serves, each named by its content, so that a browser may keep it for ever, and each also
 * compressed: no request pays for that.
 * @param folder where they go
 */
export function webAssets(folder: string): { path: string; contents: Uint8Array }[] {
  const manifest: Record<string, string> = {};
  const files = SOURCES.flatMap((url) => {
    const { name, ext } = parse(fileURLToPath(url));
    const contents = readFileSync(url);
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
    const path = join(folder, `${name}.${hash}${ext}`);
    manifest[name + ext] = `${name}.${hash}${ext}`;
    return [
      { path, contents },
      { path: `${path}.br`, contents: brotliCompressSync(contents, BROTLI) },
      { path: `${path}.gz`, contents: gzipSync(contents, { level: 9 }) },
    ];
  });
  const contents = Buffer.from(JSON.stringify(manifest satisfies AssetManifest));
  return [...files, { path: join(folder, ASSET_MANIFEST), contents }];
}

/** Nearly as small as the best, in a fraction of its time. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, parse } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { ASSET_MANIFEST, type AssetManifest, COMPRESSED } from '../functions/domain/web-assets.ts';
import { buildDashboard } from './build/dashboard.ts';
import type { BuiltFile } from './build/files.ts';

const require = createRequire(import.meta.url);

/** What the reference page is made of: its renderer as it is published, and what is ours. */
const SOURCES = [
  require.resolve('swagger-ui-dist/swagger-ui.css'),
  require.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  require.resolve('../dashboard/reference/page.css'),
  require.resolve('../dashboard/reference/page.js'),
];

interface Asset {
  readonly source: string;
  readonly name: string;
  readonly contents: Buffer;
}

/**
 * The files that the function `web` serves. Each is named by its content, so that a browser may keep it for ever, and is there
 * compressed, so that no request pays for that. Beside them is the manifest.
 * @param folder where they go
 */
export function webAssets(folder: string): BuiltFile[] {
  const built = buildDashboard();
  // Vite has named them by their content.
  const ofDashboard = built.names.map((name) => ({
    source: name,
    name,
    contents: readFileSync(join(built.folder, name)),
  }));
  const assets: Asset[] = [...SOURCES.map(hashed), ...ofDashboard];
  const manifest: AssetManifest = {
    files: Object.fromEntries(assets.map(({ source, name }) => [source, name])),
    dashboard: built.files,
  };
  return [
    ...assets.flatMap(stored).map(({ name, contents }) => ({ path: join(folder, name), contents })),
    { path: join(folder, ASSET_MANIFEST), contents: Buffer.from(JSON.stringify(manifest)) },
  ];
}

/** Who takes neither encoding gets it unpacked: nobody's browser, and a third of the package's size. */
const stored = ({ name, contents }: Asset) =>
  COMPRESSED.includes(extname(name))
    ? [
        { name: `${name}.br`, contents: brotliCompressSync(contents, BROTLI) },
        { name: `${name}.gz`, contents: gzipSync(contents, { level: 9 }) },
      ]
    : [{ name, contents }];

/** Nearly as small as the best, in a fraction of its time. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

/** `page.js` gives `page.{hash}.js`. */
function hashed(path: string): Asset {
  const { name, ext } = parse(path);
  const contents = Buffer.from(readFileSync(path, 'utf8').replace(SOURCE_MAP, ''));
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  return { source: name + ext, name: `${name}.${hash}${ext}`, contents };
}

/** Names a file that is not served. */
const SOURCE_MAP = /\s*\/\*# sourceMappingURL=[^*]+\*\/\s*$/;

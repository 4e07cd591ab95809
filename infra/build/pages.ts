/**
 * Builds all that the function `web` serves into the folder that is its argument: the dashboard, by Vite, and what the reference
 * page is made of. Each file is named by its content, so that a browser may keep it for ever, and stored compressed, so that no
 * request pays for that. `web-assets.ts` calls it.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join, parse } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, type Plugin, type Rolldown } from 'vite';
import {
  ASSET_MANIFEST,
  type AssetManifest,
  COMPRESSED,
  type DashboardFiles,
} from '../../functions/domain/web-assets.ts';
import { ROOT } from './build.ts';
import { MODULES } from './web-assets.ts';

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('The folder is missing');

const require = createRequire(import.meta.url);

/** What the reference page is made of: its renderer as it is published, and what is ours. */
const REFERENCE = [
  require.resolve('swagger-ui-dist/swagger-ui.css'),
  require.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  require.resolve('../../dashboard/reference/page.css'),
  require.resolve('../../dashboard/reference/page.js'),
];

interface Asset {
  readonly source: string;
  readonly name: string;
  readonly contents: Buffer;
}

/** Names a file that is not served. */
const SOURCE_MAP = /\s*\/\*# sourceMappingURL=[^*]+\*\/\s*$/;

const EMBEDDED_FONT = /url\(data:font\/woff2;base64,([^)]+)\)/g;

/**
 * Cloudscape's style sheet has its fonts in it: as files, only those are loaded whose weight is shown, beside the page rather
 * than before it, and the page's policy needs to allow no `data:` font.
 */
const fontsAsFiles: Plugin = {
  name: 'fonts-as-files',
  generateBundle(_options, bundle) {
    for (const output of Object.values(bundle)) {
      if (output.type !== 'asset' || !output.fileName.endsWith('.css')) continue;
      output.source = String(output.source).replace(EMBEDDED_FONT, (_url, base64: string) => {
        const font = this.emitFile({
          type: 'asset',
          name: 'font.woff2',
          source: Buffer.from(base64, 'base64'),
        });
        return `url(./${this.getFileName(font)})`;
      });
    }
  },
};

const HASHED = '[name].[hash:16]';

const built = await build({
  configFile: false,
  root: join(ROOT, 'dashboard'),
  // A file refers to another by what stands beside it: no file knows the gateway's address.
  base: './',
  logLevel: 'error',
  plugins: [fontsAsFiles],
  build: {
    write: false,
    assetsDir: '',
    target: 'es2023',
    // Everything is a file of its own: the policy of the page allows no `data:` but of images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: 'main.tsx',
      output: {
        hashCharacters: 'hex',
        entryFileNames: `${HASHED}.js`,
        chunkFileNames: `${HASHED}.js`,
        assetFileNames: `${HASHED}[extname]`,
        // What most pages need comes at once: else a page asks for dozens of small files, and their heads.
        codeSplitting: { groups: [{ name: 'shared', test: /node_modules/, minShareCount: 3 }] },
      },
    },
  },
});
const output: readonly (Rolldown.OutputChunk | Rolldown.OutputAsset)[] =
  'output' in built ? built.output : [];
const chunks = output.filter((file) => file.type === 'chunk');

const dashboard = output.map(
  (file): Asset => ({
    source: file.fileName,
    name: file.fileName,
    contents: Buffer.from(file.type === 'chunk' ? file.code : file.source),
  }),
);
const assets = [...dashboard, ...REFERENCE.map(hashed)];
const manifest: AssetManifest = {
  files: Object.fromEntries(assets.map(({ source, name }) => [source, name])),
  dashboard: filesOfPage(),
};
for (const { name, contents } of assets.flatMap(stored)) writeFileSync(join(folder, name), contents);
writeFileSync(join(folder, ASSET_MANIFEST), JSON.stringify(manifest));

const modules = chunks.flatMap(({ moduleIds }) => moduleIds).filter((id) => id.startsWith(ROOT));
writeFileSync(
  join(folder, MODULES),
  JSON.stringify([
    ...new Set([...modules, require.resolve('swagger-ui-dist')].map((path) => path.slice(ROOT.length))),
  ]),
);

/** What the entry imports, and what that imports, at once; the rest is loaded with its page. */
function filesOfPage(): DashboardFiles {
  const needed = new Map<string, Rolldown.OutputChunk>();
  const take = (chunk: Rolldown.OutputChunk | undefined): void => {
    if (chunk === undefined || needed.has(chunk.fileName)) return;
    needed.set(chunk.fileName, chunk);
    for (const imported of chunk.imports) take(chunks.find(({ fileName }) => fileName === imported));
  };
  take(chunks.find(({ isEntry }) => isEntry));
  const [script, ...others] = [...needed.keys()];
  if (script === undefined) throw new Error('The dashboard has no entry');
  const styles = [...needed.values()].flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]);
  return { script, styles: [...new Set(styles)], modules: others };
}

/** `page.js` gives `page.{hash}.js`. */
function hashed(path: string): Asset {
  const { name, ext } = parse(path);
  const contents = Buffer.from(readFileSync(path, 'utf8').replace(SOURCE_MAP, ''));
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  return { source: name + ext, name: `${name}.${hash}${ext}`, contents };
}

/** Who takes neither encoding gets it unpacked: nobody's browser, and a third of the package's size. */
function stored({ name, contents }: Asset) {
  if (!COMPRESSED.includes(extname(name))) return [{ name, contents }];
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: contents.length };
  return [
    { name: `${name}.br`, contents: brotliCompressSync(contents, { params }) },
    { name: `${name}.gz`, contents: gzipSync(contents, { level: 9 }) },
  ];
}

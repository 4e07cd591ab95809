/** Builds the dashboard into the folder that is its argument. */
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import { ROOT } from './build.ts';
import { MODULES } from './dashboard.ts';

const [, , outDir] = process.argv;
if (outDir === undefined) throw new Error('The folder is missing');

const HASHED = '[name].[hash:16]';

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

/** Which modules it is made of, for the licences of their packages. */
const listOfModules: Plugin = {
  name: 'list-of-modules',
  generateBundle(_options, bundle) {
    const modules = Object.values(bundle).flatMap((output) =>
      output.type === 'chunk' ? output.moduleIds : [],
    );
    const paths = modules.filter((id) => id.startsWith(ROOT)).map((id) => id.slice(ROOT.length));
    this.emitFile({ type: 'asset', fileName: MODULES, source: JSON.stringify([...new Set(paths)]) });
  },
};

await build({
  configFile: false,
  root: join(ROOT, 'dashboard'),
  // A file refers to another by what stands beside it: no file knows the gateway's address.
  base: './',
  logLevel: 'error',
  plugins: [fontsAsFiles, listOfModules],
  build: {
    outDir,
    emptyOutDir: true,
    assetsDir: '',
    manifest: true,
    target: 'es2023',
    // Everything is a file of its own: the policy of the page allows no `data:` but of images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_500,
    rolldownOptions: {
      input: 'main.tsx',
      output: {
        hashCharacters: 'hex',
        entryFileNames: `${HASHED}.js`,
        chunkFileNames: `${HASHED}.js`,
        assetFileNames: `${HASHED}[extname]`,
      },
    },
  },
});

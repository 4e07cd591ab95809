import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where everything goes that is made, in folders as they are published. */
export const DIST = join(ROOT, 'dist');

/**
 * CommonJS dependencies call `require`, which an ES module does not have. The long name cannot meet one that the
 * minifier makes.
 */
export const REQUIRE_FOR_COMMONJS =
  "import { createRequire as portcullisCreateRequire } from 'node:module';" +
  'const require = portcullisCreateRequire(import.meta.url);';

/** ES modules with all that they need, and nothing else. */
export const TO_MODULES = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  legalComments: 'none',
  sourcemap: false,
  metafile: true,
  write: false,
  logLevel: 'error',
} as const satisfies BuildOptions;

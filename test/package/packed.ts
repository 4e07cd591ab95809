import { type ExecFileOptions, execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('./example', import.meta.url));

/** What an app beside the package has, and the package does not bring: CDK is the app's own. */
const NEIGHBOURS = ['aws-cdk-lib', 'constructs', '@types/node', 'undici-types'];

const run = promisify(execFile);
const listing = z.tuple([
  z.object({
    filename: z.string(),
    size: z.number(),
    files: z.array(z.object({ path: z.string(), size: z.number(), mode: z.number() })),
  }),
]);

/** The package as npm would publish it, and the example app with it installed, in a folder of its own. */
export interface Packed {
  readonly tarball: Buffer;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
  /** The installed package. */
  readonly folder: string;
  /** The app. */
  readonly app: string;
  /** @returns what Node printed; with nothing on its path but what the app has */
  node(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<{ stdout: string; stderr: string }>;
  remove(): void;
}

export async function pack(): Promise<Packed> {
  const app = mkdtempSync(join(tmpdir(), 'portcullis-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', app], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  });
  const [{ filename, files }] = listing.parse(JSON.parse(stdout));
  await run('tar', ['-xzf', filename], { cwd: app });

  const installed = join(app, 'node_modules', 'portcullis');
  mkdirSync(dirname(installed));
  cpSync(join(app, 'package'), installed, { recursive: true });
  cpSync(EXAMPLE, app, { recursive: true });
  for (const name of NEIGHBOURS) {
    const link = join(app, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), link);
  }
  return {
    tarball: readFileSync(join(app, filename)),
    files,
    folder: installed,
    app,
    node: (args, env = {}) => {
      const options: ExecFileOptions = { cwd: app, env: { HOME: app, ...env } };
      return run(process.execPath, args, { ...options, encoding: 'utf8' });
    },
    remove: () => rmSync(app, { recursive: true }),
  };
}

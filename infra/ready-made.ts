import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { BUNDLE_MODULE, type FunctionName } from './functions.ts';

/** As published, this module stands in `dist/infra`, and the bundles beside it in `dist/functions`. */
const BUNDLES = new URL('../functions/', import.meta.url);

/**
 * @returns the bundle that the package carries for the function
 * @throws Error that names the folder when it is not there
 */
export function readyMade(name: FunctionName): Code {
  const folder = new URL(`${name}/`, BUNDLES);
  if (!existsSync(new URL(`${BUNDLE_MODULE}.mjs`, folder))) {
    throw new Error(
      `The package portcullis is not complete: ${fileURLToPath(folder)} has no bundle. Install it again.`,
    );
  }
  return Code.fromAsset(fileURLToPath(folder));
}

import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildFunction } from './build/function.ts';
import type { FunctionName } from './functions.ts';

/**
 * @returns the code of a function, bundled from source
 * @throws the errors of esbuild, after it has printed them
 */
export const bundle = (name: FunctionName): Code => Code.fromAsset(buildFunction(name).folder);

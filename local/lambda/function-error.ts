import { types } from 'node:util';
import type { FunctionError } from './protocol.ts';

/**
 * @param thrown whatever a handler threw
 * @returns it as the Lambda runtime reports it
 */
export function functionError(thrown: unknown): FunctionError {
  if (types.isNativeError(thrown)) {
    return { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack?.split('\n') ?? [] };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}

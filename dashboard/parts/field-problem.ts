import { isPortcullisError } from '../../client/index.ts';

/**
 * @param error what the gateway answered to a change
 * @param field as the API calls it
 * @returns what is wrong with the field; undefined when nothing is said of it
 */
export function problemOf(error: unknown, field: string): string | undefined {
  if (!isPortcullisError(error, 'HTTP_BadRequest')) return undefined;
  const own = error.errors.find(
    (problem) => problem.startsWith(`${field}:`) || problem.startsWith(`${field}.`),
  );
  return own?.slice(own.indexOf(':') + 1).trim();
}

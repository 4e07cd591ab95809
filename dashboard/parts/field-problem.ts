import { isPortcullisError } from '../../client/index.ts';

/** What is wrong with each field, by the name that the API has for it: `name`, `upstream.headers.host`. */
export type Problems = ReadonlyMap<string, string>;

/** @returns the problems of the fields that have one */
export const problemsIn = (
  fields: readonly (readonly [field: string, problem: string | undefined])[],
): Problems => new Map(fields.filter((entry): entry is [string, string] => entry[1] !== undefined));

/** @returns what the gateway found wrong with a change: of which field or part of one, and what */
export function toldProblems(error: unknown): readonly (readonly [path: string, problem: string])[] {
  if (!isPortcullisError(error, 'HTTP_BadRequest')) return [];
  return error.errors.flatMap((told) => {
    const [path = '', problem] = told.split(/: (.*)/s);
    return problem === undefined ? [] : [[path, problem] as const];
  });
}

export const isOf = (field: string, path: string): boolean => path === field || path.startsWith(`${field}.`);

/** @returns what the gateway found wrong with a field; undefined when nothing is said of it */
export const problemOf = (error: unknown, field: string): string | undefined =>
  toldProblems(error).find(([path]) => isOf(field, path))?.[1];

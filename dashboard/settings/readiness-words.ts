import type { Data } from '../../client/index.ts';

/** `3 callers`, of those that matter. */
export function countOfCallers({ callers, callers_left_out = 0 }: Data<'getReadiness'>): string {
  const count = callers.filter(({ dismissed }) => !dismissed).length + callers_left_out;
  return count === 1 ? '1 caller' : `${count} callers`;
}

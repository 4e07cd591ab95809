import type { Data } from '../../client/index.ts';

export const inCallers = (count: number): string => (count === 1 ? '1 caller' : `${count} callers`);

/** `3 callers`, of those that matter. */
export const countOfCallers = ({ callers, callers_left_out = 0 }: Data<'getReadiness'>): string =>
  inCallers(callers.filter(({ dismissed }) => !dismissed).length + callers_left_out);

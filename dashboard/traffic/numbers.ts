const COUNT = new Intl.NumberFormat(undefined);
const SHORT_COUNT = new Intl.NumberFormat(undefined, { notation: 'compact' });

export const countText = (count: number): string => COUNT.format(count);
/** For the axis of a chart. */
export const shortCountText = (count: number): string =>
  Number.isInteger(count) ? SHORT_COUNT.format(count) : '';

/** @param milliseconds `null`: there was nothing to measure */
export function durationText(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  return milliseconds < 10_000
    ? `${COUNT.format(Math.round(milliseconds))} ms`
    : `${COUNT.format(milliseconds / 1_000)} s`;
}

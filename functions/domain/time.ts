export const DAY_MS = 24 * 60 * 60 * 1_000;

/** @param time milliseconds since the epoch @returns the time as answers and rows of the audit trail have it */
export function isoTime(time: number): string;
export function isoTime(time: number | null): string | null;
export function isoTime(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

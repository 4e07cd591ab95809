import { DAY_MS } from '../parts/moment.tsx';

/** When a key is to end, as it is chosen. */
export type End =
  | { readonly kind: 'never' }
  | { readonly kind: 'in'; readonly days: number }
  /** By the reader's own clock: `2027-01-31`, `12:00`. */
  | { readonly kind: 'at'; readonly date: string; readonly time: string };

const MINUTE_MS = 60_000;

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d\d:\d\d$/;

/** @returns the end of a key as it is chosen, to the minute; a moment in ISO 8601, `null`: never */
export function endAt(moment: string | null): End {
  if (moment === null) return { kind: 'never' };
  const at = new Date(moment);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS).toISOString();
  return { kind: 'at', date: local.slice(0, 10), time: local.slice(11, 16) };
}

/**
 * @param now milliseconds since the epoch
 * @returns the moment in ISO 8601, `null`: never; undefined: what is chosen is none
 */
export function momentOf(end: End, now: number): string | null | undefined {
  if (end.kind === 'never') return null;
  if (end.kind === 'in') return new Date(now + end.days * DAY_MS).toISOString();
  if (!DATE.test(end.date) || !TIME.test(end.time)) return undefined;
  const at = new Date(`${end.date}T${end.time}`);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

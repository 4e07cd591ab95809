import { EXIT, Exit } from './exit.ts';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;
const DURATION = /^(\d{1,6})([smhdw])$/;
const EXAMPLES = 'such as 90s, 15m, 1h or 30d';

/**
 * @param text such as `90s`, `15m`, `1h`, `30d`
 * @param option that it was given for
 * @returns seconds
 * @throws Exit when it is none
 */
export function seconds(text: string, option: string): number {
  const duration = secondsOf(text);
  if (duration !== undefined) return duration;
  throw new Exit(EXIT.usage, `${option} must be a duration ${EXAMPLES}, not "${text}".`);
}

function secondsOf(text: string): number | undefined {
  const [, number, unit] = DURATION.exec(text) ?? [];
  return unit === undefined ? undefined : Number(number) * SECONDS[unit as keyof typeof SECONDS];
}

const DAY = /^\d{4}-\d{2}-\d{2}/;
/** A day, or a moment in ISO 8601; in UTC where it says no other. */
const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/**
 * @param text a duration from now, a day or a moment in ISO 8601
 * @param direction whether a duration reaches into the past or the future
 * @param now milliseconds since the epoch
 * @returns the moment, in ISO 8601 and UTC
 * @throws Exit when it is none of these
 */
export function instant(
  text: string,
  option: string,
  direction: 'ago' | 'ahead',
  now: number = Date.now(),
): string {
  const duration = secondsOf(text);
  const time =
    duration === undefined ? timeOf(text) : now + (direction === 'ago' ? -duration : duration) * 1_000;
  if (Number.isFinite(time)) return new Date(time).toISOString();
  throw new Exit(
    EXIT.usage,
    `${option} must be a duration ${EXAMPLES}, or a moment such as 2027-01-31T12:00:00Z, not "${text}".`,
  );
}

/** @returns milliseconds since the epoch; `NaN`: it is no moment, or a day that no month has */
function timeOf(text: string): number {
  const [, hours, , , offset] = MOMENT.exec(text) ?? [];
  const [day = ''] = DAY.exec(text) ?? [];
  const midnight = Date.parse(day);
  if (!MOMENT.test(text) || Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) {
    return Number.NaN;
  }
  return Date.parse(hours !== undefined && offset === undefined ? `${text}Z` : text);
}

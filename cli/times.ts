import { EXIT, Exit } from './exit.ts';

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/**
 * @param text such as `90s`, `15m`, `1h`, `30d`
 * @param option that it was given for
 * @returns seconds
 * @throws Exit when it is none
 */
export function seconds(text: string, option: string): number {
  const [, number = '', unit = 's'] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === '') {
    throw new Exit(EXIT.usage, `${option} must be a duration such as 90s, 15m, 1h or 30d, not "${text}".`);
  }
  return Number(number) * SECONDS[unit as keyof typeof SECONDS];
}

/**
 * @param text a duration back from now, or a moment in ISO 8601
 * @param direction whether a duration reaches into the past or the future
 * @returns the moment, in ISO 8601 and UTC
 * @throws Exit when it is neither
 */
export function instant(text: string, option: string, direction: 'ago' | 'ahead'): string {
  if (/^\d+[smhd]$/.test(text)) {
    const distance = seconds(text, option) * 1_000;
    return new Date(Date.now() + (direction === 'ago' ? -distance : distance)).toISOString();
  }
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new Exit(
      EXIT.usage,
      `${option} must be a duration such as 1h or 30d, or a moment such as 2027-01-31T12:00:00Z, not "${text}".`,
    );
  }
  return new Date(time).toISOString();
}

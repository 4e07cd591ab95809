/** So long an old secret can work on at most: a day. */
export const MAX_OVERLAP_SECONDS = 86_400;

const UNITS = [
  { name: 'hour', seconds: 3_600 },
  { name: 'minute', seconds: 60 },
  { name: 'second', seconds: 1 },
];

/** @returns the seconds that were typed; undefined when they are none that an old secret can work on */
export function readOverlap(typed: string): number | undefined {
  const seconds = /^\d{1,5}$/.test(typed.trim()) ? Number(typed) : Number.NaN;
  return seconds <= MAX_OVERLAP_SECONDS ? seconds : undefined;
}

/** @returns as in "1 hour 30 minutes" */
export function overlapInWords(seconds: number): string {
  let rest = seconds;
  const words: string[] = [];
  for (const unit of UNITS) {
    const count = Math.floor(rest / unit.seconds);
    rest %= unit.seconds;
    if (count > 0) words.push(`${count} ${unit.name}${count === 1 ? '' : 's'}`);
  }
  return words.join(' ');
}

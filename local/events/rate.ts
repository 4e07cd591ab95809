import * as z from 'zod';

/** One takes the singular and more the plural, or EventBridge refuses it. */
const RATE =
  /^rate\((?:(?<one>1) (?<unit>minute|hour|day)|(?<more>[2-9]|[1-9]\d+) (?<units>minute|hour|day)s)\)$/;
const MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1_440 };
/** A timer of Node takes no more, and would fire at once. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Takes a rate of EventBridge, such as `rate(5 minutes)`, up to 24 days, and gives it in milliseconds:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rate-expressions.html
 */
export const rateMilliseconds = z.string().transform((expression, context) => {
  const { one, unit, more, units } = RATE.exec(expression)?.groups ?? {};
  const milliseconds = Number(one ?? more) * Number(MINUTES[unit ?? units ?? '']) * 60_000;
  if (milliseconds <= MAX_MS) return milliseconds;
  context.addIssue(`${expression} is no rate(…) of at most 24 days`);
  return z.NEVER;
});

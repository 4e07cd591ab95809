const HTTP_DATE = /^[A-Z][a-z]+, /;

/**
 * @param headers of an answer
 * @returns the seconds that a client is asked to wait (RFC 9110, section 10.2.3), 0 or more; `undefined` when it is not asked to
 */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const value = headers.get('retry-after') ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const time = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) return undefined;
  // By the clock that made it, where a page may read that one.
  const now = Date.parse(headers.get('date') ?? '') || Date.now();
  return Math.max(0, Math.ceil((time - now) / 1_000));
}

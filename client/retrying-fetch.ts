import ky, { HTTPError } from 'ky';

/** What may pass by itself. */
const PASSING = [500, 502, 503, 504];
const THROTTLED = 429;
const METHODS = ['get', 'post', 'patch', 'delete'] as const;

/** Milliseconds before an attempt, from 1 on: twice as long each time, at random, so that clients come back apart. */
const delay = (attempt: number): number => 300 * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);

/**
 * @param fetch what sends a request
 * @param rules.retries how often it is sent again at most
 * @param rules.timeoutMs how long an attempt may take
 * @param rules.isIdempotent whether it may be sent again when nobody knows what became of it. A throttled one always may: it has
 *   reached nothing
 * @returns a fetch that gives up with the last answer
 */
export function retryingFetch(
  fetch: typeof globalThis.fetch,
  rules: { readonly retries: number; readonly timeoutMs: number; readonly isIdempotent: boolean },
): (request: Request) => Promise<Response> {
  const { retries, timeoutMs, isIdempotent } = rules;
  return async (request) => {
    try {
      return await ky(request, {
        fetch,
        timeout: timeoutMs,
        redirect: 'error',
        retry: {
          limit: retries,
          methods: [...METHODS],
          statusCodes: isIdempotent ? [THROTTLED, ...PASSING] : [THROTTLED],
          afterStatusCodes: [THROTTLED, 503],
          maxRetryAfter: 30_000,
          delay,
        },
        hooks: {
          beforeRetry: [
            ({ error }) => {
              if (!isIdempotent && !(error instanceof HTTPError)) throw error;
            },
          ],
        },
      });
    } catch (error) {
      if (error instanceof HTTPError) return error.response;
      throw error;
    }
  };
}

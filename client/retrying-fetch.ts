import ky from 'ky';
import { retryAfterSeconds } from './retry-after.ts';

const THROTTLED = 429;
/** What may pass by itself. */
const PASSING = [500, 502, 503, 504];
const METHODS = ['get', 'post', 'patch', 'delete'] as const;

/** Who is asked to wait for longer is told so instead. */
const MAX_WAIT_SECONDS = 30;

/** Milliseconds before a retry, the first being 1: twice as long each time, at random, so that clients come back apart. */
const backoff = (retry: number): number => 300 * 2 ** (retry - 1) * (0.5 + Math.random() / 2);

/**
 * @param fetch what sends a request
 * @param rules.retries how often it is sent again at most
 * @param rules.timeoutMs how long an attempt may take, to the end of its answer
 * @param rules.isIdempotent whether it may be sent again when nobody knows what became of it. A throttled one always may: it
 *   has reached nothing
 * @returns a fetch that gives up with the last answer, which it has read to its end, or throws what the last attempt threw
 */
export function retryingFetch(
  fetch: typeof globalThis.fetch,
  rules: { readonly retries: number; readonly timeoutMs: number; readonly isIdempotent: boolean },
): (request: Request) => Promise<Response> {
  const { retries, timeoutMs, isIdempotent } = rules;
  return async (request) => {
    let answer: Response | undefined;
    let failure: unknown;

    async function attempt(sent: string | URL | Request): Promise<Response> {
      answer = failure = undefined;
      try {
        answer = await wholeAnswer(await fetch(sent));
        return answer;
      } catch (error) {
        failure = error;
        throw error;
      }
    }

    /** Asked before each retry. What it throws ends them. */
    function delay(retry: number): number {
      if (answer === undefined && !isIdempotent) throw failure;
      const asked = (answer && retryAfterSeconds(answer.headers)) ?? 0;
      if (asked > MAX_WAIT_SECONDS) throw new RangeError('Retry-After');
      return Math.max(asked * 1_000, backoff(retry));
    }

    try {
      return await ky(request, {
        fetch: attempt,
        timeout: timeoutMs,
        redirect: 'manual',
        retry: {
          limit: retries,
          methods: [...METHODS],
          statusCodes: isIdempotent ? [THROTTLED, ...PASSING] : [THROTTLED],
          afterStatusCodes: [],
          delay,
        },
      });
    } catch (error) {
      if (answer !== undefined && !request.signal.aborted) return answer;
      throw error;
    }
  };
}

/** An answer that breaks off, or hangs, is a failed attempt like any other. */
async function wholeAnswer(response: Response): Promise<Response> {
  // Some browsers give a 204 a body, and none lets one be made with it.
  if (response.body === null || response.status === 204) return response;
  const { status, statusText, headers } = response;
  return new Response(await response.arrayBuffer(), { status, statusText, headers });
}

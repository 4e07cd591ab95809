/** The throttle of a stage, as its settings of all methods (`/*`, `*`) say. */
export interface Throttle {
  /** Requests a second in the long run; 0: none at all. */
  readonly rate: number;
  /** Requests at once. */
  readonly burst: number;
}

/**
 * A token bucket, as API Gateway has one for each stage:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 *
 * @param throttle how fast it fills, and how much it holds; `undefined`: there is no limit
 * @param now milliseconds on a clock that never goes back
 * @returns takes a token for a request, or says that there is none
 */
export function createThrottle(throttle: Throttle | undefined, now = () => performance.now()): () => boolean {
  if (throttle === undefined) return () => true;
  const { rate, burst } = throttle;
  let tokens = burst;
  let filledAt = now();
  return () => {
    const at = now();
    tokens = Math.min(burst, tokens + ((at - filledAt) / 1_000) * rate);
    filledAt = at;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

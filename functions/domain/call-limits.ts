/** How long one call of an AWS service may take, and how often it is tried: somebody waits for it, so it fails fast. */
const ATTEMPT_TIMEOUT_MS = 1_000;
const CONNECTION_TIMEOUT_MS = 500;
const MAX_ATTEMPTS = 2;

/** All attempts of one command together, reading the answer's body included. */
const COMMAND_TIMEOUT_MS = 2_200;

/** Options of an SDK client. Credentials, region and endpoint come from the environment, as on Lambda. */
export const CLIENT_LIMITS = {
  maxAttempts: MAX_ATTEMPTS,
  requestHandler: {
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: ATTEMPT_TIMEOUT_MS,
    // Without this the handler only prints a warning and waits on.
    throwOnRequestTimeout: true,
  },
} as const;

/** Options of one `send`: a deadline over all its attempts. */
export const withinDeadline = (): { abortSignal: AbortSignal } => ({
  abortSignal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
});

/** How long one call of an AWS service may take, and how often it is tried: somebody waits for it, so it fails fast. */
export const ATTEMPT_TIMEOUT_MS = 1_000;
export const CONNECTION_TIMEOUT_MS = 500;
const MAX_ATTEMPTS = 2;

/** All attempts of one command together, reading the answer's body included. */
export const COMMAND_TIMEOUT_MS = 2_200;

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

/** Where nobody waits, a busy service is waited for: what fails is done again from the start. */
export const PATIENT_CLIENT_LIMITS = {
  maxAttempts: 4,
  requestHandler: { ...CLIENT_LIMITS.requestHandler, requestTimeout: 5_000 },
} as const;
export const PATIENT_COMMAND_TIMEOUT_MS = 15_000;

/** Options of one `send`: a deadline over all its attempts. */
export const withinDeadline = (timeoutMs: number = COMMAND_TIMEOUT_MS): { abortSignal: AbortSignal } => ({
  abortSignal: AbortSignal.timeout(timeoutMs),
});

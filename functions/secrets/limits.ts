/** How long one attempt may take, and how many there are: a call waits for it, so it fails fast. */
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

/** A secret could not be sealed, opened or read. It tells what failed, and nothing of what was in it. */
export class SecretsFault extends Error {
  /** @param failed what was tried, such as `KMS Decrypt` */
  constructor(failed: string, error?: unknown) {
    // Not as `cause`: what an SDK says of an answer that it could not read may quote the answer.
    super(error instanceof Error ? `${failed} failed: ${error.name}` : failed);
    this.name = 'SecretsFault';
  }
}

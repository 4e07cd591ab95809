/** A secret could not be sealed, opened or read. It tells what failed, and nothing of what was in it. */
export class SecretsFault extends Error {
  /** @param failed what was tried, such as `KMS Decrypt` */
  constructor(failed: string, error?: unknown) {
    // Not as `cause`: what an SDK says of an answer that it could not read may quote the answer.
    super(error instanceof Error ? `${failed} failed: ${error.name}` : failed);
    this.name = 'SecretsFault';
  }
}

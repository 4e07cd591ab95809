import type { After } from '../timers.ts';
import type { LambdaFunction } from './function.ts';

/**
 * Before the second and the third attempt. Lambda waits one minute and two:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const RETRY_DELAYS_MS: readonly number[] = [1_000, 2_000];

/** Invocations whose caller does not wait: what the function answers is read by nobody. */
export interface AsynchronousInvocations {
  /**
   * Invokes a function, and again when it fails; reports the last failure.
   *
   * @param event the payload, as JSON
   * @returns resolves when the function has succeeded, or will not be tried again; never rejects
   */
  invoke(lambdaFunction: LambdaFunction, event: string): Promise<void>;
  /** From now on no attempt begins and no failure is reported. */
  close(): void;
}

/** @param report told about each event that is dropped */
export function createAsynchronousInvocations(
  after: After,
  report: (problem: string) => void,
): AsynchronousInvocations {
  let isClosed = false;
  return {
    async invoke(lambdaFunction, event) {
      for (let failures = 0; !isClosed; failures += 1) {
        const outcome = await lambdaFunction.invoke(event);
        if (outcome.ok || isClosed) return;
        const delay = RETRY_DELAYS_MS[failures];
        if (delay === undefined) {
          report(
            `${lambdaFunction.name} failed ${failures + 1} times, and its event is dropped: ${outcome.error.errorMessage}`,
          );
          return;
        }
        await new Promise<void>((resolve) => {
          after(delay, resolve);
        });
      }
    },
    close() {
      isClosed = true;
    },
  };
}

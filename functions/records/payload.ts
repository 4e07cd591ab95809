import type { CallData } from '../domain/call-record.ts';

/** What the server answered, as far as it was kept. */
export interface KeptAnswer {
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
  /** Whether `bytes` is all of it. */
  readonly isWhole: boolean;
}

/**
 * What a record stores of a call, masked and cut. Never throws.
 * @param call.requestBody the whole body; `undefined` for a request without one
 * @param call.answer `undefined` when nobody answered
 * @returns `null` when there is nothing to store
 */
export function callData(_call: {
  readonly requestBody: Buffer | undefined;
  readonly answer: KeptAnswer | undefined;
}): CallData | null {
  return null;
}

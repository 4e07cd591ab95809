import type { KeptAnswer } from './payload.ts';

/** So much of an answer is kept for its record: what is larger is not looked into. */
const MAX_KEPT_BYTES = 256 * 1024;

/** Counts the bytes of a body on its way to the client, and keeps the first of them where the project stores data. */
export class SentBytes {
  count = 0;
  readonly #keeps: boolean;
  readonly #kept: Buffer[] = [];

  constructor(options: { readonly keeps: boolean }) {
    this.#keeps = options.keeps;
  }

  readonly add = (chunk: Buffer): void => {
    const room = MAX_KEPT_BYTES - this.count;
    if (this.#keeps && room > 0) this.#kept.push(chunk.subarray(0, room));
    this.count += chunk.length;
  };

  /** @param isEnded whether all of the body has come */
  answer(contentType: string | undefined, isEnded: boolean): KeptAnswer {
    return {
      contentType,
      bytes: Buffer.concat(this.#kept),
      isWhole: isEnded && this.count <= MAX_KEPT_BYTES,
    };
  }
}

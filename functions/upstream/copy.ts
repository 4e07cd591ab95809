import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface CopyLimits {
  /** How long the server may send nothing, in milliseconds. */
  readonly silenceMs: number;
  /** How long all of it may take, in milliseconds. */
  readonly totalMs: number;
}

/**
 * Copies a server's bytes to the client as they come. A limit that is reached ends the copy in good order, as a server
 * would that closes its stream: the client resumes.
 * @param answer stays open: its owner ends it
 * @throws when the server breaks off, or the client has left
 */
export async function copyWithin(
  limits: CopyLimits,
  response: IncomingMessage,
  answer: Writable,
): Promise<void> {
  let limitReached = false;
  const end = () => {
    limitReached = true;
    response.destroy();
  };
  response.setTimeout(limits.silenceMs, end);
  const deadline = setTimeout(end, limits.totalMs);
  try {
    await pipeline(response, answer, { end: false });
  } catch (error) {
    if (!limitReached) throw error;
  } finally {
    clearTimeout(deadline);
  }
}

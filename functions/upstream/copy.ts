import type { IncomingMessage } from 'node:http';
import type { Duplex, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isEventStream } from './answer-filter.ts';

export interface CopyLimits {
  /** How long the server may send nothing, in milliseconds. */
  readonly silenceMs: number;
  /** How long all of it may take, in milliseconds. */
  readonly totalMs: number;
}

export interface RelayedBody {
  readonly response: IncomingMessage;
  /** What the bytes pass on their way; none: they leave as they came. */
  readonly through: readonly Duplex[];
}

/**
 * Copies a server's bytes to the client as they come. A limit that is reached ends an event stream in good order, as a
 * server would that closes it: the client resumes.
 * @param answer stays open: its owner ends it
 * @param seen gets each chunk that is on its way to the client
 * @throws when the server breaks off, the client has left, or a limit cuts an answer that nobody can resume
 */
export async function copyWithin(
  limits: CopyLimits,
  body: RelayedBody,
  answer: Writable,
  seen: (chunk: Buffer) => void = () => {},
): Promise<void> {
  const limit = watch(limits, body.response);
  const last = body.through.at(-1);
  try {
    if (last === undefined) {
      await pump(body.response, answer, seen);
    } else {
      // Beside the pipe, which sets the pace for both: no stream more for the bytes to pass.
      last.on('data', seen);
      await pipeline([body.response, ...body.through, answer], { end: false });
    }
  } catch (error) {
    if (!limit.reached || !isEventStream(body.response)) throw error;
  } finally {
    limit.clear();
  }
}

/** What `pipeline` does for two streams, of which the second stays open, and no abort signals made for what ends well. */
function pump(response: IncomingMessage, answer: Writable, seen: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const goOn = () => response.resume();
    const settle = (error?: Error) => {
      response.off('close', brokenOff);
      answer.off('drain', goOn);
      answer.off('close', left);
      answer.off('error', settle);
      if (error === undefined) return resolve();
      response.destroy();
      reject(error);
    };
    const brokenOff = () => settle(new Error('The server has broken off'));
    const left = () => settle(new Error('The client has left'));
    answer.on('drain', goOn);
    answer.on('close', left);
    answer.on('error', settle);
    response.on('close', brokenOff);
    response.on('error', settle);
    response.on('end', () => settle());
    response.on('data', (chunk: Buffer) => {
      seen(chunk);
      if (!answer.write(chunk)) response.pause();
    });
    // What has broken off before says so no more.
    if (response.destroyed) brokenOff();
    else if (answer.destroyed) left();
  });
}

/**
 * @param read reads the response, and fails when that is destroyed
 * @returns what was read, or why there is nothing
 */
export async function readWithin(
  limits: CopyLimits,
  response: IncomingMessage,
  read: (response: IncomingMessage) => Promise<string>,
): Promise<{ readonly kind: 'read'; readonly text: string } | { readonly kind: 'too_slow' | 'unreadable' }> {
  const limit = watch(limits, response);
  try {
    return { kind: 'read', text: await read(response) };
  } catch {
    return { kind: limit.reached ? 'too_slow' : 'unreadable' }; // The server broke off, or cannot be understood.
  } finally {
    limit.clear();
  }
}

function watch(limits: CopyLimits, response: IncomingMessage): { readonly reached: boolean; clear(): void } {
  let reached = false;
  const end = () => {
    reached = true;
    response.destroy();
  };
  // While the client takes nothing the server is not read, so its silence means nothing.
  response.setTimeout(limits.silenceMs, () =>
    response.isPaused() ? response.setTimeout(limits.silenceMs) : end(),
  );
  const deadline = setTimeout(end, limits.totalMs);
  return {
    get reached() {
      return reached;
    },
    clear: () => clearTimeout(deadline),
  };
}

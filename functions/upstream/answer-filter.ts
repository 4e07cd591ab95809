import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { isObject } from '../domain/json-rpc.ts';
import { filterToolList } from '../domain/tool-access.ts';
import { EventSplitter, eventData, eventTransform, withEventData } from './event-stream.ts';

/** What is read whole may have that many bytes. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;

/** The server answered something that must be looked into and cannot be. */
class UnreadableAnswer extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'UnreadableAnswer';
  }
}

export const isEventStream = ({ headers }: IncomingMessage): boolean =>
  mediaType(headers['content-type']) === 'text/event-stream';

export const isJson = ({ headers }: IncomingMessage): boolean =>
  mediaType(headers['content-type']) === 'application/json';

/** Whether the bytes are what they mean: we ask for `identity`, but a server may encode all the same. */
export const isPlain = ({ headers }: IncomingMessage): boolean =>
  (headers['content-encoding'] ?? 'identity').trim().toLowerCase() === 'identity';

const mediaType = (contentType: string | undefined): string =>
  (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** In an event stream, leaves of each list of tools the allowed ones; every other event passes as it came. */
export function toolListEvents(allowed: ReadonlySet<string>): Transform {
  return eventTransform((event) => {
    const message = parsed(eventData(event));
    const filtered = message === undefined ? undefined : filterToolList(message, allowed);
    return filtered === undefined ? undefined : withEventData(event, JSON.stringify(filtered));
  });
}

/**
 * @param json an answer to a tools/list
 * @returns it with the allowed tools alone, written anew
 * @throws {@link UnreadableAnswer} when it is not JSON
 */
export function filteredToolList(json: string, allowed: ReadonlySet<string>): string {
  const message = parsed(json);
  if (message === undefined) throw new UnreadableAnswer('The list of tools is not JSON');
  return JSON.stringify(filterToolList(message, allowed) ?? message);
}

/** @throws {@link UnreadableAnswer} when it has more than 16 MB */
export async function readWhole(response: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > MAX_WHOLE_BYTES) throw new UnreadableAnswer('The answer is too large to be read');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Reads an event stream until it has answered, for a client that takes JSON alone. What the server sends before its answer
 * (progress, logs) has no place in JSON and is left out.
 * @param requests what was asked; without ids the first answer is the one
 * @returns the data of the event that answers; an array of them for a batch
 * @throws {@link UnreadableAnswer} when the stream ends without an answer
 */
export async function firstAnswer(
  response: AsyncIterable<Buffer>,
  requests: { readonly ids: readonly (string | number)[]; readonly isBatch: boolean },
): Promise<string> {
  const { ids, isBatch } = requests;
  const answers = new Map<unknown, string>();
  const splitter = new EventSplitter();
  const take = (event: Buffer): string | undefined => {
    const data = eventData(event);
    const message = parsed(data);
    if (data === undefined || message === undefined) return undefined;
    if (Array.isArray(message)) return data;
    if (!isAnswer(message) || (ids.length > 0 && !ids.includes(message.id))) return undefined;
    if (!isBatch) return data;
    answers.set(message.id, data);
    return answers.size === ids.length ? `[${[...answers.values()].join(',')}]` : undefined;
  };
  for await (const chunk of response) {
    for (const event of splitter.push(chunk)) {
      const answer = take(event);
      if (answer !== undefined) return answer;
    }
  }
  const last = take(splitter.rest());
  if (last !== undefined) return last;
  throw new UnreadableAnswer('The event stream ended without an answer');
}

function isAnswer(message: unknown): message is { id: string | number } {
  return isObject(message) && ('result' in message || 'error' in message);
}

function parsed(data: string | undefined): unknown {
  try {
    return data === undefined ? undefined : JSON.parse(data);
  } catch {
    return undefined; // Nothing that we could look into.
  }
}

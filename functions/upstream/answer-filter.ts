import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { isObject, parseStrictJson } from '../domain/json-rpc.ts';
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

/** Whether there is a body at all: a 202 or a 204 has none. */
export const isEmpty = ({ statusCode, headers }: IncomingMessage): boolean =>
  statusCode === 202 || statusCode === 204 || headers['content-length'] === '0';

const mediaType = (contentType: string | undefined): string =>
  (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/**
 * In an event stream, leaves of each list of tools the allowed ones; every other event passes as it came. Data that could
 * be read in two ways breaks the stream off: nobody can say what it lists.
 */
export function toolListEvents(allowed: ReadonlySet<string>): Transform {
  return eventTransform((event) => {
    const data = eventData(event);
    if (data === undefined || data.trim() === '') return undefined;
    const filtered = withAllowedTools(data, allowed);
    return filtered === data ? undefined : withEventData(event, filtered);
  });
}

/**
 * @param json one message of a server, or a batch of them
 * @returns it with the allowed tools alone where it lists tools, as it is where it does not
 * @throws {@link UnreadableAnswer} when it is not JSON, or holds a key twice
 */
export function withAllowedTools(json: string, allowed: ReadonlySet<string>): string {
  const message = parseStrictJson(Buffer.from(json));
  if (message === undefined) throw new UnreadableAnswer('What may be a list of tools is not plain JSON');
  if (filterToolList(message, allowed) === undefined) return json;
  return JSON.stringify(filterToolList(parseExactly(json), allowed));
}

/** `JSON.parse` and `JSON.stringify` that keep every number as it is written: an id may be larger than a double. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

function parseExactly(json: string): unknown {
  const exact: ExactJson = JSON as typeof JSON & ExactJson;
  return exact.parse(json, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exact.rawJSON(source) : value,
  );
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
  const answers: string[] = [];
  const splitter = new EventSplitter();
  const isComplete = (event: Buffer): boolean => {
    const data = eventData(event);
    const message = parsed(data);
    if (data === undefined || message === undefined) return false;
    if (Array.isArray(message)) {
      answers.splice(0, answers.length, ...message.map((one) => JSON.stringify(one)));
      return true;
    }
    if (!isAnswer(message, ids)) return false;
    answers.push(data);
    return answers.length >= (isBatch ? ids.length : 1);
  };
  const written = () => (isBatch ? `[${answers.join(',')}]` : (answers[0] ?? ''));
  for await (const chunk of response) {
    if (splitter.push(chunk).some(isComplete)) return written();
  }
  splitter.rest().some(isComplete);
  if (answers.length === 0) throw new UnreadableAnswer('The event stream ended without an answer');
  return written();
}

/** An error without an id answers whatever was asked. */
function isAnswer(message: unknown, ids: readonly (string | number)[]): boolean {
  if (!isObject(message) || !('result' in message || 'error' in message)) return false;
  return (
    ids.length === 0 || (message.id === null && 'error' in message) || ids.some((id) => id === message.id)
  );
}

function parsed(data: string | undefined): unknown {
  try {
    return data === undefined ? undefined : JSON.parse(data);
  } catch {
    return undefined; // Nothing that answers.
  }
}

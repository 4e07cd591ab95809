import type { CallData } from '../domain/call-record.ts';
import { isObject, type JsonRpcMessage, readJsonRpc } from '../domain/json-rpc.ts';
import { EventSplitter, eventData } from '../upstream/event-stream.ts';
import { storable } from './storable.ts';

/** Bodies with more bytes are not looked into. */
const MAX_BODY_BYTES = 256 * 1024;

/** What the server answered, as far as it was kept. */
export interface KeptAnswer {
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
  /** Whether `bytes` is all of it. */
  readonly isWhole: boolean;
}

/**
 * What a record stores of a call, masked and cut: at most 4 KB of JSON for what was asked, and for what was answered. What
 * cannot be read, and so cannot be masked, is not stored: a text such as `[not stored: 524288 bytes]` stands for it. Never
 * throws. Takes some milliseconds the first time, then 0.1 ms for a usual call.
 * @param call.requestBody the whole body; `undefined` for a request without one
 * @param call.answer `undefined` when nobody answered
 * @returns `null` when there is nothing to store
 */
export function callData({
  requestBody,
  answer,
}: {
  readonly requestBody: Buffer | undefined;
  readonly answer: KeptAnswer | undefined;
}): CallData | null {
  const asked = requestBody === undefined || requestBody.length === 0 ? undefined : readAsked(requestBody);
  const answered = answer === undefined || answer.bytes.length === 0 ? undefined : readAnswer(answer, asked);
  const data: CallData = {
    ...(asked?.params === undefined ? {} : { arguments: storable(asked.params) }),
    ...(answered === undefined ? {} : { result: storable(answered) }),
  };
  return Object.keys(data).length === 0 ? null : data;
}

interface Asked {
  readonly params: unknown;
  /** Of the requests; `undefined`: they cannot be told, and whatever is answered, answers them. */
  readonly ids: readonly unknown[] | undefined;
}

function readAsked(body: Buffer): Asked {
  const read = body.length > MAX_BODY_BYTES ? undefined : readJsonRpc(body);
  if (read?.kind !== 'messages') {
    const problem = read === undefined ? '' : ', no clear JSON-RPC';
    return { params: `[not stored: ${body.length} bytes${problem}]`, ids: undefined };
  }
  const { messages, isBatch } = read;
  return {
    params: isBatch ? messages.map(({ method, params }) => ({ method, params })) : messages[0]?.params,
    ids: messages.filter(({ method, id }) => method !== undefined && id !== undefined).map(({ id }) => id),
  };
}

/** @returns the result or error, for a batch an array of them; `undefined` when the answer holds none, as a stream may */
function readAnswer({ contentType, bytes, isWhole }: KeptAnswer, asked: Asked | undefined): unknown {
  if (bytes.length > MAX_BODY_BYTES) return `[not stored: ${bytes.length} bytes]`;
  const isStream = /^\s*text\/event-stream\s*(?:;|$)/i.test(contentType ?? '');
  const read = isStream ? eventsOf(bytes) : parsed(bytes.toString('utf8'));
  const messages: unknown[] = Array.isArray(read) ? read.flat() : [read];
  // In a GET stream nothing was asked, and what comes answers nothing but the stream itself.
  const answers = messages.filter(isAnswerTo(asked === undefined && isStream ? [] : asked?.ids));
  const [first] = answers;
  if (first !== undefined) return answers.length > 1 ? answers.map(outcomeOf) : outcomeOf(first);
  if (!isWhole) return `[not stored: more than ${bytes.length} bytes]`;
  return isStream ? undefined : `[not stored: ${bytes.length} bytes, no JSON-RPC answer]`;
}

type Answer = Pick<JsonRpcMessage, 'id' | 'result' | 'error'>;

/** An error without an id answers whatever was asked. */
const isAnswerTo =
  (ids: readonly unknown[] | undefined) =>
  (message: unknown): message is Answer =>
    isObject(message) &&
    ('result' in message || 'error' in message) &&
    (ids === undefined ||
      ids.includes(message.id) ||
      ('error' in message && (message.id === null || message.id === undefined)));

const outcomeOf = ({ result, error }: Answer): unknown => error ?? result;

function eventsOf(bytes: Buffer): unknown[] {
  const splitter = new EventSplitter();
  return [...splitter.push(bytes), ...splitter.rest()].map((event) => parsed(eventData(event)));
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // Nothing that answers.
  }
}

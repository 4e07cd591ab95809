/** One JSON-RPC 2.0 message, as far as it is sure that every parser reads it alike. */
export interface JsonRpcMessage {
  readonly jsonrpc: '2.0';
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>> | readonly unknown[];
  readonly result?: unknown;
  readonly error?: unknown;
}

export type JsonRpcBody =
  | { readonly kind: 'messages'; readonly messages: readonly JsonRpcMessage[]; readonly isBatch: boolean }
  | { readonly kind: 'unclear'; readonly problem: string };

const MEMBERS = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

/**
 * Reads a body that another parser will read after us: what the two could understand differently is not accepted
 * (invalid UTF-8, a byte order mark, duplicate keys, members that a parser without regard to case would take for others).
 * @param body the bytes that are sent on
 */
export function readJsonRpc(body: Uint8Array): JsonRpcBody {
  const value = parseStrictJson(body);
  if (value === undefined) return unclear('The body is not strict UTF-8 JSON without duplicate keys');
  const isBatch = Array.isArray(value);
  const candidates: unknown[] = isBatch ? value : [value];
  const messages = candidates.filter(isMessage);
  if (messages.length === 0 || messages.length < candidates.length)
    return unclear('The body is not JSON-RPC 2.0');
  return { kind: 'messages', messages, isBatch };
}

const unclear = (problem: string): JsonRpcBody => ({ kind: 'unclear', problem });

function isMessage(value: unknown): value is JsonRpcMessage {
  if (!isObject(value) || value.jsonrpc !== '2.0') return false;
  const { id, method, params } = value;
  return (
    Object.keys(value).every((member) => MEMBERS.has(member)) &&
    (id === undefined || id === null || typeof id === 'string' || typeof id === 'number') &&
    (method === undefined || typeof method === 'string') &&
    (params === undefined || isObject(params) || Array.isArray(params))
  );
}

/** Deeper than any message needs; parsing and walking what is deeper costs more than it is worth. */
const MAX_DEPTH = 200;

/**
 * @returns the value; `undefined` when the bytes are not UTF-8, not JSON, nested more than 200 deep, or hold a key twice in
 *   one object
 */
export function parseStrictJson(body: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    const { depth, colons } = structure(text);
    if (depth > MAX_DEPTH) return undefined;
    const value: unknown = JSON.parse(text);
    return colons === countMembers(value) ? value : undefined;
  } catch {
    return undefined; // Not to be understood: the caller refuses it.
  }
}

/**
 * How deep a text is nested, and how many colons stand outside strings: in valid JSON each belongs to one member. It takes
 * one pass whatever the text is: it is read before anybody knows that it is JSON.
 */
function structure(json: string): { depth: number; colons: number } {
  let depth = 0;
  let deepest = 0;
  let colons = 0;
  let isInString = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') isInString = !isInString;
    else if (isInString && character === '\\') at++;
    else if (isInString) continue;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth--;
    else if (character === ':') colons++;
  }
  return { depth: deepest, colons };
}

/** The members that parsing has kept, in all objects: of a key that stood twice, one. */
function countMembers(root: unknown): number {
  let members = 0;
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    const children: unknown[] = Object.values(value);
    if (!Array.isArray(value)) members += children.length;
    for (const child of children) pending.push(child);
  }
  return members;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

import { isObject, type JsonRpcMessage, readJsonRpc } from './json-rpc.ts';

/** The headers, as they are sent on, that say again what stands in the body. Names are lower case. */
export type MirroringHeaders = Readonly<Record<string, string | undefined>>;

export type ToolAccess =
  /**
   * Forward. `answer` says what the answer may hold: a list of tools, since one was asked for; any message, among them a
   * list that was asked for elsewhere (a stream that is resumed, an id that was used twice); or none.
   */
  | { readonly kind: 'forward'; readonly answer: 'tool_list' | 'messages' | 'none' }
  /** Refuse the request unforwarded: 400 with a JSON-RPC error. */
  | { readonly kind: 'unclear'; readonly code: number; readonly problem: string }
  /** Answer in the server's place: one of the calls is for a tool that is not on the list. */
  | { readonly kind: 'unknown_tool'; readonly answers: readonly ToolRefusal[]; readonly isBatch: boolean };

interface ToolRefusal {
  readonly id: string | number | null;
  readonly code: number;
  readonly message: string;
}

/** JSON-RPC 2.0, section 5.1, and `HeaderMismatch` of MCP 2026-07-28. */
const INVALID_REQUEST = -32_600;
const INVALID_PARAMS = -32_602;
const HEADER_MISMATCH = -32_020;

/**
 * The tools that may be used, of two lists.
 * @param lists each `null` where there is none
 * @returns the tools that stand on every list; `null` when there is no list at all
 */
export function allowedTools(...lists: readonly (readonly string[] | null)[]): ReadonlySet<string> | null {
  const given = lists.filter((list) => list !== null);
  const [first, ...others] = given;
  return first === undefined
    ? null
    : new Set(first.filter((tool) => others.every((list) => list.includes(tool))));
}

/**
 * Decides one request where a list of tools applies (wire contract, "Passing through"). What we read must be what the
 * server reads: a body that could be read in two ways is not forwarded.
 * @param method of HTTP
 * @param body the bytes that are sent on; `undefined` for none
 * @param headers as they are sent on
 */
export function decideToolAccess(
  method: string,
  body: Uint8Array | undefined,
  headers: MirroringHeaders,
  allowed: ReadonlySet<string>,
): ToolAccess {
  if (method !== 'POST') {
    return body === undefined || body.length === 0
      ? { kind: 'forward', answer: method === 'GET' ? 'messages' : 'none' }
      : unclear('Only a POST may have a body');
  }
  if (!isPlainJson(headers)) return unclear('The body must be application/json in UTF-8, not encoded');
  const read = readJsonRpc(body ?? new Uint8Array());
  if (read.kind === 'unclear') return unclear(read.problem);
  if (read.messages.length > MAX_BATCH) return unclear(`A batch may have ${MAX_BATCH} messages`);
  const problem = read.messages
    .map((message) => ambiguity(message) ?? mismatch(message, headers))
    .find(isProblem);
  if (problem !== undefined) return { kind: 'unclear', ...problem };

  const refused = new Set(read.messages.filter((message) => isCallOfOther(message, allowed)));
  if (refused.size > 0) {
    const answers = read.messages.flatMap((message) => refusal(message, refused));
    return { kind: 'unknown_tool', isBatch: read.isBatch, answers };
  }
  // Without an id as well: a server may answer what asks for no answer.
  if (read.messages.some(({ method: asked }) => asked === 'tools/list'))
    return { kind: 'forward', answer: 'tool_list' };
  const isRequest = read.messages.some(({ id, method: asked }) => id !== undefined && asked !== undefined);
  return { kind: 'forward', answer: isRequest ? 'messages' : 'none' };
}

/**
 * @param message one JSON-RPC message of a server
 * @returns it with the allowed tools alone, if it is the answer to a tools/list; else `undefined`: pass it as it is
 */
export function filterToolList(message: unknown, allowed: ReadonlySet<string>): unknown {
  if (Array.isArray(message)) {
    const filtered = message.map((one) => filterToolList(one, allowed));
    return filtered.some((one) => one !== undefined)
      ? filtered.map((one, n) => one ?? message[n])
      : undefined;
  }
  if (!isObject(message) || !isObject(message.result) || !Array.isArray(message.result.tools))
    return undefined;
  const tools = message.result.tools.filter(
    (tool) => isObject(tool) && typeof tool.name === 'string' && allowed.has(tool.name),
  );
  return { ...message, result: { ...message.result, tools } };
}

interface Problem {
  readonly code: number;
  readonly problem: string;
}
const isProblem = (problem: Problem | undefined): problem is Problem => problem !== undefined;
const unclear = (problem: string): ToolAccess => ({ kind: 'unclear', code: INVALID_REQUEST, problem });

function isPlainJson(headers: MirroringHeaders): boolean {
  const encoding = headers['content-encoding'] ?? 'identity';
  return (
    encoding.trim().toLowerCase() === 'identity' &&
    /^application\/json[ \t]*(;[ \t]*charset="?utf-?8"?[ \t]*)?$/i.test(headers['content-type'] ?? '')
  );
}

/** What a name is to a parser that folds case and compatible characters. */
const folded = (name: string): string => name.normalize('NFKC').trim().toLowerCase();

/** A batch is read, judged and answered by us. */
const MAX_BATCH = 100;

const TOOL_METHODS = ['tools/call', 'tools/list'];

/**
 * What another parser may end a name at (a NUL, half of a surrogate pair), and what some comparisons overlook (characters
 * without a shape or a meaning).
 */
const OVERLOOKED = /[\p{C}\p{Default_Ignorable_Code_Point}]/u;

/** What a lenient server could take for a call of a tool that we do not see, or for another name than we see. */
function ambiguity({ method, params }: JsonRpcMessage): Problem | undefined {
  if (method === undefined) return undefined;
  if ([method, ...Object.keys(params ?? {})].some((text) => OVERLOOKED.test(text))) {
    return {
      code: INVALID_REQUEST,
      problem: 'The method or a parameter has a character in its name that cannot be seen',
    };
  }
  if (TOOL_METHODS.includes(folded(method)) && !TOOL_METHODS.includes(method)) {
    return { code: INVALID_REQUEST, problem: 'The method is written in an unusual way' };
  }
  if (method !== 'tools/call') return undefined;
  if (!isObject(params) || typeof params.name !== 'string') {
    return { code: INVALID_PARAMS, problem: 'tools/call must name its tool' };
  }
  const names = Object.keys(params).filter((member) => folded(member) === 'name');
  return names.length > 1 ? { code: INVALID_REQUEST, problem: 'tools/call names its tool twice' } : undefined;
}

/** The headers in which MCP 2026-07-28 says method and name again: what they say must be what the body says. */
function mismatch(message: JsonRpcMessage, headers: MirroringHeaders): Problem | undefined {
  const { method } = message;
  const methodHeader = headers['mcp-method'];
  if (methodHeader !== undefined && methodHeader.trim() !== method) {
    return { code: HEADER_MISMATCH, problem: 'The Mcp-Method header disagrees with the body' };
  }
  const nameHeader = headers['mcp-name'];
  const mirrored = method === undefined ? undefined : mirroredMember(method);
  if (nameHeader === undefined || mirrored === undefined) return undefined;
  const name = isObject(message.params) ? message.params[mirrored] : undefined;
  return decodedHeader(nameHeader.trim()) === name
    ? undefined
    : { code: HEADER_MISMATCH, problem: 'The Mcp-Name header disagrees with the body' };
}

function mirroredMember(method: string): string | undefined {
  if (method === 'tools/call' || method === 'prompts/get') return 'name';
  if (method === 'resources/read') return 'uri';
  return /^tasks\/(get|update|cancel)$/.test(method) ? 'taskId' : undefined;
}

/** MCP 2026-07-28 writes a value that cannot stand in a header as `=?base64?…?=`. */
function decodedHeader(value: string): string | undefined {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined; // Agrees with nothing.
  }
}

function isCallOfOther({ method, params }: JsonRpcMessage, allowed: ReadonlySet<string>): boolean {
  return (
    method === 'tools/call' &&
    !(isObject(params) && typeof params.name === 'string' && allowed.has(params.name))
  );
}

/** Nothing of a batch is forwarded when one call of it is refused: each of its requests is told why. */
function refusal(message: JsonRpcMessage, refused: ReadonlySet<JsonRpcMessage>): ToolRefusal[] {
  if (message.id === undefined || message.method === undefined) return [];
  const name = isObject(message.params) ? message.params.name : undefined;
  return refused.has(message)
    ? [{ id: message.id, code: INVALID_PARAMS, message: `Unknown tool: ${String(name)}` }]
    : [{ id: message.id, code: INVALID_REQUEST, message: 'Not run: another call of the batch was refused' }];
}

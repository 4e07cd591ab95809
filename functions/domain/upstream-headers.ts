/** The headers that a server's owner has stored, by their names in lower case. Their values are secrets. */
export type UpstreamHeaders = Readonly<Record<string, string>>;

/** RFC 9110, section 5.6.2. */
export const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible ASCII, spaces and tabs inside: white space around a value is not part of it (RFC 9110, section 5.5). */
export const HEADER_VALUE = /^[!-~](?:[\t -~]*[!-~])?$/;

export const MAX_HEADERS = 20;
export const MAX_VALUE_LENGTH = 4_096;
/** Names and values together. */
const MAX_TOTAL_LENGTH = 8_192;

/** What the connection, the protocol or the relay says itself: a stored header must not change how a call is read. */
export const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'via',
  'expect',
  'accept',
  'accept-encoding',
  'last-event-id',
  'traceparent',
  'tracestate',
  'http2-settings',
  'max-forwards',
  'range',
]);
export const RESERVED_PREFIXES = ['proxy-', 'mcp-'];

export interface HeaderProblem {
  /** The header that has it, as it was given; left out when it is of all together. */
  readonly name?: string;
  /** Holds no value. */
  readonly problem: string;
}

/**
 * @param headers as they were given, names in any case
 * @returns every reason why they cannot be stored
 */
export function upstreamHeaderProblems(headers: UpstreamHeaders): HeaderProblem[] {
  const entries = Object.entries(headers);
  const length = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  const seen = new Set<string>();
  const problems: HeaderProblem[] = [];
  if (entries.length > MAX_HEADERS) problems.push({ problem: `must be at most ${MAX_HEADERS} headers` });
  if (length > MAX_TOTAL_LENGTH) {
    problems.push({ problem: `must have at most ${MAX_TOTAL_LENGTH} characters together` });
  }
  for (const [name, value] of entries) {
    const lowerCase = name.toLowerCase();
    if (!HEADER_NAME.test(name)) problems.push({ name, problem: 'is not the name of a header' });
    if (isReserved(lowerCase)) problems.push({ name, problem: 'is not for you to set' });
    if (seen.has(lowerCase)) problems.push({ name, problem: 'is there twice, in different case' });
    seen.add(lowerCase);
    if (value.length > MAX_VALUE_LENGTH || !HEADER_VALUE.test(value)) {
      const problem = `must be 1 to ${MAX_VALUE_LENGTH} visible ASCII characters, with spaces and tabs only between them`;
      problems.push({ name, problem });
    }
  }
  return problems;
}

const isReserved = (name: string): boolean =>
  RESERVED_HEADERS.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));

const SHOWN_CHARACTERS = 4;
/** Of a shorter secret, four characters would be too much. */
const SHORTEST_SHOWN = 12;

/** @returns the headers as anybody may see them: of a value its first four characters, of a short one none */
export const maskedHeaders = (headers: UpstreamHeaders): UpstreamHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      `${value.length < SHORTEST_SHOWN ? '' : value.slice(0, SHOWN_CHARACTERS)}...`,
    ]),
  );

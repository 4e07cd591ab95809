import type { IncomingHttpHeaders } from 'node:http';
import { type HeaderValues, headerValues } from '../domain/credential.ts';
import { EXPOSED_HEADERS } from '../domain/refusals.ts';

/**
 * Every answer that a page may read says so: an MCP answer is guarded by `allowed_origins` before it is made, and
 * credentials never travel in cookies.
 */
export const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': EXPOSED_HEADERS,
} as const;

/** Names are lower case, as they are sent on. */
export type Headers = Record<string, string>;

/** What of a client's request reaches the MCP server behind. Nothing else does: no key, cookie, origin or address. */
const REQUEST_HEADERS = new Set([
  'accept',
  'content-type',
  'last-event-id',
  'traceparent',
  'tracestate',
  'user-agent',
  'content-encoding',
]);

/** RFC 9110, sections 5.1 and 5.5. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What of the server's answer reaches the client. */
const RESPONSE_HEADERS = [
  'content-type',
  'mcp-session-id',
  'cache-control',
  'x-accel-buffering',
  'allow',
  'retry-after',
  'content-encoding',
] as const;

/** How this gateway names itself to the servers behind it (RFC 9110, section 7.6.3). */
const VIA = '1.1 portcullis';
export const VIA_HEADER = { via: VIA } as const;

/** Both types that a client of the Streamable HTTP transport must accept. */
const ACCEPTED_TYPES = ['application/json', 'text/event-stream'] as const;

/**
 * @param headers the client's, names in any case
 * @returns those that go upstream, with our own `via`
 */
export function upstreamRequestHeaders(headers: HeaderValues): Headers {
  const forwarded: Headers = {};
  for (const [name, values] of Object.entries(headers ?? {})) {
    const lowerCase = name.toLowerCase();
    const value = values?.at(-1);
    if (value === undefined || !(REQUEST_HEADERS.has(lowerCase) || lowerCase.startsWith('mcp-'))) continue;
    // What cannot stand in a header is not worth a fault: it is left out.
    if (FIELD_NAME.test(lowerCase) && FIELD_VALUE.test(value)) forwarded[lowerCase] = value;
  }
  forwarded.accept = completeAccept(forwarded.accept);
  // Bytes pass through as they are: what we cannot look into we do not ask for.
  forwarded['accept-encoding'] = 'identity';
  forwarded.via = VIA;
  return forwarded;
}

/** Whether a request has been through this gateway before. */
export const isLoop = (headers: HeaderValues): boolean =>
  headerValues(headers, 'via').some((value) => value.includes(VIA));

/**
 * @param headers the server's, as Node gives them: names in lower case
 * @returns those that go to the client, with what keeps an answer from running as a page on our origin
 */
export function relayedResponseHeaders(headers: IncomingHttpHeaders, requestId: string): Headers {
  const relayed: Headers = { ...gatewayAnswerHeaders(requestId) };
  for (const name of RESPONSE_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string') relayed[name] = value;
  }
  return relayed;
}

/** What every answer on the data plane carries. */
export const gatewayAnswerHeaders = (requestId: string): Headers => ({
  ...CORS_HEADERS,
  'x-request-id': requestId,
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
});

/** What every JSON answer carries that no key is needed for. */
export const openAnswerHeaders = (requestId: string): Headers => ({
  ...gatewayAnswerHeaders(requestId),
  'content-type': 'application/json',
  'cache-control': 'no-store',
});

/** Whether the client takes an event stream: it says so, or says nothing. */
export function acceptsEventStream(headers: HeaderValues): boolean {
  const ranges = headerValues(headers, 'accept').flatMap((accept) => accept.split(','));
  const accepted = ranges.filter((range) => !/;[ \t]*q=0(\.0*)?[ \t]*(;|$)/i.test(range)).map(mediaRange);
  return (
    ranges.length === 0 || accepted.some((range) => ['text/event-stream', 'text/*', '*/*'].includes(range))
  );
}

/** A media range without its parameters. */
const mediaRange = (range: string): string => (range.split(';', 1)[0] ?? '').trim().toLowerCase();

function completeAccept(accept: string | undefined): string {
  const types = (accept ?? '').split(',').map(mediaRange);
  const missing = ACCEPTED_TYPES.filter((type) => !types.includes(type));
  return [...(accept ? [accept] : []), ...missing].join(', ');
}

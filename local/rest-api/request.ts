import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A request as API Gateway understands it. */
export interface ApiRequest {
  readonly method: string;
  /** As sent, percent-encoded, without the query. */
  readonly path: string;
  /** Names as the client wrote them; the last value of each. */
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  /** Null when the request has no query. */
  readonly query: Readonly<Record<string, string>> | null;
  readonly multiValueQuery: Readonly<Record<string, readonly string[]>> | null;
  readonly sourceIp: string;
  readonly userAgent: string | null;
  readonly protocol: string;
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** When its headers had been received. */
  readonly arrivedAt: Date;
}

/** Of the connection between client and gateway, or set by the gateway itself. */
const NOT_PASSED_ON = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-amzn-trace-id',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
]);

type MultiValues = Record<string, string[]>;

function append(values: MultiValues, name: string, value: string): void {
  const existing = values[name];
  if (existing === undefined) values[name] = [value];
  else existing.push(value);
}

function lastValues(values: MultiValues): Record<string, string> {
  const last: Record<string, string> = Object.create(null);
  for (const [name, all] of Object.entries(values)) last[name] = all.at(-1) ?? '';
  return last;
}

function headersOf({ rawHeaders }: IncomingMessage, domainName: string, sourceIp: string): MultiValues {
  const headers: MultiValues = Object.create(null);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!NOT_PASSED_ON.has(name.toLowerCase())) append(headers, name, rawHeaders[index + 1] ?? '');
  }
  const traceTime = Math.floor(Date.now() / 1000).toString(16);
  headers.Host = [domainName];
  headers['X-Amzn-Trace-Id'] = [`Root=1-${traceTime}-${randomBytes(12).toString('hex')}`];
  headers['X-Forwarded-For'] = [sourceIp];
  headers['X-Forwarded-Port'] = [domainName.split(':')[1] ?? '80'];
  headers['X-Forwarded-Proto'] = ['http'];
  return headers;
}

function queryOf(search: string): MultiValues | null {
  if (search === '') return null;
  const query: MultiValues = Object.create(null);
  for (const [name, value] of new URLSearchParams(search)) append(query, name, value);
  return query;
}

/**
 * @param message a request whose headers have just been received
 * @param domainName the host and port under which this gateway is known; what the client calls it is not trusted
 * @returns the request as API Gateway hands it on
 */
export function readRequest(message: IncomingMessage, domainName: string): ApiRequest {
  const [path = '', ...search] = (message.url ?? '').split('?');
  // A client that has reset its connection has none any more; its request is served, and its record needs one.
  const sourceIp = (message.socket.remoteAddress ?? '0.0.0.0').replace(/^::ffff:/, '');
  const multiValueHeaders = headersOf(message, domainName, sourceIp);
  const multiValueQuery = queryOf(search.join('?'));
  return {
    method: message.method ?? '',
    path,
    headers: lastValues(multiValueHeaders),
    multiValueHeaders,
    query: multiValueQuery && lastValues(multiValueQuery),
    multiValueQuery,
    sourceIp,
    userAgent: message.headers['user-agent'] ?? null,
    protocol: `HTTP/${message.httpVersion}`,
    requestId: randomUUID(),
    extendedRequestId: randomBytes(11).toString('base64'),
    arrivedAt: new Date(),
  };
}

/**
 * @param request a request
 * @param name a header's name in any case
 * @returns the last value sent under that name, undefined when there is none
 */
export function headerOf({ headers }: ApiRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(headers).findLast(([key]) => key.toLowerCase() === wanted)?.[1];
}

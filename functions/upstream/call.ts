import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { Connections } from './connections.ts';
import { checkedLookup, type DialRules, ForbiddenAddress, isDialable, isOwnHost } from './dial.ts';

/** Not imported: with its names an import asks for all that it has, WebSocket and fetch among them, and a start waits for that. */
const http = process.getBuiltinModule('node:http');

export interface UpstreamRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  /** Sent as it is; `undefined` for a request without a body. */
  readonly body: Buffer | undefined;
  readonly rules: DialRules;
  readonly connections: Connections;
  /** How long it may take until the answer begins, in milliseconds. */
  readonly silenceMs: number;
  /** Ends the call, at any point. */
  readonly signal: AbortSignal;
}

export type UpstreamAnswer =
  /** The answer's body is `response`: raw bytes, to be read to the end or destroyed. */
  | { readonly kind: 'answered'; readonly status: number; readonly response: IncomingMessage }
  | { readonly kind: 'too_slow' | 'forbidden_address' | 'loop' }
  /** `code` is that of the resolver, the socket, TLS or the HTTP parser (`ENOTFOUND`, `ECONNREFUSED`), if there is one. */
  | { readonly kind: 'unreachable'; readonly code?: string };

/**
 * Sends one request to an MCP server and waits for the head of its answer. Redirects are not followed, nothing is
 * decoded, nothing is sent twice.
 */
export function callUpstream(request: UpstreamRequest): Promise<UpstreamAnswer> {
  const url = new URL(request.url);
  if (isOwnHost(url, request.rules)) return Promise.resolve({ kind: 'loop' });
  if (!isDialable(url, request.rules)) return Promise.resolve({ kind: 'forbidden_address' });
  const secure = url.protocol === 'https:';
  return new Promise((resolve) => {
    const outgoing = (secure ? https : http).request(url, {
      method: request.method,
      headers: {
        ...request.headers,
        // Without a length Node sends the body of a GET or DELETE unframed: the server would read it as a second request.
        ...(request.body !== undefined && { 'content-length': request.body.length }),
      },
      agent: request.connections[secure ? 'https:' : 'http:'],
      lookup: checkedLookup(request.rules),
      signal: request.signal,
    });
    let failure: UpstreamAnswer = { kind: 'unreachable' };
    const patience = setTimeout(() => {
      failure = { kind: 'too_slow' };
      outgoing.destroy();
    }, request.silenceMs);
    outgoing.on('response', (response) => {
      clearTimeout(patience); // From here on its reader says how long it waits.
      const { statusCode: status = 0 } = response;
      if (status >= 200 && status <= 599) resolve({ kind: 'answered', status, response });
      else response.destroy();
    });
    // A server that switches protocols (101) gives no response event: nobody here speaks another protocol.
    outgoing.on('upgrade', (_response, socket) => socket.destroy());
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error instanceof ForbiddenAddress) failure = { kind: 'forbidden_address' };
      else if (failure.kind === 'unreachable' && error.code !== undefined) {
        failure = { kind: 'unreachable', code: error.code };
      }
    });
    outgoing.on('close', () => {
      clearTimeout(patience);
      resolve(failure); // Has no effect after an answer.
    });
    outgoing.end(request.body);
  });
}

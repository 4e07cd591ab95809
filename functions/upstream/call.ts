import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { checkedLookup, type DialRules, ForbiddenAddress, isDialableHost } from './dial.ts';

/**
 * Idle connections are closed by us before most servers would close them (Node's default is 5 s): a request written to a
 * connection that the other side is closing would be lost, and is never repeated, since a tool call may have been run.
 */
const IDLE_CONNECTION_MS = 4_000;
const agents = {
  'http:': new http.Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS }),
  'https:': new https.Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS }),
};

export interface UpstreamRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  /** Sent as it is; `undefined` for a request without a body. */
  readonly body: Buffer | undefined;
  readonly rules: DialRules;
  /** How long the server may be silent before its answer begins, in milliseconds. */
  readonly silenceMs: number;
  /** Ends the call, at any point. */
  readonly signal: AbortSignal;
}

export type UpstreamAnswer =
  /** The answer's body is `response`: raw bytes, to be read to the end or destroyed. */
  | { readonly kind: 'answered'; readonly status: number; readonly response: IncomingMessage }
  | { readonly kind: 'unreachable' | 'too_slow' | 'forbidden_address' };

/**
 * Sends one request to an MCP server and waits for the head of its answer. Redirects are not followed, nothing is
 * decoded, nothing is sent twice.
 */
export function callUpstream(request: UpstreamRequest): Promise<UpstreamAnswer> {
  const url = new URL(request.url);
  if (!isDialableHost(url.hostname, request.rules)) return Promise.resolve({ kind: 'forbidden_address' });
  const secure = url.protocol === 'https:';
  return new Promise((resolve) => {
    const outgoing = (secure ? https : http).request(url, {
      method: request.method,
      headers: request.headers,
      agent: agents[secure ? 'https:' : 'http:'],
      lookup: checkedLookup(request.rules),
      signal: request.signal,
    });
    outgoing.setTimeout(request.silenceMs, () => outgoing.destroy(new SilentUpstream()));
    outgoing.on('response', (response) => {
      outgoing.removeAllListeners('timeout'); // From here on its reader says how long it waits.
      resolve({ kind: 'answered', status: response.statusCode ?? 502, response });
    });
    outgoing.on('error', (error) => {
      if (error instanceof ForbiddenAddress) resolve({ kind: 'forbidden_address' });
      else resolve({ kind: error instanceof SilentUpstream ? 'too_slow' : 'unreachable' });
    });
    outgoing.end(request.body);
  });
}

/** The server sent nothing for as long as it may. */
class SilentUpstream extends Error {
  constructor() {
    super('The MCP server sent nothing for too long');
    this.name = 'SilentUpstream';
  }
}

import type { IncomingMessage } from 'node:http';
import { isObject } from '../domain/json-rpc.ts';
import { firstAnswer, isEventStream, isJson, isPlain, readWhole } from './answer-filter.ts';
import { callUpstream } from './call.ts';
import type { Connections } from './connections.ts';
import type { DialRules } from './dial.ts';

/** What is read of a server in one probe, all its answers together. */
const MAX_PROBE_BYTES = 4 * 1024 * 1024;
/** And of one answer: reading it holds everything else up, the clock too. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** What kept a call of the probe from being answered, as the server's owner can mend it. */
export type ProbeTrouble =
  | { readonly reason: 'unresolved' | 'forbidden_address' | 'unreachable' | 'too_slow' | 'loop' }
  /** `code` is Node's, for what is wrong with TLS. */
  | { readonly reason: 'tls'; readonly code: string }
  | { readonly reason: 'redirect' | 'credential' | 'not_found' | 'server_error'; readonly status: number }
  /** `status` when that is what was wrong. */
  | { readonly reason: 'not_mcp'; readonly status?: number };

export interface ProbeFetchOptions {
  /** Sent with every call, before those of the MCP client and instead of them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rules: DialRules;
  readonly connections: Connections;
  /** How long one answer may take to begin, in milliseconds. */
  readonly silenceMs: number;
  /** Ends every call, at any point. */
  readonly signal: AbortSignal;
}

export interface ProbeFetch {
  /** @throws when there is nothing that the MCP client could read: then `trouble` says why */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
  /** Of the last call; `undefined` when that was answered. */
  readonly trouble: ProbeTrouble | undefined;
}

/**
 * A `fetch` for the transport of an MCP client: every call goes through {@link callUpstream}, and of what a hostile server
 * sends the client gets the one message that answers its request, nothing else. So there is no stream to be kept, no event
 * to be resumed, no request of the server to be answered.
 */
export function probeFetch({ headers, ...calls }: ProbeFetchOptions): ProbeFetch {
  const stored = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  let trouble: ProbeTrouble | undefined;
  let bytesLeft = MAX_PROBE_BYTES;
  let hasAnswered = false;

  const stop = (found: ProbeTrouble): Error => {
    trouble = found;
    return new Error(`The probe cannot go on: ${found.reason}`);
  };

  async function* counted(response: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let answerBytes = 0;
    try {
      for await (const chunk of response) {
        answerBytes += chunk.length;
        bytesLeft -= chunk.length;
        if (bytesLeft < 0 || answerBytes > MAX_ANSWER_BYTES) throw stop({ reason: 'not_mcp' });
        yield chunk;
      }
    } catch (error) {
      trouble ??= { reason: 'unreachable' }; // The server broke off.
      throw error;
    }
  }

  async function answerTo(id: unknown, response: IncomingMessage): Promise<string | undefined> {
    if (isPlain(response) && isEventStream(response)) {
      const ids = typeof id === 'string' || typeof id === 'number' ? [id] : [];
      const read = firstAnswer(counted(response), { ids, isBatch: false });
      return messageTo(id, await read.catch(unlessStopped));
    }
    if (isPlain(response) && isJson(response)) return messageTo(id, await readWhole(counted(response)));
    response.destroy();
    return undefined;
  }

  /** A stream that ends without an answer is no fault of the connection. */
  function unlessStopped(error: unknown): undefined {
    if (trouble !== undefined) throw error;
  }

  async function callServer(url: string | URL, init: RequestInit): Promise<Response> {
    const body = typeof init.body === 'string' ? Buffer.from(init.body) : undefined;
    const answer = await callUpstream({
      url: String(url),
      method: init.method ?? 'GET',
      headers: {
        ...Object.fromEntries(new Headers(init.headers)),
        'accept-encoding': 'identity',
        'user-agent': 'portcullis-probe',
        ...Object.fromEntries(stored),
      },
      body,
      ...calls,
    });
    if (answer.kind === 'unreachable') throw stop(unreachable(answer.code));
    if (answer.kind !== 'answered') throw stop({ reason: answer.kind });
    const { status, response } = answer;
    const fatal = fatalStatus(status);
    if (fatal !== undefined) {
      response.destroy();
      throw stop(fatal);
    }
    if (status >= 400) {
      // A server of an earlier revision may answer so to what it does not know: the client reads why, and tries another.
      const text = await readWhole(counted(response));
      trouble = refused(status, hasAnswered);
      return new Response(text, { status });
    }
    const id = requestId(init.body);
    if (id === undefined) {
      await readWhole(counted(response));
      return new Response(null, { status: 204 });
    }
    const message = await answerTo(id, response);
    if (message === undefined) {
      trouble = { reason: 'not_mcp' };
      return new Response(null, { status: 400 }); // As good as a refusal.
    }
    hasAnswered = true;
    const session = response.headers['mcp-session-id'];
    return new Response(message, {
      headers: {
        'content-type': 'application/json',
        ...(typeof session === 'string' && { 'mcp-session-id': session }),
      },
    });
  }

  return {
    async fetch(url, init = {}) {
      // A stream for what nobody asked for would have to be ended: the probe has none.
      if (init.method !== 'POST' && init.method !== 'DELETE') return new Response(null, { status: 405 });
      trouble = undefined;
      return callServer(url, init);
    },
    get trouble() {
      return trouble;
    },
  };
}

/** The resolver's own failures, all names of it that Node has. */
const UNRESOLVED = /^(?:ENOTFOUND|ENODATA|ESERVFAIL|EAI_\w+)$/;
/** A certificate that is not accepted, or a handshake that failed (Node, "TLS: X509 certificate error codes"). */
const TLS =
  /^(?:EPROTO|ERR_SSL_\w+|ERR_TLS_\w+|\w*CERT_\w+|\w+_CERT|UNABLE_TO_\w+|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;
/** What Node's HTTP parser does not understand. */
const NO_HTTP = /^HPE_\w+$/;

function unreachable(code = ''): ProbeTrouble {
  if (UNRESOLVED.test(code)) return { reason: 'unresolved' };
  if (TLS.test(code)) return { reason: 'tls', code };
  return { reason: NO_HTTP.test(code) ? 'not_mcp' : 'unreachable' };
}

/** What no MCP client can go on after. */
function fatalStatus(status: number): ProbeTrouble | undefined {
  if (status >= 300 && status < 400) return { reason: 'redirect', status };
  if (status === 401 || status === 403) return { reason: 'credential', status };
  if (status === 508) return { reason: 'loop' }; // What this gateway answers to itself (RFC 5842, section 7.2).
  return status >= 500 ? { reason: 'server_error', status } : undefined;
}

/** @param hasAnswered whether the server has answered as one: then its address is right */
function refused(status: number, hasAnswered: boolean): ProbeTrouble {
  const isAbsent = status === 404 || status === 405 || status === 410;
  return { reason: isAbsent && !hasAnswered ? 'not_found' : 'not_mcp', status };
}

/** @returns the id of the MCP client's request; `undefined` for a notification, and without a body */
function requestId(body: unknown): unknown {
  const message: unknown = typeof body === 'string' ? JSON.parse(body) : undefined;
  return isObject(message) ? message.id : undefined;
}

/** @returns the message that answers that request, of one or of a batch; `undefined` when there is none */
function messageTo(id: unknown, json: string | undefined): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json ?? '');
    const messages: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    const answer = messages.filter(isObject).find((message) => answers(id, message));
    return answer && JSON.stringify({ ...answer, id });
  } catch {
    return undefined; // Not JSON, or too deep to be written.
  }
}

/** An error without an id answers whatever was asked. */
const answers = (id: unknown, message: Record<string, unknown>): boolean =>
  ('result' in message && message.id === id) || ('error' in message && (message.id ?? id) === id);

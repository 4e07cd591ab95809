/** Where the calls of one way go, and what they carry. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the way calls the server's tool. */
  readonly tools: { readonly echo: string; readonly count: string };
  /** Each connection opens a session first, since the way takes no call without one. */
  readonly inSessions?: boolean;
}

/** What the echo tool is given; each answer is checked for it. */
export const TEXT = 'x'.repeat(200);

/** The revision that every way speaks. */
const REVISION = '2025-06-18';

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': REVISION,
};

export const headersOf = (target: Target): Record<string, string> => ({ ...HEADERS, ...target.headers });

const request = (method: string, params: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

export const echoCall = ({ tools }: Target): string =>
  request('tools/call', { name: tools.echo, arguments: { text: TEXT } });

/** A call that is answered by a stream of that many progress notifications. */
export const countCall = ({ tools }: Target, chunks: number, everyMs: number): string =>
  request('tools/call', {
    name: tools.count,
    arguments: { chunks, everyMs },
    _meta: { progressToken: 'chunk' },
  });

/** Opens a session where the way wants one. @returns the headers of a call */
export async function open(target: Target): Promise<Record<string, string>> {
  const headers = headersOf(target);
  if (target.inSessions !== true) return headers;
  const post = (body: string, more: Record<string, string> = {}) =>
    fetch(target.url, { method: 'POST', headers: { ...headers, ...more }, body });
  const clientInfo = { name: 'comparison', version: '1' };
  const opened = await post(
    request('initialize', { protocolVersion: REVISION, capabilities: {}, clientInfo }),
  );
  await opened.text();
  const session = opened.headers.get('mcp-session-id');
  if (session === null) throw new Error(`No session was opened at ${target.url}: status ${opened.status}`);
  const inSession = { 'mcp-session-id': session };
  await (await post('{"jsonrpc":"2.0","method":"notifications/initialized"}', inSession)).text();
  return { ...headers, ...inSession };
}

/** One call of the echo tool. @returns the status; 0 if the answer is not the echo */
export async function callOnce(target: Target, headers: Record<string, string>): Promise<number> {
  const answer = await fetch(target.url, { method: 'POST', headers, body: echoCall(target) });
  const text = await answer.text();
  return answer.status === 200 && !text.includes(TEXT) ? 0 : answer.status;
}

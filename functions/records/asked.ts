import type { CallRecord } from '../domain/call-record.ts';
import type { HeaderValues } from '../domain/credential.ts';
import { headerValues } from '../domain/credential.ts';
import { isObject, parseStrictJson } from '../domain/json-rpc.ts';
import { clientText } from './client-text.ts';

/** What a request says that it wants, and who it says it comes from. Nobody has checked any of it. */
export type Asked = Pick<CallRecord, 'method' | 'tool' | 'client' | 'protocol_version'>;

/**
 * A larger body is not parsed for the record. The headers that may say the same (`Mcp-Method`, `Mcp-Name`) are not read in
 * its place: nothing makes them agree with the body.
 */
const MAX_PARSED_BYTES = 1_000_000;

/** MCP 2026-07-28, "Request metadata": every request names its client itself. */
const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo';

/** What a request says in its headers alone: of a refused one nobody sees the body. */
export const askedInHeaders = (headers: HeaderValues): Asked => ({
  method: null,
  tool: null,
  client: userAgent(headers),
  protocol_version: clientText(headerValues(headers, 'mcp-protocol-version').at(-1)),
});

/** @param body `undefined` for a request without one */
export function asked(headers: HeaderValues, body: Buffer | undefined): Asked {
  const inHeaders = askedInHeaders(headers);
  // What two parsers could read differently says nothing: a row must not name a tool that was not called.
  const message = body === undefined || body.length > MAX_PARSED_BYTES ? undefined : parseStrictJson(body);
  if (Array.isArray(message)) return { ...inHeaders, method: 'batch' };
  if (!isObject(message)) return inHeaders;
  const { method } = message;
  const params = isObject(message.params) ? message.params : {};
  const meta = isObject(params._meta) ? params._meta : {};
  const isInitialize = method === 'initialize';
  return {
    method: clientText(method),
    tool: method === 'tools/call' ? clientText(params.name) : null,
    client: nameAndVersion(isInitialize ? params.clientInfo : meta[CLIENT_INFO]) ?? inHeaders.client,
    protocol_version:
      inHeaders.protocol_version ?? (isInitialize ? clientText(params.protocolVersion) : null),
  };
}

/** @param info `clientInfo`, as MCP has it */
function nameAndVersion(info: unknown): string | null {
  if (!isObject(info) || typeof info.name !== 'string') return null;
  return clientText(typeof info.version === 'string' ? `${info.name}/${info.version}` : info.name);
}

/** The first product of the user agent (RFC 9110, section 10.1.5), without comments: `claude-code/2.1.197`. */
const userAgent = (headers: HeaderValues): string | null =>
  clientText(/^[^\s()]+/.exec(headerValues(headers, 'user-agent').at(-1) ?? '')?.[0]);

import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import * as z from 'zod';
import type { FoundServer, Probe } from '../domain/probe.ts';
import { keptConnections } from './connections.ts';
import type { DialRules } from './dial.ts';
import { type ProbeFetch, type ProbeTrouble, probeFetch } from './probe-fetch.ts';

export interface ProbeOptions {
  readonly url: string;
  /** Sent with every call, like the headers that are stored for a server. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rules: DialRules;
  /** How long all of it may take, in milliseconds. */
  readonly timeoutMs: number;
}

const MAX_TOOL_NAMES = 200;
const MAX_TOOL_NAME_LENGTH = 128;
const MAX_TOOL_BYTES = 8_000;
const MAX_SERVER_LENGTH = 100;
const MAX_VERSION_LENGTH = 32;
/** A server may name an ever-new next page. */
const MAX_PAGES = 50;
/** How long a server may take to end a session, in milliseconds: nothing depends on it. */
const SESSION_END_MS = 1_000;

/**
 * Connects to an MCP server once, as a client of both protocol eras, lists its tools and leaves nothing open. What the
 * server sends is hostile: what is read of it is bounded, as is the time.
 * @returns what was found, within the time; it never throws
 */
export async function probeUpstream(options: ProbeOptions): Promise<Probe> {
  const started = performance.now();
  const ending = new AbortController();
  const within = (ms: number) => sleep(ms, undefined, { signal: ending.signal }).catch(() => undefined);
  const timeIsUp = within(options.timeoutMs);
  const connections = keptConnections();
  const { headers, rules, timeoutMs: silenceMs } = options;
  const wire = probeFetch({ headers, rules, connections, silenceMs, signal: ending.signal });

  const visit = openVisit(options, wire);
  const outcome = await Promise.race([
    timeIsUp.then((): ProbeTrouble => ({ reason: 'too_slow' })),
    visit.then(look).catch((): ProbeTrouble => wire.trouble ?? { reason: 'not_mcp' }),
  ]);
  const duration_ms = Math.round(performance.now() - started);
  await Promise.race([timeIsUp, within(SESSION_END_MS), visit.then(endSession).catch(() => {})]);
  ending.abort();
  await visit.then(leave).catch(() => {});
  connections.close();

  if (!('reason' in outcome)) return { status: 'ok', ...outcome, duration_ms };
  return { status: 'failed', reason: outcome.reason, warning: warning(outcome), duration_ms };
}

interface Visit {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  readonly timeoutMs: number;
}

/** The SDK is loaded by whoever probes: a cold start does not pay for it. */
async function openVisit({ url, timeoutMs }: ProbeOptions, wire: ProbeFetch): Promise<Visit> {
  const sdk = await import('@modelcontextprotocol/client');
  const client = new sdk.Client(
    { name: 'portcullis-probe', version: '1' },
    { versionNegotiation: { mode: 'auto' }, inputRequired: { autoFulfill: false } },
  );
  const transport = new sdk.StreamableHTTPClientTransport(new URL(url), { fetch: wire.fetch });
  return { client, transport, timeoutMs };
}

async function look(visit: Visit): Promise<FoundServer> {
  const { client, transport, timeoutMs } = visit;
  await client.connect(transport, { timeout: timeoutMs });
  const server = client.getServerVersion();
  const names = client.getServerCapabilities()?.tools === undefined ? [] : await toolNames(visit);
  return {
    protocol_era: client.getProtocolEra() ?? 'legacy',
    protocol_version: cut(client.getNegotiatedProtocolVersion(), MAX_VERSION_LENGTH),
    server: {
      name: cut(server?.name, MAX_SERVER_LENGTH),
      version: cut(server?.version, MAX_SERVER_LENGTH),
    },
    tools: shownTools(names),
    tool_count: names.length,
  };
}

function shownTools(names: readonly string[]): string[] {
  const shown: string[] = [];
  let bytes = 0;
  for (const name of names.slice(0, MAX_TOOL_NAMES)) {
    const tool = cut(name, MAX_TOOL_NAME_LENGTH);
    bytes += Buffer.byteLength(JSON.stringify(tool));
    if (bytes > MAX_TOOL_BYTES) break;
    shown.push(tool);
  }
  return shown;
}

const TOOL_PAGE = z.object({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const NAMED = z.object({ name: z.string() });

/** Asked for page by page: the SDK's own walk prints the names of tools that it leaves out. */
async function toolNames({ client, timeoutMs }: Visit): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const params = cursor === undefined ? {} : { cursor };
    const page = await client.request({ method: 'tools/list', params }, TOOL_PAGE, { timeout: timeoutMs });
    for (const tool of page.tools) {
      const named = NAMED.safeParse(tool);
      if (named.success) names.push(named.data.name);
    }
    if (page.nextCursor === undefined || page.nextCursor === cursor) break;
    cursor = page.nextCursor;
  }
  return names;
}

const endSession = ({ transport }: Visit): Promise<void> => transport.terminateSession();

async function leave({ client, transport }: Visit): Promise<void> {
  await client.close();
  await transport.close(); // The client does not own it before it is connected.
}

/** Control and format characters, and halves of others, go: what is left can be printed anywhere. */
const cut = (text: string | undefined, length: number): string =>
  (text ?? '').slice(0, length).replace(/\p{C}/gu, '');

function warning(trouble: ProbeTrouble): string {
  switch (trouble.reason) {
    case 'unresolved':
      return 'The host name does not resolve; it is looked up again at every connection.';
    case 'forbidden_address':
      return 'The host name has an address that is not public, and such an address is never dialled.';
    case 'unreachable':
      return 'The connection was refused or broke off: check that the server runs and can be reached from the internet.';
    case 'tls':
      return tlsWarning(trouble.code);
    case 'too_slow':
      return 'The server did not answer in the time of this check.';
    case 'redirect':
      return `The server answered with a redirect (${trouble.status}), and redirects are not followed: register the final address.`;
    case 'credential':
      return `The server refused the credentials (${trouble.status}): check upstream.headers.`;
    case 'not_found':
      return `There is no MCP server at this address (${trouble.status}): check the path of the URL.`;
    case 'server_error':
      return `The server answered with an error of its own (${trouble.status}).`;
    case 'not_mcp':
      return trouble.status === undefined
        ? 'The server answered, but not as an MCP server does: check the URL.'
        : `The server answered, but not as an MCP server does (${trouble.status}): check the URL.`;
    case 'loop':
      return 'This is the address of the gateway itself: register the address of the server behind it.';
  }
}

/** Node, "TLS: X509 certificate error codes". */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'has been revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'is signed by an authority of its own',
  UNABLE_TO_GET_ISSUER_CERT: 'has an issuer that is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'has an issuer that is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'comes without the certificate of its issuer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host name',
  HOSTNAME_MISMATCH: 'is for another host name',
};

function tlsWarning(code: string): string {
  const problem = Object.hasOwn(CERTIFICATE_PROBLEMS, code) ? CERTIFICATE_PROBLEMS[code] : undefined;
  return problem === undefined
    ? 'No TLS connection could be made: check that the port speaks https.'
    : `The TLS certificate of the server ${problem}, so it is not trusted.`;
}

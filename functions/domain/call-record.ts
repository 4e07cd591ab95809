import { type CredentialFinding, REFUSAL_REASONS } from './refusals.ts';

/**
 * What became of an MCP request.
 * - `allowed`: it reached the server, and the server answered
 * - `refused`: the gate, or the server's `allowed_origins`, kept it out
 * - `would_be_refused`: it passed because the gate is down, with a credential that a raised gate refuses
 * - `rejected`: the gateway answered in the server's place (a tool that is not allowed, a body that cannot be read, …)
 * - `upstream_error`: the server could not be reached, broke off, or answered 5xx
 * - `gateway_error`: a fault of the gateway
 */
export const OUTCOMES = [
  'allowed',
  'refused',
  'would_be_refused',
  'rejected',
  'upstream_error',
  'gateway_error',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Why the gateway answered in the server's place. */
const REJECTIONS = [
  'unknown_tool',
  'unclear_body',
  'method_not_allowed',
  'loop',
  'unknown_session',
  'unknown_server',
] as const;

/** How an MCP server failed; `loop`: its address is the gateway's own. */
const UPSTREAM_FAILURES = [
  'unreachable',
  'forbidden_address',
  'redirect',
  'credential',
  'unreadable',
  'too_slow',
  'loop',
  'status_5xx',
  'broken_off',
] as const;

/** What became of a request that the relay was given. `client_left`: its client did not wait for all of the answer. */
export type Verdict =
  | { readonly outcome: 'allowed'; readonly reason: 'client_left' | null }
  | { readonly outcome: 'rejected'; readonly reason: (typeof REJECTIONS)[number] }
  | { readonly outcome: 'upstream_error'; readonly reason: (typeof UPSTREAM_FAILURES)[number] }
  | { readonly outcome: 'gateway_error'; readonly reason: 'fault' };

/** Every reason of every outcome. */
export const REASONS = [
  ...new Set([
    ...REFUSAL_REASONS,
    'foreign_origin' as const,
    ...REJECTIONS,
    ...UPSTREAM_FAILURES,
    'fault' as const,
    'client_left' as const,
  ]),
] as const;
export type Reason = (typeof REASONS)[number];

/** What usage is counted by. */
export const USAGE_DIMENSIONS = ['api_key', 'tool', 'mcp_server', 'day'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** How a record is told from every other line that is printed: by this member, which the log subscription's filter names too. */
export const RECORD = { member: 'record', value: 'portcullis' } as const;
export const RECORD_KINDS = {
  call: 'call',
  keyUse: 'key_use',
  unknownAddress: 'unknown_address',
} as const;
/** Of a record's line, in UTF-8: what is larger loses its data. */
export const MAX_RECORD_BYTES = 64 * 1024;

/** Client text is cut to that many UTF-16 units. */
export const MAX_CLIENT_TEXT = 64;

/** Client and address of refusals that are counted together, since there are too many callers to tell apart. */
export const OTHERS = '(others)';

/**
 * One MCP request, as it is printed, stored and answered: one set of names for all three. Text of the client's is cut to 64
 * printable characters; project, server and key ids are those of the authorizer.
 */
export interface CallRecord {
  readonly project_id: string;
  readonly mcp_server_id: string;
  /** The key that the call is attributed to; `null`: none, it was anonymous or refused. */
  readonly api_key_id: string | null;
  /**
   * Who numbered the record, and its number there, from 1 without gaps: a source is one counter of one instance of a function
   * for one project and one UTC day of `at`. So every record is told from every other, and one that comes twice is known.
   */
  readonly source: string;
  readonly n: number;
  /** When the request arrived, milliseconds since the epoch. */
  readonly at: number;
  readonly request_id: string;
  readonly http_method: string;
  /** Of JSON-RPC, `batch` for several; `null`: the body was not looked at, or is none. */
  readonly method: string | null;
  /** Of a `tools/call`. */
  readonly tool: string | null;
  readonly outcome: Outcome;
  /** Why it was (or would be) refused, rejected or failed; `null` for what was allowed. */
  readonly reason: Reason | null;
  /** What the gate finds of the presented credential, whether it is up or down. */
  readonly credential: CredentialFinding;
  readonly status: number;
  /** Milliseconds in the function that answered. */
  readonly duration_ms: number;
  /** Of these, from the request to the server to its last byte; `null`: the server was not asked. */
  readonly upstream_ms: number | null;
  /** Of the bodies. */
  readonly bytes_in: number;
  readonly bytes_out: number;
  /** Name and version, such as `claude-code/2.1.197`: from `initialize`, `clientInfo` in `_meta`, or the user agent. */
  readonly client: string | null;
  readonly ip: string;
  /** The MCP revision that the client names. */
  readonly protocol_version: string | null;
  readonly trace_id: string | null;
  /** The credential that the gate does not accept, masked; `null` for none or a valid one. */
  readonly presented: string | null;
  /** The key of this project that was presented and that the call is not attributed to (revoked, expired, out of scope). */
  readonly presented_key_id: string | null;
  /**
   * It is one of a flood of like refusals, which share a row: when the first that has no row of its own arrived, milliseconds
   * since the epoch. `null`: it has its own row.
   */
  readonly flood_since: number | null;
  /** That row is one of callers who are not told apart. */
  readonly flood_is_mixed?: true | undefined;
  /** What was asked and answered, masked and cut; `null` while the project stores no data, or there is none. */
  readonly data: CallData | null;
}

/** A record before it is numbered. */
export type CallFacts = Omit<CallRecord, 'source' | 'n'>;

export interface CallData {
  /** The params of the JSON-RPC request. */
  readonly arguments?: unknown;
  /** The result or error that answered it. */
  readonly result?: unknown;
}

/** Which records share a row: those of one source, server, client, address and reason, since one moment. */
export interface Flood {
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly first_seen: number;
  readonly last_seen: number;
}

/** The day that a moment belongs to, in UTC: `2026-11-25`. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Where a row stands among all rows of its project: by time, then by source. Sorts as text. */
export const placeAt = (at: number): string => at.toString(36).padStart(9, '0');

/** @returns the place of the row of a record that has its own */
export const placeOf = ({ at, source, n }: Pick<CallRecord, 'at' | 'source' | 'n'>): string =>
  `${placeAt(at)}${source}${n.toString(36)}`;

/** The id of a row says where it stands. */
export const logId = (place: string): string => `log_${place}`;

export const LOG_ID_FORM = /^log_([0-9a-z]{9}[0-9A-Za-z]{8}[0-9A-Za-z_]{1,16})$/;

/** @returns the place; `undefined` when that cannot be the id of a row */
export const placeOfLogId = (id: string): string | undefined => LOG_ID_FORM.exec(id)?.[1];

/** Characters of a source. */
export const SOURCE_LENGTH = 8;

import type { CallData, CallFacts, CallRecord, Reason, Verdict } from '../domain/call-record.ts';
import type { HeaderValues } from '../domain/credential.ts';
import { asked, askedInHeaders } from './asked.ts';

/** What API Gateway tells the authorizer and the relay alike. */
export interface GatewayRequest {
  readonly httpMethod: string;
  readonly multiValueHeaders: HeaderValues;
  readonly requestContext: {
    readonly requestId: string;
    readonly requestTimeEpoch: number;
    readonly identity: { readonly sourceIp: string };
  };
}

/** What the authorizer knows of the credential. */
type Presented = Pick<CallRecord, 'credential' | 'presented' | 'presented_key_id'>;
type Place = Pick<CallRecord, 'project_id' | 'mcp_server_id'>;

/** A request that the authorizer did not let in. */
export interface RefusedCall extends Presented, Place {
  readonly reason: Reason;
  /** What the client is answered. */
  readonly status: number;
  readonly bodyBytes: number;
  readonly durationMs: number;
  readonly traceId: string | null;
}

/** A request that the relay was given, once its answer has left. */
export interface RelayedCall extends Presented, Place {
  readonly api_key_id: string | null;
  readonly verdict: Verdict;
  readonly body: Buffer | undefined;
  readonly status: number;
  readonly durationMs: number;
  /** `undefined`: the server was not asked. */
  readonly upstreamMs: number | undefined;
  readonly bytesOut: number;
  readonly traceId: string | null;
  readonly data: CallData | null;
}

/**
 * Its method is not known: the authorizer gets no body, and a header that says it is the client's unchecked text.
 */
export function refusedCall(request: GatewayRequest, call: RefusedCall): CallFacts {
  return {
    ...arrival(request, call),
    ...askedInHeaders(request.multiValueHeaders),
    api_key_id: null,
    outcome: 'refused',
    reason: call.reason,
    status: call.status,
    duration_ms: tenths(call.durationMs),
    upstream_ms: null,
    bytes_in: 0,
    bytes_out: call.bodyBytes,
    trace_id: call.traceId,
    data: null,
  };
}

export function relayedCall(request: GatewayRequest, call: RelayedCall): CallFacts {
  return {
    ...arrival(request, call),
    ...asked(request.multiValueHeaders, call.body),
    api_key_id: call.api_key_id,
    ...outcome(call),
    status: call.status,
    duration_ms: tenths(call.durationMs),
    upstream_ms: call.upstreamMs === undefined ? null : tenths(call.upstreamMs),
    bytes_in: call.body?.length ?? 0,
    bytes_out: call.bytesOut,
    trace_id: call.traceId,
    data: call.data,
  };
}

const arrival = ({ httpMethod, requestContext }: GatewayRequest, call: Presented & Place) => ({
  project_id: call.project_id,
  mcp_server_id: call.mcp_server_id,
  at: requestContext.requestTimeEpoch,
  request_id: requestContext.requestId,
  http_method: httpMethod,
  ip: requestContext.identity.sourceIp,
  credential: call.credential,
  presented: call.presented,
  presented_key_id: call.presented_key_id,
  flood_since: null,
});

/**
 * That a raised gate would refuse it is what a team must see of a call that passed, whatever the server made of it. A call
 * without a key is none of those: the gate is opt-in, and `credential` says it.
 */
function outcome({ credential, verdict }: RelayedCall): Pick<CallRecord, 'outcome' | 'reason'> {
  const passed = verdict.outcome === 'allowed' || verdict.outcome === 'upstream_error';
  return passed && credential !== 'valid' && credential !== 'no_key'
    ? { outcome: 'would_be_refused', reason: credential }
    : verdict;
}

/** Milliseconds with one decimal. */
const tenths = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;

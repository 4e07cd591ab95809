import { randomUUID } from 'node:crypto';

/** The trace that a request belongs to. */
export interface Trace {
  /** What is sent upstream: the client's, as it came, or one of our own. */
  readonly traceparent: string;
  readonly isClients: boolean;
  /** 32 hexadecimal digits; `null`: the client's header names none that is valid. */
  readonly traceId: string | null;
}

/** W3C Trace Context, section 3.2. Only version 00 ends with its flags. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/**
 * `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`: the two parts of the root are the 32 digits
 * of a W3C trace id (https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids).
 */
const XRAY_ROOT = /(?:^|;)Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/;
const XRAY_PARENT = /(?:^|;)Parent=([0-9a-f]{16})(?:;|$)/;

/**
 * @param traceparent the client's header; `undefined` when it sends none
 * @param xray X-Ray's trace of this invocation, as the Lambda runtime writes it; `undefined` when there is none
 */
export function traceOf(traceparent: string | undefined, xray: string | undefined): Trace {
  if (traceparent !== undefined) return { traceparent, isClients: true, traceId: traceIdOf(traceparent) };
  const traceId = xrayTraceId(xray) ?? randomDigits();
  // Lambda leaves the parent out of a trace that nobody samples.
  const parent = XRAY_PARENT.exec(xray ?? '')?.[1] ?? randomDigits().slice(-16);
  const flags = /(?:^|;)Sampled=1(?:;|$)/.test(xray ?? '') ? '01' : '00';
  return { traceparent: `00-${traceId}-${parent}-${flags}`, isClients: false, traceId };
}

/** 32 hexadecimal digits, 122 bits of them random. Node has those at hand, where `randomBytes` asks the system each time. */
const randomDigits = (): string => randomUUID().replaceAll('-', '');

/** @returns the trace id of a valid `traceparent` */
export function traceIdOf(traceparent: string): string | null {
  const [, version, traceId, more] = TRACEPARENT.exec(traceparent) ?? [];
  return traceId === undefined || (version === '00' && more !== undefined) ? null : traceId;
}

/** @returns the trace id of X-Ray's trace, as W3C writes it */
export function xrayTraceId(xray: string | undefined): string | null {
  const [, time, random] = XRAY_ROOT.exec(xray ?? '') ?? [];
  return time === undefined || random === undefined ? null : time + random;
}

import { ApiError } from '../domain/errors.ts';
import { RELAY_REFUSALS, refusalBody } from '../domain/refusals.ts';
import { errorEnvelope } from './error-envelope.ts';
import { gatewayAnswerHeaders, type Headers } from './headers.ts';
import { type JsonRpcError, jsonRpcError, requestId as jsonRpcId } from './json-rpc-error.ts';

/** What an MCP client is answered by the gateway itself. */
export interface GatewayReply {
  readonly statusCode: number;
  readonly headers: Headers;
  readonly body: string;
}

/** What the gateway answers in the server's place, by what became of the call. Codes are those of JSON-RPC and MCP. */
const FAILURES = {
  unreachable: { status: 502, code: -32_000, message: 'The MCP server could not be reached' },
  forbidden_address: {
    status: 502,
    code: -32_000,
    message: 'The MCP server has an address that the gateway does not dial',
  },
  redirect: {
    status: 502,
    code: -32_000,
    message: 'The MCP server answered with a redirect, which is not followed',
  },
  credential: {
    status: 502,
    code: -32_000,
    message: "The MCP server did not accept the gateway's own credentials",
  },
  unreadable: { status: 502, code: -32_000, message: 'The MCP server answered what the gateway cannot read' },
  too_slow: { status: 504, code: -32_000, message: 'The MCP server did not answer in time' },
  loop: { status: 508, code: -32_000, message: 'The request has already passed through this gateway' },
  unknown_session: { status: 404, code: -32_001, message: 'Session not found' },
} as const;
export type Failure = keyof typeof FAILURES;

/** An answer of the gateway itself to one request: its headers carry that request's id. */
export class GatewayReplies {
  readonly #requestId: string;
  readonly #body: Buffer | undefined;

  /**
   * @param requestId of API Gateway
   * @param body of the client, whose JSON-RPC id an error answers to
   */
  constructor(requestId: string, body: Buffer | undefined) {
    this.#requestId = requestId;
    this.#body = body;
  }

  refusal(outcome: keyof typeof RELAY_REFUSALS): GatewayReply {
    const { status, error } = RELAY_REFUSALS[outcome];
    return this.#text(status, refusalBody(error));
  }

  failure(failure: Failure): GatewayReply {
    const { status, code, message } = FAILURES[failure];
    return this.#json(status, jsonRpcError({ id: jsonRpcId(this.#body), code, message }));
  }

  /** A request that is not forwarded because it could be read in two ways. */
  unclear(code: number, message: string): GatewayReply {
    return this.#json(400, jsonRpcError({ id: jsonRpcId(this.#body), code, message }));
  }

  fault(): GatewayReply {
    return this.#json(500, errorEnvelope(new ApiError('internal'), this.#requestId));
  }

  methodNotAllowed(): GatewayReply {
    const reply = this.#text(405, refusalBody('Method not allowed'));
    return { ...reply, headers: { ...reply.headers, allow: 'GET, POST, DELETE' } };
  }

  #json(statusCode: number, body: unknown): GatewayReply {
    return this.#text(statusCode, JSON.stringify(body));
  }

  #text(statusCode: number, body: string): GatewayReply {
    const headers = { ...gatewayAnswerHeaders(this.#requestId), 'content-type': 'application/json' };
    return { statusCode, headers, body };
  }

  /** What the gateway answers to calls that it does not forward. */
  toolRefusals(refusals: readonly JsonRpcError[], isBatch: boolean): GatewayReply {
    const [first] = refusals;
    if (first === undefined) return this.#accepted();
    return this.#json(200, isBatch ? refusals.map(jsonRpcError) : jsonRpcError(first));
  }

  /** The server's answer, read whole and written anew. */
  rewritten(statusCode: number, headers: Headers, body: string): GatewayReply {
    const { 'content-encoding': _identity, ...others } = headers;
    return { statusCode, headers: { ...others, 'content-type': 'application/json' }, body };
  }

  /** Notifications ask for no answer. */
  #accepted(): GatewayReply {
    return { statusCode: 202, headers: gatewayAnswerHeaders(this.#requestId), body: '' };
  }
}

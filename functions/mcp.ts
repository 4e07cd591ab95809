import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ApiError } from './domain/errors.ts';
import { type McpGrant, readMcpGrant } from './domain/grant.ts';
import { RELAY_REFUSALS, refusalBody } from './domain/refusals.ts';
import { allowsLoopbackUpstreams, ENVIRONMENT, requiredVariable } from './environment.ts';
import { errorEnvelope } from './http/error-envelope.ts';
import { faultLog } from './http/fault-log.ts';
import {
  gatewayAnswerHeaders,
  type Headers,
  isLoop,
  relayedResponseHeaders,
  upstreamRequestHeaders,
} from './http/headers.ts';
import { jsonRpcError } from './http/json-rpc-error.ts';
import { endAnswer, openAnswer, streamingHandler } from './http/lambda-stream.ts';
import { serverDirectory } from './table/server-directory.ts';
import { callUpstream } from './upstream/call.ts';
import { copyWithin } from './upstream/copy.ts';

/** What is answered, and where its bytes come from: our own text, or the server's stream. */
interface Reply {
  readonly statusCode: number;
  readonly headers: Headers;
  readonly body: string | IncomingMessage;
}

/** How long a server may be silent: a GET stream is idle most of its life and can be resumed, a call is being worked on. */
const SILENCE_MS = { GET: 60_000, POST: 290_000, DELETE: 290_000 } as const;
type RelayedMethod = keyof typeof SILENCE_MS;

/** A stream ends in good order this long before the function would be killed. */
const DEADLINE_MARGIN_MS = 3_000;

/** What the gateway answers in the server's place, by what became of the call. */
const FAILURES = {
  unreachable: { status: 502, message: 'The MCP server could not be reached' },
  forbidden_address: { status: 502, message: 'The MCP server has an address that the gateway does not dial' },
  redirect: { status: 502, message: 'The MCP server answered with a redirect, which is not followed' },
  credential: { status: 502, message: "The MCP server did not accept the gateway's own credentials" },
  too_slow: { status: 504, message: 'The MCP server did not answer in time' },
  loop: { status: 508, message: 'The request has already passed through this gateway' },
} as const;

const rules = { allowLoopback: allowsLoopbackUpstreams() };
const findServer = serverDirectory(requiredVariable(ENVIRONMENT.tableName));
const logFault = faultLog('mcp');

/** `ANY /{mcp_url}`: relays what the authorizer let in to the project's MCP server, byte for byte, and answers the rest. */
export const handler = streamingHandler(async (event, stream, context) => {
  const { requestId } = event.requestContext;
  const client = new AbortController();
  // Only the local gateway tells that a client has left; on Lambda nothing does, and the limits below end the call.
  stream.once('close', () => client.abort());

  const reply = await replyTo(event, client.signal).catch((error: unknown) => {
    logFault(error, requestId);
    return jsonReply(requestId, 500, errorEnvelope(new ApiError('internal'), requestId));
  });
  const answer = openAnswer(stream, { statusCode: reply.statusCode, headers: reply.headers });
  if (typeof reply.body === 'string') {
    answer.write(reply.body);
  } else {
    const silenceMs = isRelayed(event.httpMethod) ? SILENCE_MS[event.httpMethod] : 0;
    const totalMs = context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS;
    await copyWithin({ silenceMs, totalMs }, reply.body, answer).catch((error: unknown) => {
      if (!client.signal.aborted) throw error;
    });
  }
  await endAnswer(answer);
});

async function replyTo(event: APIGatewayProxyEvent, signal: AbortSignal): Promise<Reply> {
  const { requestId } = event.requestContext;
  const grant = readMcpGrant(event.requestContext.authorizer);
  if (grant === undefined) throw new Error('The authorizer gave no outcome that is known');
  if (grant.outcome !== 'forward') return refusalReply(requestId, grant.outcome);

  const method = event.httpMethod;
  if (!isRelayed(method)) {
    const reply = textReply(requestId, 405, refusalBody('Method not allowed'));
    return { ...reply, headers: { ...reply.headers, allow: 'GET, POST, DELETE' } };
  }
  const body =
    event.body === null ? undefined : Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (isLoop(event.multiValueHeaders)) return failureReply(requestId, 'loop', body);
  const server = await findServer(grant.slug, grant.serverRevision);
  if (server === undefined) return refusalReply(requestId, 'not_found');

  const answer = await callUpstream({
    url: server.upstream.url,
    method,
    headers: upstreamRequestHeaders(event.multiValueHeaders),
    body,
    rules: { ...rules, ownHost: event.requestContext.domainName },
    silenceMs: SILENCE_MS[method],
    signal,
  });
  if (answer.kind !== 'answered') return failureReply(requestId, answer.kind, body);
  const { status, response } = answer;
  const failure =
    status === 401 || status === 403 ? 'credential' : status >= 300 && status < 400 ? 'redirect' : undefined;
  if (failure !== undefined) {
    response.destroy();
    return failureReply(requestId, failure, body);
  }
  return { statusCode: status, headers: relayedResponseHeaders(response.headers, requestId), body: response };
}

const isRelayed = (method: string | undefined): method is RelayedMethod =>
  method !== undefined && Object.hasOwn(SILENCE_MS, method);

function refusalReply(requestId: string, outcome: Exclude<McpGrant['outcome'], 'forward'>): Reply {
  const { status, error } = RELAY_REFUSALS[outcome];
  return textReply(requestId, status, refusalBody(error));
}

function failureReply(requestId: string, failure: keyof typeof FAILURES, body: Buffer | undefined): Reply {
  const { status, message } = FAILURES[failure];
  return jsonReply(requestId, status, jsonRpcError(message, body));
}

const jsonReply = (requestId: string, statusCode: number, body: unknown): Reply =>
  textReply(requestId, statusCode, JSON.stringify(body));

function textReply(requestId: string, statusCode: number, body: string): Reply {
  return {
    statusCode,
    headers: { ...gatewayAnswerHeaders(requestId), 'content-type': 'application/json' },
    body,
  };
}

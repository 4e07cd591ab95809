import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type McpGrant, readMcpGrant } from './domain/grant.ts';
import type { SessionBinding } from './domain/session-seal.ts';
import { allowedTools, decideToolAccess } from './domain/tool-access.ts';
import {
  allowsLoopbackUpstreams,
  ENVIRONMENT,
  requiredVariable,
  streamIdleSecondsFromEnvironment,
} from './environment.ts';
import { faultLog } from './http/fault-log.ts';
import {
  acceptsEventStream,
  type Headers,
  isLoop,
  relayedResponseHeaders,
  upstreamRequestHeaders,
} from './http/headers.ts';
import { requestIds } from './http/json-rpc-error.ts';
import { endAnswer, openAnswer, streamingHandler } from './http/lambda-stream.ts';
import { GatewayReplies, type GatewayReply } from './http/mcp-reply.ts';
import { rootSecret } from './secrets/root-secret.ts';
import { sealedSessions } from './secrets/sessions.ts';
import { openedHeaders, upstreamHeaderSeal } from './secrets/upstream-headers.ts';
import { serverDirectory } from './table/server-directory.ts';
import {
  firstAnswer,
  isEmpty,
  isEventStream,
  isJson,
  isPlain,
  readWhole,
  toolListEvents,
  withAllowedTools,
} from './upstream/answer-filter.ts';
import { callUpstream } from './upstream/call.ts';
import { type CopyLimits, copyWithin, type RelayedBody, readWithin } from './upstream/copy.ts';

/** What is answered, and where its bytes come from: our own text, or the server's stream. */
type Reply = GatewayReply | (Pick<GatewayReply, 'statusCode' | 'headers'> & { readonly body: RelayedBody });
type ForwardGrant = Extract<McpGrant, { outcome: 'forward' }>;

/**
 * How long a server may be silent, in milliseconds: a GET stream is idle most of its life and can be resumed; a call is
 * being worked on, and API Gateway itself cuts it after five minutes.
 */
const SILENCE_MS = {
  GET: streamIdleSecondsFromEnvironment() * 1_000,
  POST: 290_000,
  DELETE: 290_000,
} as const;
type RelayedMethod = keyof typeof SILENCE_MS;

/** A stream ends in good order this long before the function would be killed. */
const DEADLINE_MARGIN_MS = 3_000;
/** And what the client has not taken by then is given up this long before. */
const KILL_MARGIN_MS = 1_000;

const allowLoopback = allowsLoopbackUpstreams();
const findServer = serverDirectory(requiredVariable(ENVIRONMENT.tableName));
const storedHeaders = openedHeaders(upstreamHeaderSeal({ keyId: requiredVariable(ENVIRONMENT.kmsKeyId) }));
const sessions = sealedSessions(rootSecret({ secretId: requiredVariable(ENVIRONMENT.rootSecretId) }));
const logFault = faultLog('mcp');

/** `ANY /{mcp_url}`: relays what the authorizer let in to the project's MCP server, byte for byte, and answers the rest. */
export const handler = streamingHandler(async (event, stream, context) => {
  const { requestId } = event.requestContext;
  const client = new AbortController();
  // Only the local gateway tells that a client has left; on Lambda nothing does, and the limits end the call.
  stream.once('close', () => client.abort());
  const limits: CopyLimits = {
    silenceMs: isRelayed(event.httpMethod) ? SILENCE_MS[event.httpMethod] : 0,
    totalMs: context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
  };

  const body =
    event.body === null ? undefined : Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  const replies = new GatewayReplies(requestId, body);
  const reply = await replyTo({ event, body, replies, limits, signal: client.signal }).catch(
    (error: unknown) => {
      logFault(error, requestId);
      client.abort(); // A call that is under way has nobody left to answer.
      return replies.fault();
    },
  );
  const answer = openAnswer(stream, { statusCode: reply.statusCode, headers: reply.headers });
  if (typeof reply.body === 'string') {
    answer.write(reply.body);
  } else {
    await copyWithin(limits, reply.body, answer).catch((error: unknown) => {
      if (!client.signal.aborted) throw error;
    });
  }
  await endAnswer(answer, Math.max(0, context.getRemainingTimeInMillis() - KILL_MARGIN_MS));
});

/** One request on its way through the relay. */
interface Passage {
  readonly event: APIGatewayProxyEvent;
  readonly body: Buffer | undefined;
  readonly replies: GatewayReplies;
  readonly limits: CopyLimits;
  readonly signal: AbortSignal;
}

async function replyTo(passage: Passage): Promise<Reply> {
  const { event, replies } = passage;
  const grant = readMcpGrant(event.requestContext.authorizer);
  if (grant === undefined) throw new Error('The authorizer gave no outcome that is known');
  if (grant.outcome !== 'forward') return replies.refusal(grant.outcome);
  if (!isRelayed(event.httpMethod)) return replies.methodNotAllowed();
  if (isLoop(event.multiValueHeaders)) return replies.failure('loop');
  return relay(passage, grant, event.httpMethod);
}

async function relay(passage: Passage, grant: ForwardGrant, method: RelayedMethod): Promise<Reply> {
  const { event, body, replies, limits, signal } = passage;
  const server = await findServer(grant.slug, grant.serverRevision);
  if (server === undefined) return replies.refusal('not_found');
  const headers = upstreamRequestHeaders(event.multiValueHeaders);

  const tools = allowedTools(server.allowed_tools, grant.allowedTools);
  const access = tools === null ? undefined : decideToolAccess(method, body, headers, tools);
  if (access?.kind === 'unclear') return replies.unclear(access.code, access.problem);
  if (access?.kind === 'unknown_tool') return replies.toolRefusals(access.answers, access.isBatch);

  const caller = sessionBinding(grant);
  const session = await sessions.open(headers[SESSION_HEADER], caller);
  if (session.kind === 'unknown') return replies.failure('unknown_session');
  const answer = await callUpstream({
    url: server.upstream.url,
    method,
    headers: { ...headers, ...sessionHeader(session.id), ...(await storedHeaders(server)) },
    body,
    rules: { allowLoopback, ownHost: event.requestContext.domainName },
    silenceMs: limits.silenceMs,
    signal,
  });
  if (answer.kind !== 'answered') return replies.failure(answer.kind);
  const { status, response } = answer;
  const failure =
    status === 401 || status === 403 ? 'credential' : status >= 300 && status < 400 ? 'redirect' : undefined;
  if (failure !== undefined) {
    response.destroy();
    return replies.failure(failure);
  }

  const relayed = relayedResponseHeaders(response.headers, event.requestContext.requestId);
  const sealed = await sessions.seal(relayed[SESSION_HEADER], caller);
  const head = { statusCode: status, headers: { ...relayed, ...sessionHeader(sealed) } };
  const wantsJson =
    method === 'POST' && isEventStream(response) && !acceptsEventStream(event.multiValueHeaders);
  const looksFor = tools === null || status >= 300 || isEmpty(response) ? 'none' : (access?.answer ?? 'none');
  const mayList =
    looksFor === 'tool_list' || (looksFor === 'messages' && (isEventStream(response) || isJson(response)));
  if (!mayList && !wantsJson) return { ...head, body: { response, through: [] } };
  return rewrite(passage, head, response, { tools: mayList ? tools : null, wantsJson });
}

/** Answers what must not leave as it came: a list of tools, and an event stream for a client that takes JSON alone. */
async function rewrite(
  { body, replies, limits }: Passage,
  head: Pick<GatewayReply, 'statusCode' | 'headers'>,
  response: IncomingMessage,
  { tools, wantsJson }: { readonly tools: ReadonlySet<string> | null; readonly wantsJson: boolean },
): Promise<Reply> {
  if (isPlain(response) && isEventStream(response) && !wantsJson && tools !== null) {
    return { ...head, body: { response, through: [toolListEvents(tools)] } };
  }
  if (!isPlain(response) || !(wantsJson || isJson(response))) {
    response.destroy();
    return replies.failure('unreadable');
  }
  const read = await readWithin(limits, response, async () => {
    const text = await (wantsJson ? firstAnswer(response, requestIds(body)) : readWhole(response));
    return tools === null ? text : withAllowedTools(text, tools);
  });
  return read.kind === 'read'
    ? replies.rewritten(head.statusCode, head.headers, read.text)
    : replies.failure(read.kind);
}

const SESSION_HEADER = 'mcp-session-id';

const sessionHeader = (id: string | undefined): Headers => (id === undefined ? {} : { [SESSION_HEADER]: id });

const sessionBinding = ({ projectId, serverId, principal }: ForwardGrant): SessionBinding => ({
  projectId,
  serverId,
  principal: principal.kind === 'key' ? principal.keyId : 'anonymous',
});

const isRelayed = (method: string | undefined): method is RelayedMethod =>
  method !== undefined && Object.hasOwn(SILENCE_MS, method);

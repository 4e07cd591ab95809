import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { CallData, CallFacts, Verdict } from './domain/call-record.ts';
import { headerValues } from './domain/credential.ts';
import { type McpGrant, readMcpGrant } from './domain/grant.ts';
import type { SessionBinding } from './domain/session-seal.ts';
import { allowedTools, decideToolAccess } from './domain/tool-access.ts';
import { type Trace, traceOf } from './domain/trace-context.ts';
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
import { type Failure, GatewayReplies, type GatewayReply } from './http/mcp-reply.ts';
import { relayedCall } from './records/calls.ts';
import type { KeptAnswer } from './records/payload.ts';
import { recordLog } from './records/print.ts';
import { SentBytes } from './records/sent-bytes.ts';
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
import { keptConnections } from './upstream/connections.ts';
import { type CopyLimits, copyWithin, type RelayedBody, readWithin } from './upstream/copy.ts';

/** What is answered, and where its bytes come from: our own text, or the server's stream. */
type Answer = GatewayReply | (Pick<GatewayReply, 'statusCode' | 'headers'> & { readonly body: RelayedBody });
/** And what became of the request with it; `undefined`: the authorizer did not let it in, and has printed that. */
type Reply = Answer & { readonly verdict: Verdict | undefined };
/** A reply before its body. */
type Head = Pick<Reply, 'statusCode' | 'headers' | 'verdict'>;
type ReasonOf<O extends Verdict['outcome']> = Extract<Verdict, { outcome: O }>['reason'];
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

const connections = keptConnections();
const records = recordLog({ onFault: logFault });

const ALLOWED: Verdict = { outcome: 'allowed', reason: null };
const FAULT: Verdict = { outcome: 'gateway_error', reason: 'fault' };
const BROKEN_OFF: Verdict = { outcome: 'upstream_error', reason: 'broken_off' };
const CLIENT_LEFT: Verdict = { outcome: 'allowed', reason: 'client_left' };
/** What is recorded as the status of an answer that its client did not wait for, as nginx does. */
const CLIENT_LEFT_STATUS = 499;

/**
 * `ANY /{mcp_url}`: relays what the authorizer let in to the project's MCP server, byte for byte, and answers the rest.
 * Prints a record of what was let in once its answer has left, however that went.
 */
export const handler = streamingHandler(async (event, stream, context) => {
  const startedAt = performance.now();
  const { requestId } = event.requestContext;
  const client = new AbortController();
  // Only the local gateway tells that a client has left; on Lambda nothing does, and the limits end the call.
  stream.once('close', () => {
    if (!stream.writableFinished) client.abort(); // An abort that nobody waits for costs as much as a body.
  });
  const grant = readMcpGrant(event.requestContext.authorizer);
  const body =
    event.body === null ? undefined : Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  const passage: Passage = {
    event,
    body,
    replies: new GatewayReplies(requestId, body),
    limits: {
      silenceMs: isRelayed(event.httpMethod) ? SILENCE_MS[event.httpMethod] : 0,
      totalMs: context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
    },
    client,
    // The Lambda runtime sets the variable anew for each request.
    trace: traceOf(headerValues(event.multiValueHeaders, 'traceparent').at(-1), process.env._X_AMZN_TRACE_ID),
    course: {
      startedAt,
      askedAt: undefined,
      serverEndedAt: startedAt,
      status: 500,
      headers: {},
      verdict: FAULT,
      sent: new SentBytes({ keeps: grant?.outcome === 'forward' && grant.storesData }),
      isWhole: false,
    },
  };
  try {
    await serve(passage, grant, stream, context);
  } finally {
    const { verdict } = passage.course;
    if (grant?.outcome === 'forward' && verdict !== undefined) {
      const endedAt = performance.now();
      const data = grant.storesData ? await payloadOf(passage) : null;
      records.call(requestId, () => recordOf(passage, grant, { verdict, endedAt, data }));
    }
  }
});

/** One request on its way through the relay. */
interface Passage {
  readonly event: APIGatewayProxyEvent;
  readonly body: Buffer | undefined;
  readonly replies: GatewayReplies;
  readonly limits: CopyLimits;
  /** Aborts when the client leaves. */
  readonly client: AbortController;
  readonly trace: Trace;
  readonly course: Course;
}

/** How it has gone so far: noted for its record, and nothing is decided by it. Times are those of `performance.now()`. */
interface Course {
  readonly startedAt: number;
  /** `undefined`: the server was not asked. */
  askedAt: number | undefined;
  /** When the last of the server's answer had come. */
  serverEndedAt: number;
  status: number;
  /** Of the answer. */
  headers: Headers;
  verdict: Verdict | undefined;
  readonly sent: SentBytes;
  /** Whether all of the answer has been sent. */
  isWhole: boolean;
}

/** @throws when the answer is broken off */
async function serve(
  passage: Passage,
  grant: McpGrant | undefined,
  stream: Writable,
  context: Context,
): Promise<void> {
  const { event, replies, client, course } = passage;
  const reply = await replyTo(passage, grant).catch((error: unknown): Reply => {
    logFault(error, event.requestContext.requestId);
    client.abort(); // A call that is under way has nobody left to answer.
    return { ...replies.fault(), verdict: FAULT };
  });
  const isUnheard = client.signal.aborted && reply.verdict?.outcome === 'upstream_error';
  course.status = isUnheard ? CLIENT_LEFT_STATUS : reply.statusCode;
  course.verdict = isUnheard ? CLIENT_LEFT : reply.verdict;
  course.headers = reply.headers;
  course.serverEndedAt = performance.now();

  const answer = openAnswer(stream, { statusCode: reply.statusCode, headers: reply.headers });
  if (typeof reply.body === 'string') {
    answer.write(reply.body);
    course.sent.add(Buffer.from(reply.body));
    course.isWhole = true;
  } else {
    await copy(passage, reply.body, answer);
  }
  await endAnswer(answer, Math.max(0, context.getRemainingTimeInMillis() - KILL_MARGIN_MS));
}

/** @throws when the server breaks off, or a limit cuts an answer that nobody can resume */
async function copy({ limits, client, course }: Passage, body: RelayedBody, answer: Writable): Promise<void> {
  try {
    await copyWithin(limits, body, answer, course.sent.add);
    course.isWhole = true;
  } catch (error) {
    course.verdict = client.signal.aborted ? CLIENT_LEFT : BROKEN_OFF;
    if (!client.signal.aborted) throw error;
  } finally {
    course.serverEndedAt = performance.now();
  }
}

/** A payload that cannot be had costs no call its record. */
async function payloadOf({ event, body, course }: Passage): Promise<CallData | null> {
  try {
    // Loaded once an answer has left: what knows the forms of secrets is as large as all else that a start waits for.
    const { callData } = await import('./records/payload.ts');
    return callData({ requestBody: body, answer: answered(course) });
  } catch (error) {
    logFault(error, event.requestContext.requestId);
    return null;
  }
}

function recordOf(
  { event, body, trace, course }: Passage,
  grant: ForwardGrant,
  {
    verdict,
    endedAt,
    data,
  }: { readonly verdict: Verdict; readonly endedAt: number; readonly data: CallData | null },
): CallFacts {
  const { askedAt, sent } = course;
  return relayedCall(event, {
    project_id: grant.projectId,
    mcp_server_id: grant.serverId,
    api_key_id: grant.principal.kind === 'key' ? grant.principal.keyId : null,
    credential: grant.credential,
    presented: grant.presented,
    presented_key_id: grant.presentedKeyId,
    verdict,
    body,
    status: course.status,
    durationMs: endedAt - course.startedAt,
    upstreamMs: askedAt === undefined ? undefined : course.serverEndedAt - askedAt,
    bytesOut: sent.count,
    traceId: trace.traceId,
    data,
  });
}

/** Encoded bytes say nothing that could be masked. */
function answered({ headers, sent, isWhole }: Course): KeptAnswer | undefined {
  const isEncoded = !/^[ \t]*identity[ \t]*$/i.test(headers['content-encoding'] ?? 'identity');
  return isEncoded ? undefined : sent.answer(headers['content-type'], isWhole);
}

async function replyTo(passage: Passage, grant: McpGrant | undefined): Promise<Reply> {
  const { event, replies } = passage;
  if (grant === undefined) throw new Error('The authorizer gave no outcome that is known');
  if (grant.outcome !== 'forward') return { ...replies.refusal(grant.outcome), verdict: undefined };
  if (!isRelayed(event.httpMethod)) return rejected('method_not_allowed', replies.methodNotAllowed());
  if (isLoop(event.multiValueHeaders)) return rejected('loop', replies.failure('loop'));
  return relay(passage, grant, event.httpMethod);
}

const rejected = (reason: ReasonOf<'rejected'>, answer: GatewayReply): Reply => ({
  ...answer,
  verdict: { outcome: 'rejected', reason },
});
const failed = (replies: GatewayReplies, reason: ReasonOf<'upstream_error'> & Failure): Reply => ({
  ...replies.failure(reason),
  verdict: { outcome: 'upstream_error', reason },
});

async function relay(passage: Passage, grant: ForwardGrant, method: RelayedMethod): Promise<Reply> {
  const { event, body, replies, limits, client, course } = passage;
  const server = await findServer(grant.slug, grant.serverRevision);
  if (server === undefined) return rejected('unknown_server', replies.refusal('not_found'));
  const headers = inTrace(upstreamRequestHeaders(event.multiValueHeaders), passage.trace);

  const tools = allowedTools(server.allowed_tools, grant.allowedTools);
  const access = tools === null ? undefined : decideToolAccess(method, body, headers, tools);
  if (access?.kind === 'unclear') {
    return rejected('unclear_body', replies.unclear(access.code, access.problem));
  }
  if (access?.kind === 'unknown_tool') {
    return rejected('unknown_tool', replies.toolRefusals(access.answers, access.isBatch));
  }

  const caller = sessionBinding(grant);
  const session = await sessions.open(headers[SESSION_HEADER], caller);
  if (session.kind === 'unknown') return rejected('unknown_session', replies.failure('unknown_session'));
  const stored = await storedHeaders(server);
  const askedAt = performance.now();
  const answer = await callUpstream({
    url: server.upstream.url,
    method,
    headers: { ...headers, ...sessionHeader(session.id), ...stored },
    body,
    rules: { allowLoopback, ownHost: event.requestContext.domainName },
    connections: connections.at(event.requestContext.requestTimeEpoch + askedAt - course.startedAt),
    silenceMs: limits.silenceMs,
    signal: client.signal,
  });
  if (answer.kind === 'loop' || answer.kind === 'forbidden_address') return failed(replies, answer.kind);
  course.askedAt = askedAt;
  if (answer.kind !== 'answered') return failed(replies, answer.kind);
  const { status, response } = answer;
  const failure =
    status === 401 || status === 403 ? 'credential' : status >= 300 && status < 400 ? 'redirect' : undefined;
  if (failure !== undefined) {
    response.destroy();
    return failed(replies, failure);
  }

  const relayed = relayedResponseHeaders(response.headers, event.requestContext.requestId);
  const sealed = await sessions.seal(relayed[SESSION_HEADER], caller);
  const head: Head = {
    statusCode: status,
    headers: { ...relayed, ...sessionHeader(sealed) },
    verdict: status >= 500 ? { outcome: 'upstream_error', reason: 'status_5xx' } : ALLOWED,
  };
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
  head: Head,
  response: IncomingMessage,
  { tools, wantsJson }: { readonly tools: ReadonlySet<string> | null; readonly wantsJson: boolean },
): Promise<Reply> {
  if (isPlain(response) && isEventStream(response) && !wantsJson && tools !== null) {
    return { ...head, body: { response, through: [toolListEvents(tools)] } };
  }
  if (!isPlain(response) || !(wantsJson || isJson(response))) {
    response.destroy();
    return failed(replies, 'unreadable');
  }
  const read = await readWithin(limits, response, async () => {
    const text = await (wantsJson ? firstAnswer(response, requestIds(body)) : readWhole(response));
    return tools === null ? text : withAllowedTools(text, tools);
  });
  return read.kind === 'read'
    ? { ...replies.rewritten(head.statusCode, head.headers, read.text), verdict: head.verdict }
    : failed(replies, read.kind);
}

/** Without a trace of the client's the call is in one of ours, and what only continues the client's means nothing. */
function inTrace(headers: Headers, { isClients, traceparent }: Trace): Headers {
  if (isClients) return headers;
  const { tracestate: _clients, ...others } = headers;
  return { ...others, traceparent };
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

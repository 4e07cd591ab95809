import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type McpGrant, readMcpGrant } from './domain/grant.ts';
import { openSession, type SessionBinding, sealedVersion, sealSession } from './domain/session-seal.ts';
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
import { upstreamHeaderSeal } from './secrets/upstream-headers.ts';
import type { StoredServer } from './table/items.ts';
import { serverDirectory } from './table/server-directory.ts';
import {
  filteredToolList,
  firstAnswer,
  isEventStream,
  isJson,
  isPlain,
  readWhole,
  toolListEvents,
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

const allowLoopback = allowsLoopbackUpstreams();
const findServer = serverDirectory(requiredVariable(ENVIRONMENT.tableName));
const { upstreamHeaders } = upstreamHeaderSeal({ keyId: requiredVariable(ENVIRONMENT.kmsKeyId) });
const secret = rootSecret({ secretId: requiredVariable(ENVIRONMENT.rootSecretId) });
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
  await endAnswer(answer);
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

  const sessions = callerSessions(grant);
  const session = await sessions.opened(headers);
  if (session === undefined) return replies.failure('unknown_session');
  const answer = await callUpstream({
    url: server.upstream.url,
    method,
    headers: { ...headers, ...session, ...(await storedHeaders(server)) },
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
  const head = { statusCode: status, headers: { ...relayed, ...(await sessions.sealed(relayed)) } };
  const listedTools = access?.listsTools === true && status < 300 ? tools : null;
  const wantsJson =
    method === 'POST' && isEventStream(response) && !acceptsEventStream(event.multiValueHeaders);
  if (listedTools === null && !wantsJson) return { ...head, body: { response, through: [] } };
  return rewrite(passage, head, response, { listedTools, wantsJson });
}

/** Answers what must not leave as it came: a list of tools, and an event stream for a client that takes JSON alone. */
async function rewrite(
  { body, replies, limits }: Passage,
  head: Pick<GatewayReply, 'statusCode' | 'headers'>,
  response: IncomingMessage,
  {
    listedTools,
    wantsJson,
  }: { readonly listedTools: ReadonlySet<string> | null; readonly wantsJson: boolean },
): Promise<Reply> {
  if (isPlain(response) && isEventStream(response) && !wantsJson && listedTools !== null) {
    return { ...head, body: { response, through: [toolListEvents(listedTools)] } };
  }
  if (!isPlain(response) || !(wantsJson || isJson(response))) {
    response.destroy();
    return replies.failure('unreadable');
  }
  const read = await readWithin(limits, response, async () => {
    const text = await (wantsJson ? firstAnswer(response, requestIds(body)) : readWhole(response));
    return listedTools === null ? text : filteredToolList(text, listedTools);
  });
  return read.kind === 'read'
    ? replies.rewritten(head.statusCode, head.headers, read.text)
    : replies.failure(read.kind);
}

/** The stored headers of the servers that this instance has met, opened once for each revision of a server. */
const openedHeaders = new WeakMap<StoredServer, Promise<Record<string, string>>>();

function storedHeaders(server: StoredServer): Promise<Record<string, string>> {
  const known = openedHeaders.get(server);
  if (known !== undefined) return known;
  const opened = upstreamHeaders(server);
  openedHeaders.set(server, opened);
  opened.catch(() => openedHeaders.delete(server)); // The next request asks again.
  return opened;
}

const SESSION_HEADER = 'mcp-session-id';

/** The sessions of one caller with one server: the client sees them sealed, the server as they are. */
function callerSessions({ projectId, serverId, principal }: ForwardGrant) {
  const binding: SessionBinding = {
    projectId,
    serverId,
    principal: principal.kind === 'key' ? principal.keyId : 'anonymous',
  };
  return {
    /** @returns the header for the server, if the client sent one; `undefined` when it is not a session of this caller */
    async opened(headers: Headers): Promise<Headers | undefined> {
      const sealed = headers[SESSION_HEADER];
      if (sealed === undefined) return {};
      const version = sealedVersion(sealed);
      if (version === undefined) return undefined;
      const { accepted } = await secret.keys('session', version);
      const session = openSession(accepted, sealed, binding);
      return session === undefined ? undefined : { [SESSION_HEADER]: session };
    },
    /** @returns the header for the client, if the server sent one */
    async sealed(headers: Headers): Promise<Headers> {
      const session = headers[SESSION_HEADER];
      if (session === undefined) return {};
      const { current } = await secret.keys('session');
      return { [SESSION_HEADER]: sealSession(current, session, binding) };
    },
  };
}

const isRelayed = (method: string | undefined): method is RelayedMethod =>
  method !== undefined && Object.hasOwn(SILENCE_MS, method);

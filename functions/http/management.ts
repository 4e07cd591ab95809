import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type * as z from 'zod';
import {
  API_ROUTES,
  type ApiFunction,
  isApiRoute,
  type NeedOf,
  type RouteNeed,
  type RoutesOf,
} from '../domain/api-routes.ts';
import { API_ERRORS, ApiError } from '../domain/errors.ts';
import { type ApiGrant, readApiGrant } from '../domain/grant.ts';
import { hasScope } from '../domain/principal.ts';
import { EXPOSED_HEADERS } from '../domain/refusals.ts';
import { errorEnvelope } from './error-envelope.ts';
import { faultLog } from './fault-log.ts';
import { CORS_HEADERS, type Headers } from './headers.ts';
import { noQuerySchema } from './schemas.ts';

/** One request to the management plane that may do what its route does. */
interface ManagementRequest {
  readonly event: APIGatewayProxyEvent;
  /** Method and resource path. */
  readonly route: string;
  /** The `{id}` in the path, as the client sent it; `''` where the route has none. */
  readonly id: string;
  /** When it arrived, milliseconds since the epoch. */
  readonly now: number;
}

/** The project that the caller's key belongs to, and what the authorizer read of that key. */
export type ProjectCaller = Omit<Extract<ApiGrant, { outcome: 'project' }>, 'outcome'>;
export type ProjectRequest = ManagementRequest & ProjectCaller;

/** Where the next page of a list begins, when the list is no JSON object that could say so. */
export const NEXT_CURSOR_HEADER = 'x-next-cursor';
/** Whether anybody would be refused, on the answer to who raises the gate. */
export const READINESS_HEADER = 'x-mcp-api-key-readiness';

/** What a page may read of an answer besides what it may of any. */
const HEADERS = {
  ...CORS_HEADERS,
  'access-control-expose-headers': [
    EXPOSED_HEADERS,
    ...['etag', 'idempotent-replayed', NEXT_CURSOR_HEADER, READINESS_HEADER, 'content-disposition'],
  ].join(', '),
  'cache-control': 'no-store',
} as const;

type Run<Request> = (request: Request) => Promise<APIGatewayProxyResult>;
/** A handler for each route of the function, no more and no fewer. */
type Routes<Name extends ApiFunction> = {
  readonly [Route in RoutesOf<Name>]: Run<
    NeedOf<Route> extends 'organization' ? ManagementRequest : ProjectRequest
  >;
};

/** No input of ours needs more. */
const MAX_BODY_BYTES = 256 * 1024;

/** An answer repeats what it complains of, so it is bounded by us and not by the client. */
const MAX_PROBLEMS = 100;
const MAX_PROBLEM_LENGTH = 300;

/**
 * The Lambda handler of one part of the management plane. It finds the route, checks that the caller has what the route
 * needs, renders what the route answers or throws, and puts the request's id on every answer.
 * @param name the function, as the table of routes and its own log name it
 */
export function managementHandler<Name extends ApiFunction>(name: Name, routes: Routes<Name>) {
  const logFault = faultLog(name);
  const runs = new Map<string, Run<never>>(Object.entries(routes));
  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event: APIGatewayProxyEvent) => {
    const route = `${event.httpMethod} ${event.resource}`;
    const run = runs.get(route);
    if (run === undefined || !isApiRoute(route)) throw noSuchMethod(event.resource);
    const caller = callerOf(readApiGrant(event.requestContext.authorizer), API_ROUTES[route].needs);
    const request: ManagementRequest & Partial<ProjectCaller> = {
      event,
      route,
      id: event.pathParameters?.id ?? '',
      now: event.requestContext.requestTimeEpoch,
      ...caller,
    };
    // Only routes that read take parameters, and read them themselves.
    if (event.httpMethod !== 'GET') await readQuery(noQuerySchema, event);
    return run(request as never); // The table says what the route's handler takes, and callerOf has checked it.
  })
    .after(addRequestId)
    .onError(addRequestId) // Middy runs the last one first: the answer is rendered below, then the id is put on it.
    .onError((request) => {
      const { requestId } = request.event.requestContext;
      if (!(request.error instanceof ApiError)) logFault(request.error, requestId);
      request.response = errorAnswer(request.error, requestId);
    });
}

/** API Gateway sends every method of a resource here but OPTIONS, and no other resource. */
function noSuchMethod(resource: string): ApiError {
  const allow = Object.keys(API_ROUTES).flatMap((route) => {
    const [method = '', path] = route.split(' ');
    return path === resource ? [method] : [];
  });
  return new ApiError('method_not_allowed', { allow: [...allow, 'OPTIONS'] });
}

function addRequestId({ event, response }: middy.Request<APIGatewayProxyEvent, APIGatewayProxyResult>): void {
  if (response) response.headers = { ...response.headers, 'x-request-id': event.requestContext.requestId };
}

/**
 * @returns the project's caller; nothing for the organization's
 * @throws ApiError when the caller is refused, or its key lacks the scope; Error when the authorizer said what fits no such
 *   route: nobody may pass on that
 */
function callerOf(grant: ApiGrant | undefined, needs: RouteNeed): ProjectCaller | undefined {
  if (grant === undefined) throw new Error('The authorizer gave no outcome that is known');
  if (grant.outcome === 'refused') {
    throw new ApiError(grant.error, {
      message: `${API_ERRORS[grant.error].message}${grant.maskedKey === undefined ? '' : `: ${grant.maskedKey}`}`,
    });
  }
  if ((grant.outcome === 'organization') !== (needs === 'organization')) {
    throw new Error(`A route that needs ${needs} was reached with the outcome ${grant.outcome}`);
  }
  if (grant.outcome === 'organization' || needs === 'organization') return undefined;
  if (needs !== 'any_key' && !hasScope(grant.scopes, needs)) {
    throw new ApiError('insufficient_permissions', {
      message: `The API key lacks the scope ${needs}`,
      suggestedFix: `Use a key with the scope ${needs} or *`,
    });
  }
  const { outcome: _outcome, ...caller } = grant;
  return caller;
}

/**
 * A key that is held to some servers must not see what the clients of the others do.
 * @throws ApiError when it is
 */
export function requireEveryServer({ serverIds }: ProjectCaller): void {
  if (serverIds === null) return;
  throw new ApiError('insufficient_permissions', {
    message: 'The API key is held to the MCP servers in its mcp_server_ids, and this is about all of them',
    suggestedFix: 'Use a key whose mcp_server_ids are null',
  });
}

/**
 * @returns the request's body, parsed by the schema
 * @throws ApiError 413 for a body over 256 KB, 400 that lists every problem (the first hundred of them)
 */
export async function readBody<Output>(
  schema: z.ZodType<Output>,
  event: APIGatewayProxyEvent,
): Promise<Output> {
  const bytes = bodyOf(event);
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), refusePrototype);
  } catch {
    throw new ApiError('bad_request', {
      errors: ['The body is not valid JSON in UTF-8, or has a member __proto__'],
    });
  }
  return parse(schema, body);
}

/** As {@link readBody}, of a request that may do without a body: then it counts as an empty object. */
export const readOptionalBody = async <Output>(
  schema: z.ZodType<Output>,
  event: APIGatewayProxyEvent,
): Promise<Output> => (bodyOf(event).length === 0 ? parse(schema, {}) : readBody(schema, event));

function bodyOf(event: APIGatewayProxyEvent): Buffer {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new ApiError('payload_too_large');
  return bytes;
}

/** A record that is copied would lose this member in silence; whoever sends it means no good. */
function refusePrototype(member: string, value: unknown): unknown {
  if (member === '__proto__') throw new SyntaxError('__proto__ is no member of ours');
  return value;
}

/** As {@link readBody}, for the query string, in which each parameter stands once. */
export async function readQuery<Output>(
  schema: z.ZodType<Output>,
  event: APIGatewayProxyEvent,
): Promise<Output> {
  const repeated = Object.entries(event.multiValueQueryStringParameters ?? {}).filter(
    ([, values]) => (values?.length ?? 0) > 1,
  );
  if (repeated.length > 0) throw invalid(repeated.map(([parameter]) => `${parameter}: must be given once`));
  return parse(schema, event.queryStringParameters ?? {});
}

async function parse<Output>(schema: z.ZodType<Output>, input: unknown): Promise<Output> {
  const parsed = await schema.safeParseAsync(input);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map(problem));
}

function problem(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

/** @param problems of the input, each with the field that has it before a colon */
export const invalid = (problems: readonly string[]): ApiError =>
  new ApiError('bad_request', {
    errors: problems
      .slice(0, MAX_PROBLEMS)
      .map((text) => (text.length > MAX_PROBLEM_LENGTH ? `${text.slice(0, MAX_PROBLEM_LENGTH)}…` : text)),
  });

export const answer = (statusCode: number, body: unknown, headers: Headers = {}): APIGatewayProxyResult =>
  textAnswer(statusCode, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

/** @param headers with the `content-type` of the body, which is sent as it is */
export const textAnswer = (
  statusCode: number,
  body: string,
  headers: Headers & { readonly 'content-type': string },
): APIGatewayProxyResult => ({ statusCode, headers: { ...HEADERS, ...headers }, body });

/** What was asked for is done, and there is nothing to show. */
export const noContent = (): APIGatewayProxyResult => ({
  statusCode: 204,
  headers: HEADERS,
  body: '',
});

/** Whoever lost every race for a change may try again so soon. */
const RETRY_AFTER_SECONDS = '1';

/** Of a fault nothing is told but the request's id. */
function errorAnswer(error: unknown, requestId: string): APIGatewayProxyResult {
  const known = error instanceof ApiError ? error : new ApiError('internal');
  const { allow } = known.details;
  return answer(API_ERRORS[known.kind].status, errorEnvelope(known, requestId), {
    ...(allow !== undefined && { allow: allow.join(', ') }),
    ...(known.kind === 'too_many_requests' && { 'retry-after': RETRY_AFTER_SECONDS }),
  });
}

import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type * as z from 'zod';
import { API_ERRORS, ApiError } from '../domain/errors.ts';
import { type ApiGrant, readApiGrant } from '../domain/grant.ts';
import { hasScope, type Scope } from '../domain/principal.ts';
import { errorEnvelope } from './error-envelope.ts';
import { faultLog } from './fault-log.ts';
import { CORS_HEADERS } from './headers.ts';

/** One request to the management plane, after it was let in or refused by the authorizer. */
export interface ManagementRequest {
  readonly event: APIGatewayProxyEvent;
  readonly grant: ApiGrant;
  /** When it arrived, milliseconds since the epoch. */
  readonly now: number;
}

/** No input of ours needs more. */
const MAX_BODY_BYTES = 256 * 1024;

/** An answer repeats what it complains of, so it is bounded by us and not by the client. */
const MAX_PROBLEMS = 100;
const MAX_PROBLEM_LENGTH = 300;

type Run = (request: ManagementRequest) => Promise<APIGatewayProxyResult>;

/**
 * The Lambda handler of one part of the management plane. It finds the route, renders what `run` answers or throws, and
 * puts the request's id on every answer.
 * @param service the function's name in its logs
 * @param routes by method and resource path, such as `GET /api/v3/org/project/config`
 */
export function managementHandler(service: string, routes: Readonly<Record<string, Run>>) {
  const logFault = faultLog(service);
  return middy<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event: APIGatewayProxyEvent) => {
    const run = routes[`${event.httpMethod} ${event.resource}`];
    if (run === undefined) throw new ApiError('not_found', { message: 'There is no such route' });
    const grant = readApiGrant(event.requestContext.authorizer);
    if (grant === undefined) throw new Error('The authorizer gave no outcome that is known');
    if (grant.outcome === 'refused') {
      throw new ApiError(grant.error, {
        message: `${API_ERRORS[grant.error].message}${grant.maskedKey === undefined ? '' : `: ${grant.maskedKey}`}`,
      });
    }
    return run({ event, grant, now: event.requestContext.requestTimeEpoch });
  })
    .after(addRequestId)
    .onError(addRequestId) // Middy runs the last one first: the answer is rendered below, then the id is put on it.
    .onError((request) => {
      const { requestId } = request.event.requestContext;
      if (!(request.error instanceof ApiError)) logFault(request.error, requestId);
      request.response = errorAnswer(request.error, requestId);
    });
}

function addRequestId({ event, response }: middy.Request<APIGatewayProxyEvent, APIGatewayProxyResult>): void {
  if (response) response.headers = { ...response.headers, 'x-request-id': event.requestContext.requestId };
}

/** The project that the caller's key belongs to, if the key has that scope. */
export function requireProject(
  { grant }: ManagementRequest,
  scope: Scope,
): { projectId: string; keyId: string } {
  if (grant.outcome !== 'project')
    throw new Error(`A project route was reached with the outcome ${grant.outcome}`);
  if (!hasScope(grant.scopes, scope)) {
    throw new ApiError('insufficient_permissions', {
      message: `The API key lacks the scope ${scope}`,
      suggestedFix: `Use a key with the scope ${scope} or *`,
    });
  }
  return { projectId: grant.projectId, keyId: grant.keyId };
}

/** Lets the organization's key alone pass. */
export function requireOrganization({ grant }: ManagementRequest): void {
  if (grant.outcome !== 'organization') {
    throw new Error(`An organization route was reached with the outcome ${grant.outcome}`);
  }
}

/**
 * @returns the request's body, parsed by the schema
 * @throws ApiError 413 for a body over 256 KB, 400 that lists every problem (the first hundred of them)
 */
export function readBody<Output>(schema: z.ZodType<Output>, event: APIGatewayProxyEvent): Output {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new ApiError('payload_too_large');
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

/** A record that is copied would lose this member in silence; whoever sends it means no good. */
function refusePrototype(member: string, value: unknown): unknown {
  if (member === '__proto__') throw new SyntaxError('__proto__ is no member of ours');
  return value;
}

/** As {@link readBody}, for the query string. */
export function readQuery<Output>(schema: z.ZodType<Output>, event: APIGatewayProxyEvent): Output {
  return parse(schema, event.queryStringParameters ?? {});
}

function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ApiError('bad_request', { errors: parsed.error.issues.slice(0, MAX_PROBLEMS).map(problem) });
}

function problem(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  const text = path === '' ? issue.message : `${path}: ${issue.message}`;
  return text.length > MAX_PROBLEM_LENGTH ? `${text.slice(0, MAX_PROBLEM_LENGTH)}…` : text;
}

export const answer = (statusCode: number, body: unknown): APIGatewayProxyResult => ({
  statusCode,
  headers: { ...CORS_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});

/** Of a fault nothing is told but the request's id. */
function errorAnswer(error: unknown, requestId: string): APIGatewayProxyResult {
  const known = error instanceof ApiError ? error : new ApiError('internal');
  return answer(API_ERRORS[known.kind].status, errorEnvelope(known, requestId));
}

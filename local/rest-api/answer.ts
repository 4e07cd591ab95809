import type { ServerResponse } from 'node:http';
import type { ApiRequest } from './request.ts';

/** Header names and values, in order; a name may come more than once. */
export type HeaderList = readonly (readonly [string, string])[];

/** Status and headers of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: HeaderList;
}

/** An answer that is complete. */
export interface Answer extends AnswerHead {
  readonly body: Buffer;
}

/**
 * Sends status and headers, with the ids that API Gateway adds.
 *
 * @throws TypeError when a header's name or value is not allowed in HTTP; nothing has been sent then
 */
export function writeHead(
  response: ServerResponse,
  request: ApiRequest,
  { status, headers }: AnswerHead,
): void {
  const raw = ['x-amzn-RequestId', request.requestId, 'x-amz-apigw-id', request.extendedRequestId];
  for (const [name, value] of headers) raw.push(name, value);
  response.writeHead(status, raw);
}

/** Sends a complete answer. @throws TypeError as {@link writeHead} */
export function writeAnswer(response: ServerResponse, request: ApiRequest, { body, ...head }: Answer): void {
  const hasNoBody = head.status === 204 || head.status === 304;
  const headers: HeaderList = hasNoBody
    ? head.headers
    : [...head.headers, ['Content-Length', `${body.length}`]];
  writeHead(response, request, { ...head, headers });
  response.end(body);
}

import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ApiError } from './domain/errors.ts';
import { errorEnvelope } from './http/error-envelope.ts';
import { type Headers, openAnswerHeaders } from './http/headers.ts';

/** For clients that try OAuth after a 401: they show the description to their user. */
const NO_OAUTH = {
  error: 'invalid_request',
  error_description:
    'This gateway does not use OAuth. Send your API key in the x-api-key header or as Authorization: Bearer.',
} as const;

/** The routes that need no key: health, the answers to OAuth discovery, and a JSON 404 for whatever is no route. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { httpMethod, resource, requestContext } = event;
  if (resource === '/health') {
    return httpMethod === 'GET'
      ? json(event, 200, { status: 'ok' })
      : json(event, 405, { error: 'Method not allowed' }, { allow: 'GET, OPTIONS' });
  }
  if (resource === '/register' && httpMethod === 'POST') return json(event, 400, NO_OAUTH);
  if (resource === '/api' || resource.startsWith('/api/')) {
    const noRoute = new ApiError('not_found', { message: 'There is no such route' });
    return json(event, 404, errorEnvelope(noRoute, requestContext.requestId));
  }
  return json(event, 404, { error: 'Not found' });
}

const json = (
  event: APIGatewayProxyEvent,
  statusCode: number,
  body: unknown,
  more: Headers = {},
): APIGatewayProxyResult => ({
  statusCode,
  headers: { ...openAnswerHeaders(event.requestContext.requestId), ...more },
  body: JSON.stringify(body),
});

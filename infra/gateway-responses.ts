import { type GatewayResponseOptions, ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { API_ERRORS, type ApiErrorName } from '../functions/domain/errors.ts';
import { EXPOSED_HEADERS, REFUSAL_TEXT, refusalBody } from '../functions/domain/refusals.ts';
import { FIREWALL_WINDOW_SECONDS } from './firewall.ts';

/** `ApiKey`, not `Bearer`: that would send OAuth-capable clients into discovery. */
const CHALLENGE = 'ApiKey realm="portcullis"';

/** A header value that is text; without the inner quotes API Gateway reads it as an expression. */
const literal = (text: string) => `'${text}'`;

const HEADERS = {
  'Content-Type': literal('application/json'),
  'Cache-Control': literal('no-store'),
  'Access-Control-Allow-Origin': literal('*'),
  'Access-Control-Expose-Headers': literal(EXPOSED_HEADERS),
  'x-request-id': 'context.requestId',
};

/** With the seconds after which another try makes sense, where there are any. */
type Fault = readonly [type: ResponseType, error: ApiErrorName, retryAfter?: number];

/**
 * API Gateway's own answers, each with its error of ours. All types are named, the two defaults too, so that a type
 * that is added to API Gateway later falls on one of ours.
 */
const FAULTS: readonly Fault[] = [
  [ResponseType.AUTHORIZER_FAILURE, 'internal'],
  [ResponseType.AUTHORIZER_CONFIGURATION_ERROR, 'internal'],
  [ResponseType.API_CONFIGURATION_ERROR, 'internal'],
  [ResponseType.DEFAULT_5XX, 'internal'],
  [ResponseType.INTEGRATION_FAILURE, 'internal'],
  [ResponseType.INTEGRATION_TIMEOUT, 'gateway_timeout'],
  [ResponseType.THROTTLED, 'too_many_requests', 1],
  [ResponseType.QUOTA_EXCEEDED, 'too_many_requests', 1],
  [ResponseType.REQUEST_TOO_LARGE, 'payload_too_large'],
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, 'not_found'],
  [ResponseType.RESOURCE_NOT_FOUND, 'not_found'],
  [ResponseType.BAD_REQUEST_BODY, 'bad_request'],
  [ResponseType.BAD_REQUEST_PARAMETERS, 'bad_request'],
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, 'bad_request'],
  [ResponseType.DEFAULT_4XX, 'bad_request'],
  [ResponseType.EXPIRED_TOKEN, 'forbidden'],
  [ResponseType.INVALID_API_KEY, 'forbidden'],
  [ResponseType.INVALID_SIGNATURE, 'forbidden'],
];

/** The one rule of our web ACL is a rate; a web ACL of somebody else's may block for any reason. */
const blocked = (firewall: boolean): Fault =>
  firewall
    ? [ResponseType.WAF_FILTERED, 'too_many_requests', FIREWALL_WINDOW_SECONDS]
    : [ResponseType.WAF_FILTERED, 'forbidden'];

/**
 * The answers that API Gateway gives without a handler. A template substitutes `$context` without escaping, so it
 * holds our own constants only: never an error message, a path or a header, which are the client's text.
 */
export function addGatewayResponses(api: RestApi, { firewall }: { readonly firewall: boolean }): void {
  for (const response of [accessDenied(), unauthorized(), ...[...FAULTS, blocked(firewall)].map(fault)]) {
    api.addGatewayResponse(response.type.responseType, response);
  }
}

/** The refusal of the gate: the authorizer answered with a Deny and one of the refusal texts in its context. */
function accessDenied(): GatewayResponseOptions {
  return refusal(ResponseType.ACCESS_DENIED, '$context.authorizer.error');
}

/**
 * API Gateway's own refusal, when an authorizer has an identity source that the request lacks, or throws
 * `Unauthorized`. Ours does neither; should it ever, the client reads the sentence that is then true.
 */
function unauthorized(): GatewayResponseOptions {
  return refusal(ResponseType.UNAUTHORIZED, REFUSAL_TEXT.no_key);
}

function refusal(type: ResponseType, error: string): GatewayResponseOptions {
  return {
    type,
    statusCode: '401',
    responseHeaders: { ...HEADERS, 'WWW-Authenticate': literal(CHALLENGE) },
    templates: { 'application/json': refusalBody(error) },
  };
}

function fault([type, name, retryAfter]: Fault): GatewayResponseOptions {
  const { status, code, slug, message } = API_ERRORS[name];
  return {
    type,
    statusCode: String(status),
    responseHeaders: {
      ...HEADERS,
      ...(retryAfter !== undefined && { 'Retry-After': literal(String(retryAfter)) }),
    },
    templates: {
      'application/json': JSON.stringify({
        error: { message, code, slug, status, request_id: '$context.requestId' },
      }),
    },
  };
}

import type { Answer } from './answer.ts';
import type { AuthorizerContext } from './event.ts';
import type { GatewayResponseDefinition, RestApi } from './model.ts';
import { type ApiRequest, headerOf } from './request.ts';

/** Status, `x-amzn-ErrorType` and message of the answers that API Gateway gives itself. */
const BUILT_IN = {
  ACCESS_DENIED: [403, 'AccessDeniedException', 'User is not authorized to access this resource'],
  API_CONFIGURATION_ERROR: [500, 'InternalServerErrorException', null],
  AUTHORIZER_CONFIGURATION_ERROR: [500, 'AuthorizerConfigurationException', null],
  AUTHORIZER_FAILURE: [500, 'AuthorizerConfigurationException', null],
  BAD_REQUEST_BODY: [400, 'BadRequestException', 'Invalid request body'],
  BAD_REQUEST_PARAMETERS: [400, 'BadRequestException', null],
  DEFAULT_4XX: [400, 'BadRequestException', 'Bad Request'],
  DEFAULT_5XX: [500, 'InternalServerErrorException', 'Internal server error'],
  EXPIRED_TOKEN: [403, 'ExpiredTokenException', 'The security token included in the request is expired'],
  INTEGRATION_FAILURE: [504, 'InternalServerErrorException', 'Network error communicating with endpoint'],
  INTEGRATION_TIMEOUT: [504, 'InternalServerErrorException', 'Endpoint request timed out'],
  INVALID_API_KEY: [403, 'ForbiddenException', 'Forbidden'],
  INVALID_SIGNATURE: [403, 'InvalidSignatureException', null],
  MISSING_AUTHENTICATION_TOKEN: [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
  QUOTA_EXCEEDED: [429, 'LimitExceededException', 'Limit Exceeded'],
  REQUEST_TOO_LARGE: [413, 'RequestTooLargeException', 'Request Too Long'],
  RESOURCE_NOT_FOUND: [404, 'NotFoundException', 'Resource not found'],
  THROTTLED: [429, 'TooManyRequestsException', 'Too Many Requests'],
  UNAUTHORIZED: [401, 'UnauthorizedException', 'Unauthorized'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'BadRequestException', 'Unsupported Media Type'],
  WAF_FILTERED: [403, 'ForbiddenException', 'Forbidden'],
} as const satisfies Record<string, readonly [number, string, string | null]>;

type ResponseType = keyof typeof BUILT_IN;

/** An answer of the gateway itself: it never reached the integration, or the integration failed. */
export interface GatewayResponse {
  readonly type: ResponseType;
  /** Where it differs from the type's own: API Gateway answers a malformed proxy answer with 502. */
  readonly status?: number;
  readonly message?: string;
  /** What the authorizer returned, when it returned a policy. */
  readonly authorizer?: AuthorizerContext;
}

type Substitute = (request: ApiRequest, response: GatewayResponse) => string;

interface Configured {
  readonly status: number | undefined;
  readonly body: Substitute | undefined;
  readonly headers: readonly (readonly [string, Substitute])[];
}

const VARIABLE = /\$context\.([A-Za-z_]\w*(?:\.\w+)*)/g;
const DEFAULT_TEMPLATE = '{"message":$context.error.messageString}';

function messageOf({ type, message }: GatewayResponse): string | null {
  return message ?? BUILT_IN[type][2];
}

/** The values of `$context.…`; API Gateway puts nothing where it has none. */
function contextVariable(api: RestApi, name: string): Substitute {
  const [first, ...rest] = name.split('.');
  if (first === 'authorizer') {
    const key = rest.join('.');
    return (_, { authorizer }) =>
      String((authorizer && Object.hasOwn(authorizer, key) && authorizer[key]) || '');
  }
  const variables: Readonly<Record<string, Substitute>> = {
    apiId: () => api.id,
    'error.message': (_, response) => messageOf(response) ?? '',
    'error.messageString': (_, response) => JSON.stringify(messageOf(response)),
    'error.responseType': (_, { type }) => type,
    extendedRequestId: (request) => request.extendedRequestId,
    httpMethod: (request) => request.method,
    'identity.sourceIp': (request) => request.sourceIp,
    'identity.userAgent': (request) => request.userAgent ?? '',
    path: (request) => request.path,
    protocol: (request) => request.protocol,
    requestId: (request) => request.requestId,
    requestTimeEpoch: (request) => `${request.arrivedAt.getTime()}`,
    stage: () => api.stage.StageName,
  };
  return variables[name] ?? (() => '');
}

function compileTemplate(api: RestApi, template: string, where: string): Substitute {
  if (/\$(?!context\.)/.test(template)) {
    throw new Error(`${where}: a gateway response substitutes $context.… only: ${template}`);
  }
  // Names alternate with the text around them, because the expression has one group.
  const parts = template
    .split(VARIABLE)
    .map((part, index): Substitute => (index % 2 === 1 ? contextVariable(api, part) : () => part));
  return (request, response) => parts.map((part) => part(request, response)).join('');
}

function compileHeader(api: RestApi, value: string, where: string): Substitute {
  const literal = /^'(.*)'$/s.exec(value)?.[1];
  if (literal !== undefined) return () => literal;
  const [, context] = /^context\.(.+)$/.exec(value) ?? [];
  if (context !== undefined) return contextVariable(api, context);
  const [, header] = /^method\.request\.header\.(.+)$/.exec(value) ?? [];
  if (header !== undefined) return (request) => headerOf(request, header) ?? '';
  throw new Error(
    `${where}: a header's value is 'quoted', context.… or method.request.header.…, not ${value}`,
  );
}

function compile(api: RestApi, definition: GatewayResponseDefinition): readonly [string, Configured] {
  const where = `AWS::ApiGateway::GatewayResponse ${definition.logicalId}`;
  if (!(definition.ResponseType in BUILT_IN)) {
    throw new Error(`${where}: there is no response type ${definition.ResponseType}`);
  }
  const template = definition.ResponseTemplates['application/json'];
  const headers = Object.entries(definition.ResponseParameters).map(([target, value]) => {
    const [, name] = /^gatewayresponse\.header\.(.+)$/.exec(target) ?? [];
    if (name === undefined) throw new Error(`${where}: the local gateway does not serve ${target}`);
    return [name, compileHeader(api, value, where)] as const;
  });
  const body = template === undefined ? undefined : compileTemplate(api, template, where);
  return [definition.ResponseType, { status: definition.StatusCode, body, headers }];
}

/**
 * @param api the API, for its gateway responses
 * @returns renders an answer of the gateway itself
 * @throws Error that names a gateway response that cannot be rendered as API Gateway would
 */
export function createGatewayResponses(
  api: RestApi,
): (request: ApiRequest, response: GatewayResponse) => Answer {
  const configured = new Map(api.gatewayResponses.map((definition) => compile(api, definition)));
  const defaultBody = compileTemplate(api, DEFAULT_TEMPLATE, 'default');

  return (request, response) => {
    const [builtInStatus, errorType] = BUILT_IN[response.type];
    const status = response.status ?? builtInStatus;
    const own = configured.get(response.type) ?? configured.get(status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
    const headers = (own?.headers ?? [])
      .map(([name, value]) => [name, value(request, response)] as const)
      .filter(([, value]) => value !== '');
    const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
    return {
      status: own?.status ?? status,
      headers: [
        ...(hasType ? [] : ([['Content-Type', 'application/json']] as const)),
        ['x-amzn-ErrorType', errorType],
        ...headers,
      ],
      body: Buffer.from((own?.body ?? defaultBody)(request, response)),
    };
  };
}

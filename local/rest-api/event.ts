import { LOCAL_ENVIRONMENT, localArn } from '../template/environment.ts';
import type { RestApi } from './model.ts';
import type { ApiRequest } from './request.ts';

/** What an authorizer adds to the request, as its integration sees it. */
export type AuthorizerContext = Readonly<Record<string, string | number>>;

/** A request that has found its route. */
export interface RoutedRequest extends ApiRequest {
  readonly resourceId: string;
  /** For example `/{mcp_url}`. */
  readonly resourcePath: string;
  /** Percent-decoded; null when the route has none. */
  readonly pathParameters: Readonly<Record<string, string>> | null;
  readonly domainName: string;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `09/Apr/2015:12:34:56 +0000` */
function commonLogTime(date: Date): string {
  const [day, time] = date.toISOString().split(/[T.]/);
  return `${day?.slice(8)}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
}

function requestContext(api: RestApi, request: RoutedRequest, authorizer?: AuthorizerContext) {
  return {
    accountId: LOCAL_ENVIRONMENT.accountId,
    apiId: api.id,
    ...(authorizer && { authorizer }),
    domainName: request.domainName,
    domainPrefix: request.domainName.split('.')[0],
    extendedRequestId: request.extendedRequestId,
    httpMethod: request.method,
    identity: {
      accessKey: null,
      accountId: null,
      caller: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.sourceIp,
      user: null,
      userAgent: request.userAgent,
      userArn: null,
    },
    path: request.path,
    protocol: request.protocol,
    requestId: request.requestId,
    requestTime: commonLogTime(request.arrivedAt),
    requestTimeEpoch: request.arrivedAt.getTime(),
    resourceId: request.resourceId,
    resourcePath: request.resourcePath,
    stage: api.stage.StageName,
  };
}

function requestFields(api: RestApi, request: RoutedRequest) {
  return {
    resource: request.resourcePath,
    path: request.path,
    httpMethod: request.method,
    headers: request.headers,
    multiValueHeaders: request.multiValueHeaders,
    queryStringParameters: request.query,
    multiValueQueryStringParameters: request.multiValueQuery,
    pathParameters: request.pathParameters,
    stageVariables: api.stage.Variables ?? null,
  };
}

/** @returns the ARN that a policy names this request by */
export function methodArn(api: RestApi, { method, path }: ApiRequest): string {
  return localArn('execute-api', `${api.id}/${api.stage.StageName}/${method}${path}`);
}

/** @returns the event of a request authorizer, payload 1.0, as JSON; it has no body */
export function authorizerEvent(api: RestApi, request: RoutedRequest): string {
  return JSON.stringify({
    type: 'REQUEST',
    methodArn: methodArn(api, request),
    ...requestFields(api, request),
    requestContext: requestContext(api, request),
  });
}

/** @returns the event of a Lambda proxy integration, payload 1.0, as JSON */
export function proxyEvent(
  api: RestApi,
  request: RoutedRequest,
  body: Buffer,
  authorizer: AuthorizerContext | undefined,
): string {
  const encoding = api.binary ? 'base64' : 'utf8';
  return JSON.stringify({
    ...requestFields(api, request),
    requestContext: requestContext(api, request, authorizer),
    body: body.length === 0 ? null : body.toString(encoding),
    isBase64Encoded: api.binary && body.length > 0,
  });
}

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { LambdaFunction } from '../lambda/function.ts';
import type { Functions } from '../lambda/functions.ts';
import { writeAnswer } from './answer.ts';
import { type Authorizer, createAuthorizer } from './authorizer.ts';
import type { RoutedRequest } from './event.ts';
import { createGatewayResponses, type GatewayResponse } from './gateway-responses.ts';
import type { Integration } from './integration.ts';
import { createLambdaProxy, functionArnOf } from './lambda-proxy.ts';
import { createMock } from './mock.ts';
import type { ApiResource, MethodDefinition, RestApi } from './model.ts';
import { type ApiRequest, readRequest } from './request.ts';
import { createRouter, type PathParameters } from './routes.ts';
import { createThrottle } from './throttle.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const MAX_BODY_BYTES = 10_485_760;

interface Route {
  readonly resource: ApiResource;
  readonly authorizer: Authorizer | undefined;
  readonly integration: Integration;
}

/**
 * @param api the API of the template
 * @param functions the stack's functions
 * @param domainName the host and port under which the gateway is known
 * @param report told about mistakes that API Gateway would only log
 * @returns serves the API as API Gateway does
 * @throws Error that names what cannot be served so
 */
export function createRestApiServer(
  api: RestApi,
  functions: Functions,
  domainName: string,
  report: (problem: string) => void,
): RequestListener {
  const functionOf = (uri: string, mode: 'BUFFERED' | 'STREAM', where: string): LambdaFunction =>
    functions.byArn(functionArnOf(uri, mode, where));

  const render = createGatewayResponses(api);
  const authorizers = new Map(
    api.authorizers.map((definition) => {
      const lambdaFunction = functionOf(definition.AuthorizerUri, 'BUFFERED', definition.logicalId);
      return [definition.logicalId, createAuthorizer(api, definition, lambdaFunction, report)];
    }),
  );

  function integrationOf(method: MethodDefinition): Integration {
    const { Integration: settings, logicalId } = method;
    if (settings.Type === 'MOCK') return createMock(api, method, settings);
    return createLambdaProxy(
      api,
      settings,
      functionOf(settings.Uri, settings.ResponseTransferMode, logicalId),
    );
  }

  function authorizerOf({
    AuthorizationType,
    AuthorizerId,
    logicalId,
  }: MethodDefinition): Authorizer | undefined {
    if (AuthorizationType === 'NONE') return undefined;
    const authorizer = authorizers.get(AuthorizerId ?? '');
    if (authorizer === undefined)
      throw new Error(`${logicalId}: the template has no authorizer ${AuthorizerId}`);
    return authorizer;
  }

  const router = createRouter<Route>(api.resources, (resource, method) => ({
    resource,
    authorizer: authorizerOf(method),
    integration: integrationOf(method),
  }));

  const [settings] = api.stage.MethodSettings;
  const takeToken = createThrottle(
    settings?.ThrottlingRateLimit === undefined || settings.ThrottlingBurstLimit === undefined
      ? undefined
      : { rate: settings.ThrottlingRateLimit, burst: settings.ThrottlingBurstLimit },
  );

  /** @returns what the gateway itself must answer, undefined when the integration answers */
  async function serve(
    request: ApiRequest,
    message: IncomingMessage,
    response: ServerResponse,
  ): Promise<GatewayResponse | undefined> {
    const found = router.find(request.method, request.path);
    const isThrottled = found !== undefined && !takeToken();
    const body = await readBody(message);
    if (isThrottled) return { type: 'THROTTLED' };
    if (body === undefined) {
      return { type: 'REQUEST_TOO_LARGE', message: `HTTP content length exceeded ${MAX_BODY_BYTES} bytes.` };
    }
    if (found === undefined) return { type: 'MISSING_AUTHENTICATION_TOKEN' };
    const { resource, authorizer, integration } = found.route;
    const pathParameters = decode(found.parameters);
    if (pathParameters === undefined) return { type: 'DEFAULT_4XX' };
    const routed: RoutedRequest = {
      ...request,
      resourceId: resource.id,
      resourcePath: resource.path,
      pathParameters,
      domainName,
    };

    const authorization = await authorizer?.(routed);
    if (authorization?.allowed === false) return authorization.response;
    return integration({ request: routed, body, authorizer: authorization?.context }, response);
  }

  return (message, response) => {
    const request = readRequest(message, domainName);
    serve(request, message, response)
      .then((gatewayResponse) => {
        if (gatewayResponse === undefined || response.destroyed) return;
        writeAnswer(response, request, render(request, gatewayResponse));
      })
      .catch((error: unknown) => {
        // The client went away while it was sending, or a fault of this gateway.
        if (!message.destroyed) report(`A request failed: ${error instanceof Error ? error.stack : error}`);
        response.destroy();
      });
  };
}

/** @returns the whole body, undefined when it is larger than API Gateway takes */
async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk); // What is too much is read, so that the client reads our answer.
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

/** @returns the decoded parameters, null when there are none, undefined when one is malformed */
function decode(parameters: PathParameters): Record<string, string> | null | undefined {
  if (parameters.length === 0) return null;
  try {
    return Object.fromEntries(parameters.map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    return undefined;
  }
}

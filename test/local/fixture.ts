import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayOptions, type RunningGateway, startGateway } from '../../local/gateway.ts';
import type { Stack, Template } from '../../local/template/assembly.ts';

/** A hand-made stack: small functions from source, behind a few routes. */
export interface Api {
  /** Source of `index.mjs` by the function's logical id, or with more properties. */
  readonly functions: Readonly<Record<string, string | { source: string; properties: object }>>;
  readonly routes: readonly Route[];
  readonly authorizer?: object;
  readonly gatewayResponses?: readonly object[];
  readonly restApi?: object;
  readonly stage?: object;
  readonly resources?: Template['Resources'];
}

interface Route {
  readonly path: string;
  readonly method?: string;
  /** The function behind it. */
  readonly to?: string;
  readonly authorized?: boolean;
  readonly integration?: object;
  readonly properties?: object;
}

const lambdaUri = (logicalId: string, version: string, action: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':apigateway:',
      { Ref: 'AWS::Region' },
      `:lambda:path/${version}/functions/`,
      { 'Fn::GetAtt': [logicalId, 'Arn'] },
      `/${action}`,
    ],
  ],
});

/** The integration of a function whose answer is read whole. */
export const buffered = (logicalId: string) => ({
  Type: 'AWS_PROXY',
  IntegrationHttpMethod: 'POST',
  Uri: lambdaUri(logicalId, '2015-03-31', 'invocations'),
});

/** The integration of a function whose answer is streamed. */
export const streamed = (logicalId: string) => ({
  Type: 'AWS_PROXY',
  IntegrationHttpMethod: 'POST',
  ResponseTransferMode: 'STREAM',
  TimeoutInMillis: 900_000,
  Uri: lambdaUri(logicalId, '2021-11-15', 'response-streaming-invocations'),
});

/** A function that answers with the event it got. */
export const ECHO = `
  export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });`;

const RestApiId = { Ref: 'Api' };
const rootResource = { 'Fn::GetAtt': ['Api', 'RootResourceId'] };

/** @returns the stack, its bundles in a temporary folder */
export function makeStack(api: Api): Stack & { remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-stack-'));
  const resources: Template['Resources'] = { ...api.resources };
  const add = (logicalId: string, type: string, properties: object) => {
    resources[logicalId] = { Type: type, Properties: { ...properties } };
  };

  for (const [logicalId, given] of Object.entries(api.functions)) {
    const { source, properties } = typeof given === 'string' ? { source: given, properties: {} } : given;
    mkdirSync(join(directory, logicalId));
    writeFileSync(join(directory, logicalId, 'index.mjs'), source);
    add(logicalId, 'AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { S3Bucket: 'assets', S3Key: logicalId },
      ...properties,
    });
  }

  add('Api', 'AWS::ApiGateway::RestApi', { Name: 'test', BinaryMediaTypes: ['*/*'], ...api.restApi });
  add('Stage', 'AWS::ApiGateway::Stage', { RestApiId, StageName: 'v1', ...api.stage });
  if (api.authorizer !== undefined) {
    add('Auth', 'AWS::ApiGateway::Authorizer', {
      RestApiId,
      Name: 'auth',
      Type: 'REQUEST',
      AuthorizerUri: lambdaUri('Authorize', '2015-03-31', 'invocations'),
      IdentitySource: '',
      AuthorizerResultTtlInSeconds: 0,
      ...api.authorizer,
    });
  }

  const ids = new Map<string, unknown>([['/', rootResource]]);
  const resourceAt = (path: string): unknown => {
    const known = ids.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf('/');
    const parent = resourceAt(path.slice(0, slash) || '/');
    const logicalId = `Resource${ids.size}`;
    add(logicalId, 'AWS::ApiGateway::Resource', {
      RestApiId,
      ParentId: parent,
      PathPart: path.slice(slash + 1),
    });
    ids.set(path, { Ref: logicalId });
    return { Ref: logicalId };
  };
  for (const [index, route] of api.routes.entries()) {
    add(`Method${index}`, 'AWS::ApiGateway::Method', {
      RestApiId,
      ResourceId: resourceAt(route.path),
      HttpMethod: route.method ?? 'ANY',
      Integration: route.integration ?? buffered(route.to ?? ''),
      ...(route.authorized
        ? { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Auth' } }
        : { AuthorizationType: 'NONE' }),
      ...route.properties,
    });
  }
  for (const [index, gatewayResponse] of (api.gatewayResponses ?? []).entries()) {
    add(`GatewayResponse${index}`, 'AWS::ApiGateway::GatewayResponse', { RestApiId, ...gatewayResponse });
  }

  return {
    name: 'Test',
    template: { Resources: resources, Outputs: {}, Parameters: {}, Conditions: {} },
    assetDirectory: (objectKey) => join(directory, objectKey),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Sent {
  readonly method?: string;
  /** An array sends names and values as they stand, in turn. */
  readonly headers?: Record<string, string> | string[];
  readonly body?: string | Buffer;
}

export interface ServedApi extends AsyncDisposable {
  readonly gateway: RunningGateway;
  /** Sends a request and reads the whole answer. */
  send(path: string, sent?: Sent): Promise<Answer>;
  /** Sends a request and returns when the head of its answer is there. */
  open(path: string, sent?: Sent): Promise<IncomingMessage>;
  /** @returns the event that an {@link ECHO} function got */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads of the event what it is about
  echo(path: string, sent?: Sent): Promise<any>;
  /** @returns the first line the functions print from now on that holds the text */
  printed(text: string): Promise<string>;
}

/** Serves a hand-made stack until it is disposed of. */
export async function serve(api: Api, options: Partial<GatewayOptions> = {}): Promise<ServedApi> {
  const stack = makeStack(api);
  const gateway = await startGateway({ stack, port: 0, ...options }).catch((error: unknown) => {
    stack.remove();
    throw error;
  });

  async function open(path: string, { method = 'GET', headers = {}, body }: Sent = {}) {
    const given = Array.isArray(headers) ? ['Host', 'client.example', ...headers] : headers;
    const request = http.request({
      host: '127.0.0.1',
      port: gateway.port,
      path,
      method,
      headers: given,
      agent: false,
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  async function send(path: string, sent?: Sent): Promise<Answer> {
    const response = await open(path, sent);
    const body = await bytesOf(response);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      rawHeaders: response.rawHeaders,
      body,
    };
  }

  return {
    gateway,
    open,
    send,
    echo: async (path, sent) => JSON.parse((await send(path, sent)).body.toString()),
    printed: (text) =>
      new Promise((resolve) => {
        gateway.logs.on('line', ({ message }) => {
          if (message.includes(text)) resolve(message);
        });
      }),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      stack.remove();
    },
  };
}

export async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

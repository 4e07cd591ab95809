import * as z from 'zod';
import type { Resolver } from '../template/resolver.ts';
import { parseServed } from '../template/template-error.ts';

/** The REST API of a template: its resources as the template has them, checked to be servable here. */

const inert = z.unknown().optional();

const restApiSchema = z.strictObject({
  BinaryMediaTypes: z.array(z.literal('*/*', 'only the binary media type */* is served here')).default([]),
  Name: inert,
  Description: inert,
  EndpointConfiguration: inert,
  Tags: inert,
});

const stageSchema = z.strictObject({
  RestApiId: inert,
  DeploymentId: inert,
  StageName: z.string(),
  Variables: z.record(z.string(), z.string()).optional(),
  CacheClusterEnabled: z.literal(false).optional(),
  // Access log and tracing are not played here: they change no answer.
  MethodSettings: z
    .array(
      z.looseObject({
        HttpMethod: z.literal('*', 'settings of single methods are not served here'),
        ResourcePath: z.literal('/*', 'settings of single resources are not served here'),
        CachingEnabled: z.literal(false).optional(),
        ThrottlingRateLimit: z.number().min(0).optional(),
        ThrottlingBurstLimit: z.number().min(0).optional(),
      }),
    )
    .max(1)
    .default([]),
  AccessLogSetting: inert,
  TracingEnabled: inert,
  Description: inert,
  Tags: inert,
});

const resourceSchema = z.strictObject({ RestApiId: inert, ParentId: z.string(), PathPart: z.string() });

const lambdaProxySchema = z.strictObject({
  Type: z.literal('AWS_PROXY'),
  IntegrationHttpMethod: z.literal('POST'),
  Uri: z.string(),
  TimeoutInMillis: z.coerce.number().default(29_000),
  ResponseTransferMode: z.enum(['BUFFERED', 'STREAM']).default('BUFFERED'),
  ConnectionType: z.literal('INTERNET').optional(),
  PassthroughBehavior: inert,
});

const mockSchema = z.strictObject({
  Type: z.literal('MOCK'),
  ContentHandling: z.enum(['CONVERT_TO_TEXT']).optional(),
  PassthroughBehavior: z.enum(['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER']).default('WHEN_NO_MATCH'),
  RequestTemplates: z.record(z.string(), z.string()).default({}),
  IntegrationResponses: z
    .array(
      z.strictObject({
        StatusCode: z.coerce.number(),
        SelectionPattern: z.string().optional(),
        ResponseParameters: z.record(z.string(), z.string()).default({}),
        ResponseTemplates: z.record(z.string(), z.string()).default({}),
      }),
    )
    .default([]),
});

const methodSchema = z.strictObject({
  RestApiId: inert,
  ResourceId: z.string(),
  HttpMethod: z.enum(['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']),
  AuthorizationType: z.enum(['NONE', 'CUSTOM']).default('NONE'),
  AuthorizerId: z.string().optional(),
  ApiKeyRequired: z.literal(false).optional(),
  OperationName: inert,
  Integration: z.discriminatedUnion('Type', [lambdaProxySchema, mockSchema]),
  MethodResponses: z
    .array(
      z.strictObject({
        StatusCode: z.coerce.number(),
        ResponseParameters: z.record(z.string(), z.boolean()).default({}),
        ResponseModels: inert,
      }),
    )
    .default([]),
});

const authorizerSchema = z.strictObject({
  RestApiId: inert,
  Name: inert,
  Type: z.literal('REQUEST'),
  AuthorizerUri: z.string(),
  IdentitySource: z.string().default(''),
  AuthorizerResultTtlInSeconds: z.coerce.number().default(300),
  AuthType: inert,
});

const gatewayResponseSchema = z.strictObject({
  RestApiId: inert,
  ResponseType: z.string(),
  StatusCode: z.coerce.number().optional(),
  ResponseTemplates: z.strictObject({ 'application/json': z.string().optional() }).default({}),
  ResponseParameters: z.record(z.string(), z.string()).default({}),
});

export type LambdaProxyIntegration = z.infer<typeof lambdaProxySchema>;
export type MockIntegration = z.infer<typeof mockSchema>;
export type MethodDefinition = z.infer<typeof methodSchema> & { readonly logicalId: string };
export type AuthorizerDefinition = z.infer<typeof authorizerSchema> & { readonly logicalId: string };
export type GatewayResponseDefinition = z.infer<typeof gatewayResponseSchema> & {
  readonly logicalId: string;
};
type StageDefinition = z.infer<typeof stageSchema>;

/** One resource of the API: a path, and its methods. */
export interface ApiResource {
  readonly id: string;
  /** For example `/{mcp_url}/{proxy+}`. */
  readonly path: string;
  readonly methods: readonly MethodDefinition[];
}

/** A REST API and its stage. */
export interface RestApi {
  readonly id: string;
  readonly stage: StageDefinition;
  /** All bodies are bytes, base64 towards the functions. Otherwise all are text. */
  readonly binary: boolean;
  readonly resources: readonly ApiResource[];
  readonly authorizers: readonly AuthorizerDefinition[];
  readonly gatewayResponses: readonly GatewayResponseDefinition[];
}

/** Types that change nothing of what is served on one machine. */
const INERT_TYPES = new Set([
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::BasePathMapping',
]);

/**
 * @param resolver the stack's resolver
 * @returns its one REST API
 * @throws Error that names what this gateway cannot serve as API Gateway would
 */
export function readRestApi(resolver: Resolver): RestApi {
  const seen = new Map<string, { logicalId: string; properties: unknown }[]>();
  for (const { type, logicalId, properties } of resolver.resources) {
    if (!type.startsWith('AWS::ApiGateway') || INERT_TYPES.has(type)) continue;
    const parsed = { logicalId, properties: resolver.resolve(properties, logicalId) };
    seen.set(type, [...(seen.get(type) ?? []), parsed]);
  }

  function take<T extends z.ZodType>(type: string, schema: T): (z.infer<T> & { logicalId: string })[] {
    const found = seen.get(type) ?? [];
    seen.delete(type);
    return found.map(({ logicalId, properties }) => ({
      ...Object(parseServed(schema, properties, `${type} ${logicalId}`)),
      logicalId,
    }));
  }

  function one<T>(type: string, found: T[]): T {
    const [first, ...others] = found;
    if (first === undefined || others.length > 0) {
      throw new Error(`The local gateway serves exactly one ${type}, the template has ${found.length}`);
    }
    return first;
  }

  const restApi = one('REST API', take('AWS::ApiGateway::RestApi', restApiSchema));
  const stage = one('stage', take('AWS::ApiGateway::Stage', stageSchema));
  const resources = take('AWS::ApiGateway::Resource', resourceSchema);
  const methods = take('AWS::ApiGateway::Method', methodSchema);
  const authorizers = take('AWS::ApiGateway::Authorizer', authorizerSchema);
  const gatewayResponses = take('AWS::ApiGateway::GatewayResponse', gatewayResponseSchema);
  for (const [type, [first]] of seen) {
    throw new Error(`The local gateway does not serve ${type} (${first?.logicalId})`);
  }

  const rootId = resolver.attribute(restApi.logicalId, 'RootResourceId');
  function pathOf(id: string): string {
    if (id === rootId) return '';
    const resource = resources.find(({ logicalId }) => logicalId === id);
    if (resource === undefined) throw new Error(`The template has no API resource ${id}`);
    return `${pathOf(resource.ParentId)}/${resource.PathPart}`;
  }

  return {
    id: resolver.attribute(restApi.logicalId),
    stage,
    binary: restApi.BinaryMediaTypes.length > 0,
    resources: [rootId, ...resources.map(({ logicalId }) => logicalId)].map((id) => ({
      id,
      path: pathOf(id) || '/',
      methods: methods.filter(({ ResourceId }) => ResourceId === id),
    })),
    authorizers,
    gatewayResponses,
  };
}

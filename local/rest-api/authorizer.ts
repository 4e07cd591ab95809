import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import type { LambdaFunction } from '../lambda/function.ts';
import { type AuthorizerContext, authorizerEvent, methodArn, type RoutedRequest } from './event.ts';
import type { GatewayResponse } from './gateway-responses.ts';
import type { AuthorizerDefinition, RestApi } from './model.ts';
import { evaluatePolicy, policyDocumentSchema } from './policy.ts';
import { type ApiRequest, headerOf } from './request.ts';

/** An allowed request goes on with the authorizer's context; any other is answered. */
type Authorization =
  | { readonly allowed: true; readonly context: AuthorizerContext }
  | { readonly allowed: false; readonly response: GatewayResponse };

/** Decides about a request. */
export type Authorizer = (request: RoutedRequest) => Promise<Authorization>;

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const resultSchema = z.object({
  principalId: z.string(),
  policyDocument: policyDocumentSchema,
  context: z.record(z.string(), scalar).nullish(),
  usageIdentifierKey: z.string().nullish(),
});

type AuthorizerResult = z.infer<typeof resultSchema>;
type IdentitySource = (request: ApiRequest) => string | undefined;

const CONTEXT_SOURCES: Readonly<Record<string, IdentitySource>> = {
  'context.httpMethod': ({ method }) => method,
  'context.path': ({ path }) => path,
  'context.identity.sourceIp': ({ sourceIp }) => sourceIp,
  'context.identity.userAgent': ({ userAgent }) => userAgent ?? undefined,
};

function identitySource(expression: string, api: RestApi, where: string): IdentitySource {
  const [, kind, name] = /^(method\.request\.header|method\.request\.querystring|stageVariables)\.(.+)$/.exec(
    expression,
  ) ?? [undefined, undefined, ''];
  if (kind === 'method.request.header') return (request) => headerOf(request, name ?? '');
  if (kind === 'method.request.querystring') return ({ query }) => query?.[name ?? ''];
  if (kind === 'stageVariables') return () => api.stage.Variables?.[name ?? ''];
  const source = CONTEXT_SOURCES[expression];
  if (source === undefined) throw new Error(`${where}: the identity source ${expression} is not served here`);
  return source;
}

function refused(response: GatewayResponse): Authorization {
  return { allowed: false, response };
}

/**
 * @param api the API
 * @param definition the authorizer
 * @param lambdaFunction its function
 * @param report told why a result cannot be used; API Gateway tells nobody but its execution log
 * @returns decides about requests as API Gateway does with this authorizer
 * @throws Error when its settings contradict each other or are not served here
 */
export function createAuthorizer(
  api: RestApi,
  definition: AuthorizerDefinition,
  lambdaFunction: LambdaFunction,
  report: (problem: string) => void,
): Authorizer {
  const where = `AWS::ApiGateway::Authorizer ${definition.logicalId}`;
  const ttl = definition.AuthorizerResultTtlInSeconds;
  const sources = definition.IdentitySource.split(',')
    .map((expression) => expression.trim())
    .filter((expression) => expression !== '')
    .map((expression) => identitySource(expression, api, where));
  if (ttl > 0 && sources.length === 0) {
    throw new Error(`${where}: its results cannot be cached for ${ttl} s without an identity source`);
  }
  const cache =
    ttl > 0 ? new LRUCache<string, AuthorizerResult>({ max: 10_000, ttl: ttl * 1000 }) : undefined;

  return async (request) => {
    const identity = sources.map((source) => source(request));
    // Before the function, and whether or not results are cached.
    if (identity.some((value) => value === undefined || value === ''))
      return refused({ type: 'UNAUTHORIZED' });

    const cacheKey = JSON.stringify(identity);
    const cached = cache?.get(cacheKey);
    if (cached !== undefined) return decide(cached, methodArn(api, request), 0);

    const startedAt = performance.now();
    const outcome = await lambdaFunction.invoke(authorizerEvent(api, request));
    const latency = Math.round(performance.now() - startedAt);
    if (!outcome.ok) {
      const unauthorized = outcome.error.errorMessage === 'Unauthorized';
      return refused({ type: unauthorized ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE' });
    }
    const result = resultSchema.safeParse(JSON.parse(outcome.payload));
    if (!result.success) {
      report(`${where}: API Gateway cannot use this result:\n${z.prettifyError(result.error)}`);
      return refused({ type: 'AUTHORIZER_CONFIGURATION_ERROR' });
    }
    cache?.set(cacheKey, result.data);
    return decide(result.data, methodArn(api, request), latency);
  };
}

function decide(result: AuthorizerResult, arn: string, integrationLatency: number): Authorization {
  const values = Object.entries(result.context ?? {}).map(([key, value]) => [key, String(value)]);
  const context = { ...Object.fromEntries(values), principalId: result.principalId, integrationLatency };
  const effect = evaluatePolicy(result.policyDocument, arn);
  if (effect === 'Allow') return { allowed: true, context };
  return refused({
    type: 'ACCESS_DENIED',
    authorizer: context,
    ...(effect === 'Deny' && {
      message:
        'User is not authorized to access this resource with an explicit deny in an identity-based policy',
    }),
  });
}

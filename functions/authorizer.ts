import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { type CredentialFact, decideAccess } from './domain/access.ts';
import { decideApiAccess } from './domain/api-access.ts';
import { type KeyPrefix, keyHash, maskKey } from './domain/api-key.ts';
import {
  type HeaderValues,
  headerValues,
  type PresentedKey,
  presentedOrganizationKey,
  presentedProjectKey,
} from './domain/credential.ts';
import { type ApiGrant, apiGrantContext, type GrantContext, mcpGrantContext } from './domain/grant.ts';
import { projectIdOfSlug } from './domain/mcp-server.ts';
import { isOrigin } from './domain/origin.ts';
import type { ApiKey } from './domain/principal.ts';
import { REFUSAL_TEXT, RELAY_REFUSALS, refusalBody } from './domain/refusals.ts';
import { traceIdOf, xrayTraceId } from './domain/trace-context.ts';
import {
  cacheSecondsFromEnvironment,
  ENVIRONMENT,
  listFromEnvironment,
  requiredVariable,
} from './environment.ts';
import { faultLog } from './http/fault-log.ts';
import { refusedCall } from './records/calls.ts';
import { Floods } from './records/floods.ts';
import { recordLog } from './records/print.ts';
import { accessFactsReader, findKey, isOrganizationKey, projectExists } from './table/access-facts.ts';
import { itemReader } from './table/item-reader.ts';

const logFault = faultLog('authorizer');
const records = recordLog({ onFault: logFault });
const floods = new Floods();
const items = itemReader(requiredVariable(ENVIRONMENT.tableName));
const gatewayOrigins = listFromEnvironment(ENVIRONMENT.allowedOrigins, isOrigin);
const readAccessFacts = accessFactsReader(items, { cacheSeconds: cacheSecondsFromEnvironment() });

/**
 * Lambda request authorizer of every route that has one. It allows with an outcome that the function behind it acts on,
 * and denies only where API Gateway's own 401 is the answer (ADR 3). Whatever it cannot know for sure it throws on:
 * API Gateway then answers 500 and nothing is forwarded.
 */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  try {
    const headers = allHeaderValues(event);
    if (event.resource === '/{mcp_url}') return await authorizeMcp(event, headers);
    if (event.resource.startsWith('/api/v3/org/owner/')) {
      return allow(event, apiGrantContext(await organizationGrant(headers)));
    }
    if (event.resource.startsWith('/api/')) {
      return allow(event, apiGrantContext(await projectGrant(event, headers)));
    }
    throw new Error(`No rule for the resource ${event.resource}`);
  } catch (error) {
    logFault(error, event.requestContext.requestId);
    throw error;
  }
}

async function authorizeMcp(
  event: APIGatewayRequestAuthorizerEvent,
  headers: HeaderValues,
): Promise<APIGatewayAuthorizerResult> {
  const startedAt = performance.now();
  const slug = event.pathParameters?.mcp_url ?? '';
  const projectId = projectIdOfSlug(slug);
  if (projectId === undefined) return notFound(event);

  const presentedKey = presentedProjectKey(headers);
  const { project, server, key } = await readAccessFacts({
    projectId,
    slug,
    keyHash: presentedKey.kind === 'key' ? keyHash(presentedKey.key) : undefined,
  });
  const decision = decideAccess({
    now: arrival(event),
    origins: headerValues(headers, 'origin'),
    gatewayOrigins,
    project,
    server,
    credential: credentialFact(presentedKey, key),
  });
  if (decision.kind === 'not_found') return notFound(event);

  const { credential, presentedKeyId } = decision;
  const presented = credential === 'valid' ? null : (masked('ak_', presentedKey) ?? null);
  if (decision.kind === 'forward') {
    return allow(
      event,
      mcpGrantContext({
        outcome: 'forward',
        slug,
        projectId,
        serverId: decision.server.id,
        serverRevision: decision.server.revision,
        principal: decision.principal,
        allowedTools: decision.allowedTools,
        credential,
        presented,
        presentedKeyId,
        storesData: decision.project.storesData,
      }),
    );
  }
  const refusal =
    decision.kind === 'refuse'
      ? { reason: decision.reason, status: 401, error: REFUSAL_TEXT[decision.reason] }
      : { reason: decision.kind, ...RELAY_REFUSALS[decision.kind] };
  records.call(event.requestContext.requestId, () =>
    floods.marked(
      refusedCall(event, {
        project_id: projectId,
        mcp_server_id: decision.server.id,
        credential,
        presented,
        presented_key_id: presentedKeyId,
        reason: refusal.reason,
        status: refusal.status,
        bodyBytes: refusalBody(refusal.error).length,
        durationMs: performance.now() - startedAt,
        traceId: traceId(headers),
      }),
    ),
  );
  return decision.kind === 'refuse'
    ? deny(event, refusal.error)
    : allow(event, mcpGrantContext({ outcome: decision.kind }));
}

function notFound(event: APIGatewayRequestAuthorizerEvent): APIGatewayAuthorizerResult {
  const { requestId, requestTimeEpoch } = event.requestContext;
  records.unknownAddress(requestId, requestTimeEpoch);
  return allow(event, mcpGrantContext({ outcome: 'not_found' }));
}

function traceId(headers: HeaderValues): string | null {
  const traceparent = headerValues(headers, 'traceparent').at(-1);
  // The Lambda runtime sets the variable anew for each request.
  return traceparent === undefined ? xrayTraceId(process.env._X_AMZN_TRACE_ID) : traceIdOf(traceparent);
}

async function projectGrant(
  event: APIGatewayRequestAuthorizerEvent,
  headers: HeaderValues,
): Promise<ApiGrant> {
  const now = arrival(event);
  const presented = presentedProjectKey(headers);
  const key = presented.kind === 'key' ? await findKey(items, keyHash(presented.key)) : undefined;
  const isAlive = key !== undefined && (await projectExists(items, key.projectId));
  const decision = decideApiAccess({
    now,
    credential: credentialFact(presented, key),
    projectExists: isAlive,
  });
  if (decision.kind === 'refuse') {
    return { outcome: 'refused', error: decision.error, maskedKey: masked('ak_', presented) };
  }
  const { projectId, id: keyId, name: keyName, scopes, serverIds, secretEndsAt } = decision.key;
  records.keyUse(event.requestContext.requestId, { projectId, keyId, usedAt: now });
  return { outcome: 'project', projectId, keyId, keyName, scopes, serverIds, secretEndsAt };
}

async function organizationGrant(headers: HeaderValues): Promise<ApiGrant> {
  const presented = presentedOrganizationKey(headers);
  const maskedKey = masked('oak_', presented);
  switch (presented.kind) {
    case 'none':
      return { outcome: 'refused', error: 'no_credential', maskedKey };
    case 'conflicting':
      return { outcome: 'refused', error: 'conflicting_credentials', maskedKey };
    case 'malformed':
      return { outcome: 'refused', error: 'invalid_key', maskedKey };
    case 'key': {
      const known = await isOrganizationKey(items, keyHash(presented.key));
      return known ? { outcome: 'organization' } : { outcome: 'refused', error: 'invalid_key', maskedKey };
    }
  }
}

function credentialFact(presented: PresentedKey, key: ApiKey | undefined): CredentialFact {
  if (presented.kind !== 'key') return presented;
  return key === undefined ? { kind: 'unknown' } : { kind: 'found', key };
}

function masked(prefix: KeyPrefix, presented: PresentedKey): string | undefined {
  if (presented.kind === 'key') return maskKey(prefix, presented.key);
  return presented.kind === 'malformed' ? maskKey(prefix, presented.value) : undefined;
}

/** An event whose headers we cannot see whole must not count as one without a key or an origin. */
function allHeaderValues(event: APIGatewayRequestAuthorizerEvent): HeaderValues {
  if (event.headers != null && event.multiValueHeaders == null)
    throw new Error('Event without multiValueHeaders');
  return event.multiValueHeaders;
}

function arrival(event: APIGatewayRequestAuthorizerEvent): number {
  const { requestTimeEpoch } = event.requestContext;
  if (!Number.isFinite(requestTimeEpoch)) throw new Error('Event without requestTimeEpoch');
  return requestTimeEpoch;
}

const allow = (event: APIGatewayRequestAuthorizerEvent, context: GrantContext): APIGatewayAuthorizerResult =>
  policy(event, 'Allow', context);

const deny = (event: APIGatewayRequestAuthorizerEvent, error: string): APIGatewayAuthorizerResult =>
  policy(event, 'Deny', { error });

/** A method ARN that may stand in a policy as it is: short enough, and without a wildcard or other client text. */
const PLAIN_ARN = /^[\w:/$-]{1,512}$/;

/** Speaks of this one method and path; of a path that is no address of ours, of the stage: with TTL 0 nobody reuses it. */
function policy(
  { methodArn }: APIGatewayRequestAuthorizerEvent,
  Effect: 'Allow' | 'Deny',
  context: GrantContext,
): APIGatewayAuthorizerResult {
  const [api, stage] = methodArn.split('/');
  const Resource = PLAIN_ARN.test(methodArn) ? methodArn : `${api}/${stage}/*`;
  return {
    principalId: context.keyId ?? 'anonymous',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }],
    },
    context,
  };
}

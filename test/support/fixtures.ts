import { readFileSync } from 'node:fs';
import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { keyHash } from '../../functions/domain/api-key.ts';
import type { ApiRoute } from '../../functions/domain/api-routes.ts';
import type { ChangeRequest } from '../../functions/domain/audit.ts';
import { newKeyId, newProjectId, newServerId } from '../../functions/domain/ids.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { newKey } from '../../functions/domain/new-key.ts';
import type { ProjectConfig } from '../../functions/domain/project-config.ts';
import type { Table } from '../../functions/table/client.ts';
import type { NewServer, StoredProjectKey, StoredProjectServer } from '../../functions/table/items.ts';
import { createKey } from '../../functions/table/key-store.ts';
import { createProject } from '../../functions/table/project-store.ts';
import { createServer } from '../../functions/table/server-store.ts';

export const SETTINGS: ProjectConfig = {
  require_mcp_api_key: false,
  is_2FA_enabled: true,
  mask_secret_keys_in_connected_account: true,
  log_visibility_setting: 'show_all',
};

const CREATED_AT = '2026-11-23T08:00:00.000Z';

/** Somebody who changes something, where it does not matter who. @param now milliseconds since the epoch */
export const requestAt = (now: number): ChangeRequest => ({
  actor: { kind: 'api_key', id: 'key_1', name: 'Caller' },
  requestId: 'request-1',
  ip: '192.0.2.1',
  now,
});
export const ANY_REQUEST = requestAt(Date.parse(CREATED_AT));

/** A project in the store, as the product itself writes it. */
export async function storeProject(table: Table, settings: Partial<ProjectConfig> = {}): Promise<string> {
  const id = newProjectId();
  const project = { id, name: 'Test', settings: { ...SETTINGS, ...settings }, createdAt: CREATED_AT };
  await createProject(table, project, ANY_REQUEST);
  return id;
}

/** A server in the store. */
export async function storeServer(
  table: Table,
  projectId: string,
  change: Partial<StoredProjectServer> = {},
): Promise<StoredProjectServer> {
  const server: NewServer = {
    project_id: projectId,
    server_id: newServerId(Date.now()),
    slug: newSlug(projectId),
    name: 'Test',
    revision: 1,
    upstream: {
      kind: 'http',
      url: 'https://mcp.example.invalid/mcp',
      sealed_headers: null,
      masked_headers: {},
    },
    allowed_tools: null,
    allowed_origins: [],
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    settled_revision: 1,
    retired_slugs: [],
    is_deleted: false,
    probe: {},
    ...change,
  };
  return createServer(table, server, ANY_REQUEST);
}

/** A key in the store, and its secret. */
export async function storeKey(
  table: Table,
  projectId: string,
  change: Partial<StoredProjectKey> = {},
): Promise<{ secret: string; hash: string; id: string }> {
  const id = newKeyId(Date.now());
  const power = { scopes: ['mcp:invoke'], serverIds: null, allowedTools: null, expiresAt: null } as const;
  const { secret, stored } = newKey({ id, projectId, name: 'Test', power, now: Date.parse(CREATED_AT) });
  await createKey(table, { ...stored, ...change }, ANY_REQUEST);
  return { secret, hash: keyHash(secret), id: change.key_id ?? id };
}

const event = (name: string) =>
  JSON.parse(readFileSync(new URL(`../events/${name}.json`, import.meta.url), 'utf8'));

/** What API Gateway hands to the authorizer for one MCP request, from `test/events`. */
export function authorizerEvent(
  slug: string,
  headers: Record<string, string[]> = {},
  change: Partial<APIGatewayRequestAuthorizerEvent> = {},
): APIGatewayRequestAuthorizerEvent {
  const sample = event('authorizer');
  return {
    ...sample,
    methodArn: `arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/POST/${slug}`,
    path: `/${slug}`,
    pathParameters: { mcp_url: slug },
    multiValueHeaders: { ...sample.multiValueHeaders, ...headers },
    headers: {
      ...sample.headers,
      ...Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.at(-1)])),
    },
    ...change,
  };
}

/** As {@link authorizerEvent}, for a route under `/api`. */
export function apiAuthorizerEvent(
  resource: string,
  headers: Record<string, string[]> = {},
): APIGatewayRequestAuthorizerEvent {
  return authorizerEvent('unused', headers, {
    resource,
    path: resource,
    pathParameters: null,
    methodArn: `arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/GET${resource}`,
  });
}

/** A proxy event from `test/events`. */
export const proxyEvent = (name: string): APIGatewayProxyEvent => event(name);

/** What API Gateway hands to a function of the management plane. */
export function apiEvent(
  route: ApiRoute,
  request: {
    readonly authorizer: Record<string, string>;
    readonly id?: string;
    readonly body?: object | undefined;
    readonly idempotencyKey?: string | undefined;
    /** Milliseconds since the epoch. */
    readonly now: number;
  },
): APIGatewayProxyEvent {
  const sample = proxyEvent('project-config-get');
  const [httpMethod = '', resource = ''] = route.split(' ');
  const { authorizer, id, body, idempotencyKey, now } = request;
  return {
    ...sample,
    httpMethod,
    resource,
    path: resource.replace('{id}', id ?? ''),
    pathParameters: id === undefined ? null : { id },
    multiValueHeaders: {
      ...sample.multiValueHeaders,
      ...(idempotencyKey !== undefined && { 'Idempotency-Key': [idempotencyKey] }),
    },
    body: body === undefined ? null : Buffer.from(JSON.stringify(body)).toString('base64'),
    isBase64Encoded: true,
    requestContext: { ...sample.requestContext, requestTimeEpoch: now, authorizer },
  };
}

/** A change of a key, where it does not matter which. */
export const keyChange = (projectId: string, id: string) =>
  ({ projectId, id, action: 'api_key.update', request: ANY_REQUEST }) as const;

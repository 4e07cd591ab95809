import type * as z from 'zod';
import type { ApiRoute } from '../domain/api-routes.ts';
import { LOG_ID_FORM } from '../domain/call-record.ts';
import { ID_FORMS } from '../domain/ids.ts';
import * as answers from './answers.ts';
import * as examples from './openapi-examples.ts';
import type { RequestHeader, ResponseHeader } from './openapi-headers.ts';
import * as schemas from './schemas.ts';

export const TAGS = {
  Settings: 'The settings of a project, the gate among them',
  'API keys': 'The keys of a project',
  'MCP servers': 'The servers behind the gateway',
  Attribution: 'Who called what, who would be refused, and who changed what',
  Organization: 'Projects, for whoever has the organization key',
  Gateway: 'The gateway itself',
} as const;

/** What goes over the wire as JSON. */
interface Content {
  readonly schema: z.ZodType;
  readonly example: unknown;
}

/** One operation, as far as it differs from the others. */
export interface Operation {
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  /** More than the summary says; what a caller needs is said by itself. */
  readonly description?: string;
  /** The form of the `{id}` in the path. */
  readonly pathId?: RegExp;
  readonly query?: z.ZodType;
  readonly body?: Content & { readonly isOptional?: boolean };
  readonly takes?: RequestHeader;
  readonly status: 200 | 201 | 202 | 204;
  readonly answer?: Content;
  /** A row of the answer as JSON lines: whoever has one of the other formats gets rows alone. */
  readonly exportedRow?: object;
  readonly headers?: readonly ResponseHeader[];
  /** Whether its state can refuse it, besides what it takes. */
  readonly canConflict?: boolean;
  /** Whether a client may send it again when it does not know whether it was carried out. */
  readonly isIdempotent?: boolean;
  /** Operations on what the answer tells of, and where its id stands there. */
  readonly links?: { readonly id: string; readonly operations: readonly string[] };
}

/** An answer, with an example that is one at compile time. */
const answer = <Schema extends z.ZodType>(schema: Schema, example: answers.AnswerOf<Schema>): Content => ({
  schema,
  example,
});
/** A body, with an example of it. @param id of the component */
const body = <Schema extends z.ZodType>(id: string, schema: Schema, example: z.input<Schema>): Content => ({
  schema: schema.meta({ id }),
  example,
});

const noServers = async () => [];
const anyUrl = () => undefined;
/** Stands for when a request arrives: the form of a schema does not depend on it. */
const NOW = 0;

const ALL_SERVERS = 'A key that is held to some servers (`mcp_server_ids`) is refused.';
const NO_MORE_THAN_OWN =
  'A key that has more than the one it is asked with, before or after, is refused: scopes, servers, tools or lifetime.';

const ofCreated = (...operations: string[]) => ({ id: '/id', operations });

/** Every route of the table, or it does not compile. */
export const OPERATIONS: Record<ApiRoute, Operation> = {
  'GET /api/v3/org/project/config': {
    id: 'getProjectConfig',
    tag: 'Settings',
    summary: 'Read the settings',
    status: 200,
    answer: answer(schemas.projectConfigSchema, examples.config),
    headers: ['etag'],
  },
  'PATCH /api/v3/org/project/config': {
    id: 'updateProjectConfig',
    tag: 'Settings',
    summary: 'Change settings: raise or lower the gate',
    description:
      'Changes the fields that are sent and no other. `require_mcp_api_key` holds from the answer on: every MCP request that arrives later is judged by it.',
    body: body('ProjectConfigPatch', schemas.projectConfigPatchSchema, { require_mcp_api_key: true }),
    takes: 'if-match',
    status: 200,
    answer: answer(schemas.projectConfigSchema, { ...examples.config, require_mcp_api_key: true }),
    headers: ['etag', 'x-mcp-api-key-readiness'],
  },

  'POST /api/v3/org/owner/project/new': {
    id: 'createProject',
    tag: 'Organization',
    summary: 'Create a project',
    description: 'With `should_create_api_key` the answer shows its first key, this once.',
    body: body('NewProject', schemas.newProjectSchema, { name: 'Research', should_create_api_key: true }),
    takes: 'idempotency-key',
    status: 201,
    answer: answer(answers.createdProjectSchema, { ...examples.project, api_key: examples.NEW_KEY }),
    headers: ['idempotent-replayed'],
    links: ofCreated('getProject', 'deleteProject', 'createFirstApiKey'),
  },
  'GET /api/v3/org/owner/project/list': {
    id: 'listProjects',
    tag: 'Organization',
    summary: 'List the projects',
    query: schemas.projectPageSchema,
    status: 200,
    answer: answer(answers.projectListSchema, { data: [examples.listedProject], next_cursor: null }),
  },
  'GET /api/v3/org/owner/project/{id}': {
    id: 'getProject',
    tag: 'Organization',
    summary: 'Read a project',
    pathId: ID_FORMS.project,
    status: 200,
    answer: answer(answers.projectSchema, examples.project),
  },
  'DELETE /api/v3/org/owner/project/{id}': {
    id: 'deleteProject',
    tag: 'Organization',
    summary: 'Delete a project',
    description: 'Its servers are 404 and its keys 401 at once. Its data goes in the background.',
    pathId: ID_FORMS.project,
    status: 202,
    answer: answer(answers.projectDeletionSchema, examples.projectDeletion),
  },
  'POST /api/v3/org/owner/project/{id}/api_keys': {
    id: 'createFirstApiKey',
    tag: 'Organization',
    summary: 'Create a first key for a project whose own were lost',
    description: 'It can do everything in the project. The answer shows it, this once.',
    pathId: ID_FORMS.project,
    body: { ...body('NewFirstApiKey', schemas.newFirstKeySchema, { name: 'First key' }), isOptional: true },
    takes: 'idempotency-key',
    status: 201,
    answer: answer(answers.apiKeySchema, {
      ...examples.newKey,
      name: 'First key',
      scopes: ['*'],
      allowed_tools: null,
    }),
    headers: ['idempotent-replayed'],
  },

  'GET /api/v3/org/project/api_keys': {
    id: 'listApiKeys',
    tag: 'API keys',
    summary: 'List the keys',
    query: schemas.pageSchema,
    status: 200,
    answer: answer(answers.apiKeyListSchema, examples.listOf(examples.key)),
    links: { id: '/items/0/id', operations: ['getApiKey'] },
  },
  'POST /api/v3/org/project/api_keys': {
    id: 'createApiKey',
    tag: 'API keys',
    summary: 'Create a key',
    description: `The answer shows it, this once. ${NO_MORE_THAN_OWN}`,
    body: body('NewApiKey', schemas.newKeySchema(NOW, noServers), {
      name: 'Build agent',
      allowed_tools: ['search'],
    }),
    takes: 'idempotency-key',
    status: 201,
    answer: answer(answers.apiKeySchema, examples.newKey),
    headers: ['etag', 'idempotent-replayed'],
    links: ofCreated('getApiKey', 'updateApiKey', 'rotateApiKey', 'revokeApiKey'),
  },
  'GET /api/v3/org/project/api_keys/{id}': {
    id: 'getApiKey',
    tag: 'API keys',
    summary: 'Read a key',
    pathId: ID_FORMS.key,
    status: 200,
    answer: answer(answers.apiKeySchema, examples.key),
    headers: ['etag'],
  },
  'PATCH /api/v3/org/project/api_keys/{id}': {
    id: 'updateApiKey',
    tag: 'API keys',
    summary: 'Change a key',
    description: `Changes the fields that are sent and no other. ${NO_MORE_THAN_OWN}`,
    pathId: ID_FORMS.key,
    body: body('ApiKeyPatch', schemas.keyPatchSchema(NOW, noServers), { allowed_tools: null }),
    takes: 'if-match',
    status: 200,
    answer: answer(answers.apiKeySchema, { ...examples.key, allowed_tools: null }),
    headers: ['etag'],
  },
  'DELETE /api/v3/org/project/api_keys/{id}': {
    id: 'revokeApiKey',
    tag: 'API keys',
    summary: 'Revoke a key',
    description: `From the answer on no request with it is let in. It can be read for a while. ${NO_MORE_THAN_OWN}`,
    pathId: ID_FORMS.key,
    takes: 'if-match',
    status: 204,
  },
  'POST /api/v3/org/project/api_keys/{id}/rotate': {
    id: 'rotateApiKey',
    tag: 'API keys',
    summary: 'Give a key a new secret',
    description: `The answer shows it, this once. The old one works \`overlap_seconds\` longer. ${NO_MORE_THAN_OWN}`,
    pathId: ID_FORMS.key,
    body: { ...body('Rotation', schemas.rotationSchema, { overlap_seconds: 3_600 }), isOptional: true },
    takes: 'if-match',
    status: 200,
    answer: answer(answers.apiKeySchema, examples.newKey),
    headers: ['etag'],
  },

  'GET /api/v3/mcp/servers': {
    id: 'listMcpServers',
    tag: 'MCP servers',
    summary: 'List the servers',
    query: schemas.pageSchema,
    status: 200,
    answer: answer(answers.mcpServerListSchema, examples.listOf(examples.server)),
    links: { id: '/items/0/id', operations: ['getMcpServer'] },
  },
  'POST /api/v3/mcp/servers': {
    id: 'createMcpServer',
    tag: 'MCP servers',
    summary: 'Register a server',
    description: `The gateway connects to it once, as an MCP client, and answers in \`probe\` what it found. ${ALL_SERVERS}`,
    body: body('NewMcpServer', schemas.newServerSchema(anyUrl), examples.newServer),
    takes: 'idempotency-key',
    status: 201,
    answer: answer(answers.mcpServerSchema, examples.server),
    headers: ['etag', 'idempotent-replayed'],
    isIdempotent: true,
    links: ofCreated(
      ...['getMcpServer', 'updateMcpServer', 'deleteMcpServer'],
      ...['rotateMcpServerUrl', 'listClientConfigurations'],
    ),
  },
  'GET /api/v3/mcp/{id}': {
    id: 'getMcpServer',
    tag: 'MCP servers',
    summary: 'Read a server',
    pathId: ID_FORMS.server,
    status: 200,
    answer: answer(answers.mcpServerSchema, examples.server),
    headers: ['etag'],
  },
  'PATCH /api/v3/mcp/{id}': {
    id: 'updateMcpServer',
    tag: 'MCP servers',
    summary: 'Change a server',
    description:
      'Changes the fields that are sent and no other; `headers` replace all that were stored. A change of scheme, host or port of `upstream.url` must send them anew.',
    pathId: ID_FORMS.server,
    body: body('McpServerPatch', schemas.serverPatchSchema(anyUrl), { allowed_tools: ['search'] }),
    takes: 'if-match',
    status: 200,
    answer: answer(answers.mcpServerSchema, { ...examples.server, allowed_tools: ['search'] }),
    headers: ['etag'],
  },
  'DELETE /api/v3/mcp/{id}': {
    id: 'deleteMcpServer',
    tag: 'MCP servers',
    summary: 'Delete a server',
    description: 'Its `mcp_url` is 404 at once.',
    pathId: ID_FORMS.server,
    takes: 'if-match',
    status: 204,
  },
  'POST /api/v3/mcp/{id}/rotate_url': {
    id: 'rotateMcpServerUrl',
    tag: 'MCP servers',
    summary: 'Give a server a new address',
    description: 'The old `mcp_url` is 404 at once.',
    pathId: ID_FORMS.server,
    takes: 'if-match',
    status: 200,
    answer: answer(answers.mcpServerSchema, examples.server),
    headers: ['etag'],
  },
  'GET /api/v3/mcp/{id}/clients': {
    id: 'listClientConfigurations',
    tag: 'MCP servers',
    summary: 'What to paste into each client',
    pathId: ID_FORMS.server,
    status: 200,
    answer: answer(answers.clientConfigurationsSchema, examples.clientConfigurations),
  },

  'GET /api/v3/org/project/logs': {
    id: 'listLogs',
    tag: 'Attribution',
    summary: 'Who called what, newest first',
    description: `A page may be short, or empty, and still have a \`next_cursor\`. ${ALL_SERVERS}`,
    query: schemas.logsQuerySchema,
    status: 200,
    answer: answer(answers.logListSchema, examples.listOf(examples.log)),
    exportedRow: examples.log,
    links: { id: '/items/0/id', operations: ['getLog'] },
  },
  'GET /api/v3/org/project/logs/{id}': {
    id: 'getLog',
    tag: 'Attribution',
    summary: 'Read a row, and why the call was refused',
    description: ALL_SERVERS,
    pathId: LOG_ID_FORM,
    status: 200,
    answer: answer(answers.logRowSchema, examples.refusedLog),
  },
  'GET /api/v3/org/project/usage': {
    id: 'getUsage',
    tag: 'Attribution',
    summary: 'Calls by key, tool, server or day',
    description: `By whole days in UTC, those that \`from\` and \`to\` touch: the last seven, unless they say otherwise. ${ALL_SERVERS}`,
    query: schemas.usageQuerySchema(NOW, Number.POSITIVE_INFINITY),
    status: 200,
    answer: answer(answers.usageSchema, examples.usage),
    exportedRow: examples.usage.items[0] ?? {},
  },
  'GET /api/v3/org/project/mcp_api_key_readiness': {
    id: 'getReadiness',
    tag: 'Attribution',
    summary: 'Who would be refused if the gate went up now',
    description: ALL_SERVERS,
    query: schemas.readinessQuerySchema,
    status: 200,
    answer: answer(answers.readinessSchema, examples.readiness),
  },
  'GET /api/v3/org/project/audit': {
    id: 'listAudit',
    tag: 'Attribution',
    summary: 'Who changed what, newest first',
    description: ALL_SERVERS,
    query: schemas.auditQuerySchema,
    status: 200,
    answer: answer(answers.auditListSchema, examples.listOf(examples.change)),
    exportedRow: examples.change,
  },
  'GET /api/v3/org/owner/audit': {
    id: 'listOrganizationAudit',
    tag: 'Organization',
    summary: 'Who made and deleted projects, newest first',
    query: schemas.auditQuerySchema,
    status: 200,
    answer: answer(answers.auditListSchema, examples.listOf(examples.projectChange)),
    exportedRow: examples.projectChange,
  },
  'GET /api/v3/auth/session/info': {
    id: 'getSessionInfo',
    tag: 'Attribution',
    summary: 'What this key is',
    status: 200,
    answer: answer(answers.sessionInfoSchema, examples.sessionInfo),
  },

  'GET /api/v3/org/project/mcp_api_key_readiness/dismissals': {
    id: 'listDismissals',
    tag: 'Attribution',
    summary: 'Whom the readiness does not count',
    description: `All of them: at most a hundred. ${ALL_SERVERS}`,
    status: 200,
    answer: answer(answers.dismissalListSchema, examples.listOf(examples.dismissal)),
  },
  'POST /api/v3/org/project/mcp_api_key_readiness/dismissals': {
    id: 'createDismissal',
    tag: 'Attribution',
    summary: 'Leave callers out of the readiness',
    description: `Every caller that has all of the values that are sent, now and later. ${ALL_SERVERS}`,
    body: body('NewDismissal', schemas.newDismissalSchema, { ip: '192.0.2.7' }),
    status: 201,
    answer: answer(answers.dismissalSchema, examples.dismissal),
    canConflict: true,
    links: ofCreated('deleteDismissal'),
  },
  'DELETE /api/v3/org/project/mcp_api_key_readiness/dismissals/{id}': {
    id: 'deleteDismissal',
    tag: 'Attribution',
    summary: 'Take a dismissal back',
    description: ALL_SERVERS,
    pathId: ID_FORMS.dismissal,
    status: 204,
  },
};

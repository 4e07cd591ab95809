import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiParameters,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { API_ROUTES, type ApiRoute, type RouteNeed } from '../domain/api-routes.ts';
import { API_ERRORS, type ApiErrorName } from '../domain/errors.ts';
import * as answers from './answers.ts';
import { examples } from './openapi-examples.ts';
import * as schemas from './schemas.ts';

/** What the stage takes, of all clients together. */
export interface RateLimits {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** The OpenAPI document of a gateway, as JSON has it. */
export type ApiDocument = ReturnType<typeof createDocument>;

type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 429 | 500 | 502 | 504;

/** The errors of each status, as an example each. */
const ERRORS: Record<ErrorStatus, { name: string; description: string; errors: readonly ApiErrorName[] }> = {
  400: { name: 'BadRequest', description: 'An input that is not valid', errors: ['bad_request'] },
  401: {
    name: 'Unauthorized',
    description: 'No API key, or one that is not accepted',
    errors: ['no_credential', 'invalid_key', 'expired_key', 'conflicting_credentials'],
  },
  403: {
    name: 'InsufficientPermissions',
    description: 'The API key lacks the scope, or what it is to give',
    errors: ['insufficient_permissions'],
  },
  404: { name: 'NotFound', description: 'There is none, or it is not yours', errors: ['not_found'] },
  409: {
    name: 'Conflict',
    description: 'The name is taken, it was changed since, or its state does not allow it',
    errors: ['conflict'],
  },
  413: { name: 'PayloadTooLarge', description: 'The body is too large', errors: ['payload_too_large'] },
  429: {
    name: 'TooManyRequests',
    description: 'The stage takes no more requests at the moment',
    errors: ['too_many_requests'],
  },
  500: { name: 'InternalServerError', description: 'A fault of the gateway', errors: ['internal'] },
  502: { name: 'BadGateway', description: 'A function of the gateway failed', errors: ['bad_gateway'] },
  504: {
    name: 'GatewayTimeout',
    description: 'A function of the gateway did not answer in time',
    errors: ['gateway_timeout'],
  },
};

const requestIdHeader = z.string().meta({
  id: 'XRequestId',
  header: {
    id: 'XRequestId',
    description: 'Tells this request from every other: its owner finds its row by it',
  },
});
const header = (id: string, description: string, schema: z.ZodType = z.string()) =>
  schema.meta({ header: { id, description } });
const RESPONSE_HEADERS = {
  etag: header('ETag', 'The version of the answer: send it back as `If-Match` with a change'),
  replayed: header(
    'IdempotentReplayed',
    'An earlier request with this `Idempotency-Key` was answered with it',
    z.literal('true'),
  ).optional(),
  nextCursor: header('XNextCursor', 'The cursor of the next page, where the format is not JSON').optional(),
  readiness: header(
    'XMcpApiKeyReadiness',
    'When the gate is raised: whether anybody would be refused',
    z.enum(['ready', 'not_ready', 'unknown']),
  ).optional(),
  retryAfter: header('RetryAfter', 'Seconds to wait'),
};

function errorResponse(status: ErrorStatus): ZodOpenApiResponseObject {
  const { name, description, errors } = ERRORS[status];
  return {
    id: name,
    description,
    headers: z.object({
      'x-request-id': requestIdHeader,
      ...(status === 429 && { 'retry-after': RESPONSE_HEADERS.retryAfter }),
    }),
    content: {
      'application/json': {
        schema: answers.errorSchema,
        examples: Object.fromEntries(
          errors.map((error) => [API_ERRORS[error].slug, { value: exampleOf(error) }]),
        ),
      },
    },
  };
}

const exampleOf = (name: ApiErrorName) => {
  const { message, code, slug, status } = API_ERRORS[name];
  return { error: { message, code, slug, status, request_id: answers.EXAMPLE_IDS.request } };
};

const ERROR_RESPONSES = Object.fromEntries(
  Object.keys(ERRORS).map((status) => [status, errorResponse(Number(status) as ErrorStatus)]),
);

/** One operation, as far as it differs from the others. */
interface Operation {
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodType;
  readonly body?: { readonly schema: z.ZodType; readonly isOptional?: boolean };
  /** Whether it takes an `Idempotency-Key`, or an `If-Match`. */
  readonly takes?: 'idempotency-key' | 'if-match';
  readonly status: 200 | 201 | 202 | 204;
  readonly answer?: z.ZodType;
  /** Whether rows can be had as JSON lines and CSV too. */
  readonly isExported?: boolean;
  readonly headers?: readonly ('etag' | 'replayed' | 'readiness')[];
  /** Besides those that every operation has by what it takes and needs. */
  readonly errors?: readonly ErrorStatus[];
  /** Whether a client may send it again when it does not know whether it was carried out. */
  readonly isIdempotent?: boolean;
}

const TAGS = {
  Settings: 'The settings of a project, the gate among them',
  'API keys': 'The keys of a project',
  'MCP servers': 'The servers behind the gateway',
  Attribution: 'Who called what, who would be refused, and who changed what',
  Organization: 'Projects, for whoever has the organization key',
  Gateway: 'The gateway itself',
} as const;

const noServers = async () => [];
const anyUrl = () => undefined;
/** Stands for when a request arrives: the shape of a schema does not depend on it. */
const NOW = 0;

const OPERATIONS: Record<ApiRoute, Operation> = {
  'GET /api/v3/org/project/config': {
    id: 'getProjectConfig',
    tag: 'Settings',
    summary: 'Read the settings',
    status: 200,
    answer: schemas.projectConfigSchema,
    headers: ['etag'],
  },
  'PATCH /api/v3/org/project/config': {
    id: 'updateProjectConfig',
    tag: 'Settings',
    summary: 'Change settings: raise or lower the gate',
    description:
      'Changes the fields that are sent and no other. `require_mcp_api_key` holds from the answer on: every MCP request that arrives later is judged by it.',
    body: { schema: schemas.projectConfigPatchSchema },
    takes: 'if-match',
    status: 200,
    answer: schemas.projectConfigSchema,
    headers: ['etag', 'readiness'],
  },

  'POST /api/v3/org/owner/project/new': {
    id: 'createProject',
    tag: 'Organization',
    summary: 'Create a project',
    body: { schema: schemas.newProjectSchema },
    takes: 'idempotency-key',
    status: 201,
    answer: answers.newProjectAnswerSchema,
    headers: ['replayed'],
  },
  'GET /api/v3/org/owner/project/list': {
    id: 'listProjects',
    tag: 'Organization',
    summary: 'List the projects',
    query: schemas.projectPageSchema,
    status: 200,
    answer: answers.projectListSchema,
  },
  'GET /api/v3/org/owner/project/{id}': {
    id: 'getProject',
    tag: 'Organization',
    summary: 'Read a project',
    status: 200,
    answer: answers.projectSchema,
  },
  'DELETE /api/v3/org/owner/project/{id}': {
    id: 'deleteProject',
    tag: 'Organization',
    summary: 'Delete a project',
    description: 'Its servers are 404 and its keys 401 at once. Its data goes in the background.',
    status: 202,
    answer: answers.projectDeletionSchema,
  },
  'POST /api/v3/org/owner/project/{id}/api_keys': {
    id: 'createFirstApiKey',
    tag: 'Organization',
    summary: 'Create a first key for a project whose own were lost',
    body: { schema: schemas.newFirstKeySchema, isOptional: true },
    takes: 'idempotency-key',
    status: 201,
    answer: answers.apiKeySchema,
    headers: ['replayed'],
  },

  'GET /api/v3/org/project/api_keys': {
    id: 'listApiKeys',
    tag: 'API keys',
    summary: 'List the keys',
    query: schemas.pageSchema,
    status: 200,
    answer: answers.apiKeyListSchema,
  },
  'POST /api/v3/org/project/api_keys': {
    id: 'createApiKey',
    tag: 'API keys',
    summary: 'Create a key',
    description: 'The answer shows the key, this once. A key never gets more than its creator has.',
    body: { schema: schemas.newKeySchema(NOW, noServers) },
    takes: 'idempotency-key',
    status: 201,
    answer: answers.apiKeySchema,
    headers: ['etag', 'replayed'],
  },
  'GET /api/v3/org/project/api_keys/{id}': {
    id: 'getApiKey',
    tag: 'API keys',
    summary: 'Read a key',
    status: 200,
    answer: answers.apiKeySchema,
    headers: ['etag'],
  },
  'PATCH /api/v3/org/project/api_keys/{id}': {
    id: 'updateApiKey',
    tag: 'API keys',
    summary: 'Change a key',
    body: { schema: schemas.keyPatchSchema(NOW, noServers) },
    takes: 'if-match',
    status: 200,
    answer: answers.apiKeySchema,
    headers: ['etag'],
  },
  'DELETE /api/v3/org/project/api_keys/{id}': {
    id: 'revokeApiKey',
    tag: 'API keys',
    summary: 'Revoke a key',
    description: 'From the answer on no request with it is let in.',
    takes: 'if-match',
    status: 204,
  },
  'POST /api/v3/org/project/api_keys/{id}/rotate': {
    id: 'rotateApiKey',
    tag: 'API keys',
    summary: 'Give a key a new secret',
    description: 'The answer shows it, this once. The old one works `overlap_seconds` longer.',
    body: { schema: schemas.rotationSchema, isOptional: true },
    takes: 'if-match',
    status: 200,
    answer: answers.apiKeySchema,
    headers: ['etag'],
  },

  'GET /api/v3/mcp/servers': {
    id: 'listMcpServers',
    tag: 'MCP servers',
    summary: 'List the servers',
    query: schemas.pageSchema,
    status: 200,
    answer: answers.mcpServerListSchema,
  },
  'POST /api/v3/mcp/servers': {
    id: 'createMcpServer',
    tag: 'MCP servers',
    summary: 'Register a server',
    description: 'The gateway connects to it once, as an MCP client, and answers in `probe` what it found.',
    body: { schema: schemas.newServerSchema(anyUrl) },
    takes: 'idempotency-key',
    status: 201,
    answer: answers.mcpServerSchema,
    headers: ['etag', 'replayed'],
    isIdempotent: true,
  },
  'GET /api/v3/mcp/{id}': {
    id: 'getMcpServer',
    tag: 'MCP servers',
    summary: 'Read a server',
    status: 200,
    answer: answers.mcpServerSchema,
    headers: ['etag'],
  },
  'PATCH /api/v3/mcp/{id}': {
    id: 'updateMcpServer',
    tag: 'MCP servers',
    summary: 'Change a server',
    description: 'A change of scheme, host or port of `upstream.url` must send `headers` anew.',
    body: { schema: schemas.serverPatchSchema(anyUrl) },
    takes: 'if-match',
    status: 200,
    answer: answers.mcpServerSchema,
    headers: ['etag'],
  },
  'DELETE /api/v3/mcp/{id}': {
    id: 'deleteMcpServer',
    tag: 'MCP servers',
    summary: 'Delete a server',
    description: 'Its `mcp_url` is 404 at once.',
    takes: 'if-match',
    status: 204,
  },
  'POST /api/v3/mcp/{id}/rotate_url': {
    id: 'rotateMcpServerUrl',
    tag: 'MCP servers',
    summary: 'Give a server a new address',
    description: 'The old `mcp_url` is 404 at once.',
    takes: 'if-match',
    status: 200,
    answer: answers.mcpServerSchema,
    headers: ['etag'],
  },
  'GET /api/v3/mcp/{id}/clients': {
    id: 'listClientConfigurations',
    tag: 'MCP servers',
    summary: 'What to paste into each client',
    status: 200,
    answer: answers.clientConfigurationsSchema,
  },

  'GET /api/v3/org/project/logs': {
    id: 'listLogs',
    tag: 'Attribution',
    summary: 'Who called what, newest first',
    query: schemas.logsQuerySchema,
    status: 200,
    answer: answers.logListSchema,
    isExported: true,
  },
  'GET /api/v3/org/project/logs/{id}': {
    id: 'getLog',
    tag: 'Attribution',
    summary: 'Read a row, and why the call was refused',
    status: 200,
    answer: answers.logRowSchema,
  },
  'GET /api/v3/org/project/usage': {
    id: 'getUsage',
    tag: 'Attribution',
    summary: 'Calls by key, tool, server or day',
    query: schemas.usageQuerySchema(NOW, Number.POSITIVE_INFINITY),
    status: 200,
    answer: answers.usageSchema,
    isExported: true,
  },
  'GET /api/v3/org/project/mcp_api_key_readiness': {
    id: 'getReadiness',
    tag: 'Attribution',
    summary: 'Who would be refused if the gate went up now',
    query: schemas.readinessQuerySchema,
    status: 200,
    answer: answers.readinessSchema,
  },
  'GET /api/v3/org/project/audit': {
    id: 'listAudit',
    tag: 'Attribution',
    summary: 'Who changed what, newest first',
    query: schemas.auditQuerySchema,
    status: 200,
    answer: answers.auditListSchema,
    isExported: true,
  },
  'GET /api/v3/org/owner/audit': {
    id: 'listOrganizationAudit',
    tag: 'Organization',
    summary: 'Who made and deleted projects, newest first',
    query: schemas.auditQuerySchema,
    status: 200,
    answer: answers.auditListSchema,
    isExported: true,
  },
  'GET /api/v3/auth/session/info': {
    id: 'getSessionInfo',
    tag: 'Attribution',
    summary: 'What this key is',
    status: 200,
    answer: answers.sessionInfoSchema,
  },

  'GET /api/v3/org/project/mcp_api_key_readiness/dismissals': {
    id: 'listDismissals',
    tag: 'Attribution',
    summary: 'Whom the readiness does not count',
    status: 200,
    answer: answers.dismissalListSchema,
  },
  'POST /api/v3/org/project/mcp_api_key_readiness/dismissals': {
    id: 'createDismissal',
    tag: 'Attribution',
    summary: 'Leave callers out of the readiness',
    description: 'Every caller that has all of the values that are sent, now and later.',
    body: { schema: schemas.newDismissalSchema },
    status: 201,
    answer: answers.dismissalSchema,
    errors: [409],
  },
  'DELETE /api/v3/org/project/mcp_api_key_readiness/dismissals/{id}': {
    id: 'deleteDismissal',
    tag: 'Attribution',
    summary: 'Take a dismissal back',
    status: 204,
  },
};

const ID_PARAMETER = z.object({
  id: z.string().min(1).max(200).meta({ description: 'As its list shows it' }),
});
const REQUEST_HEADERS = {
  'idempotency-key': z.object({
    'idempotency-key': z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/)
      .optional()
      .meta({ description: 'A name for this request: sent again with the same, it happens once' }),
  }),
  'if-match': z.object({
    'if-match': z
      .string()
      .regex(/^"[0-9]{1,15}"$/)
      .optional()
      .meta({ description: 'An `ETag`: the change is made only if nobody else came first', example: '"7"' }),
  }),
};

/** How a caller shows what it is. Either of the first two headers does. */
const SECURITY_SCHEMES = {
  ApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A key of a project, `ak_…`' },
  Bearer: { type: 'http', scheme: 'bearer', description: 'A key of a project, `ak_…`' },
  OrganizationKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-org-api-key',
    description: 'The key of the organization, `oak_…`',
  },
} as const;
const securityOf = (needs: RouteNeed) =>
  needs === 'organization' ? [{ OrganizationKey: [] }] : [{ ApiKey: [] }, { Bearer: [] }];

/** @returns the errors that a route answers: those of all, and those that come with what it takes and needs */
function errorsOf(route: string, needs: RouteNeed, operation: Operation): ErrorStatus[] {
  const hasScope = needs !== 'organization' && needs !== 'any_key';
  const statuses: ErrorStatus[] = [
    400,
    401,
    ...(hasScope ? ([403] as const) : []),
    ...(route.includes('{id}') ? ([404] as const) : []),
    ...(operation.takes === undefined ? [] : ([409] as const)),
    ...(operation.errors ?? []),
    ...(operation.body === undefined ? [] : ([413] as const)),
    ...([429, 500, 502, 504] as const),
  ];
  return statuses;
}

function operationObject(
  route: string,
  needs: RouteNeed,
  operation: Operation,
  { requestsPerSecond, burst }: RateLimits,
): ZodOpenApiOperationObject {
  const { id, tag, summary, description, query, body, takes, status, answer, isExported } = operation;
  const hasScope = needs !== 'organization' && needs !== 'any_key';
  const requestParams: ZodOpenApiParameters = {
    ...(route.includes('{id}') && { path: ID_PARAMETER }),
    ...(query !== undefined && { query: query as z.ZodObject }),
    ...(takes !== undefined && { header: REQUEST_HEADERS[takes] }),
  };
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [
      ...(description === undefined ? [] : [description]),
      hasScope
        ? `Needs the scope \`${needs}\`.`
        : NEEDS_TEXT[needs === 'organization' ? 'organization' : 'any_key'],
    ].join('\n\n'),
    security: securityOf(needs),
    ...(hasScope && { 'x-required-scope': needs }),
    'x-rate-limit': { requests_per_second: requestsPerSecond, burst, shared_by: 'all clients of the stage' },
    'x-idempotent': operation.isIdempotent ?? route.startsWith('GET '),
    requestParams,
    ...(body !== undefined && {
      requestBody: {
        required: body.isOptional !== true,
        content: { 'application/json': { schema: body.schema, ...exampleFor(`${id} request`) } },
      },
    }),
    responses: {
      [status]: {
        description: SUCCESS[status],
        headers: z.object({
          'x-request-id': requestIdHeader,
          ...Object.fromEntries(
            (operation.headers ?? []).map((name) => [HEADER_NAMES[name], RESPONSE_HEADERS[name]]),
          ),
          ...(isExported && { 'x-next-cursor': RESPONSE_HEADERS.nextCursor }),
        }),
        ...(answer !== undefined && {
          content: {
            'application/json': { schema: answer, ...exampleFor(id) },
            ...(isExported && {
              'application/x-ndjson': { schema: z.string().meta({ description: 'A row a line' }) },
              'text/csv': { schema: z.string().meta({ description: 'A row a line, below a line of names' }) },
            }),
          },
        }),
      },
      ...Object.fromEntries(
        errorsOf(route, needs, operation).map((error) => [error, ERROR_RESPONSES[error]]),
      ),
    },
  } as ZodOpenApiOperationObject;
}

const SUCCESS = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted',
  204: 'Done; there is nothing to show',
} as const;
const HEADER_NAMES = {
  etag: 'etag',
  replayed: 'idempotent-replayed',
  readiness: 'x-mcp-api-key-readiness',
} as const;
const NEEDS_TEXT = {
  organization: 'Needs the key of the organization.',
  any_key: 'Needs any key of a project.',
} as const;

const exampleFor = (name: string) => (name in examples ? { example: examples[name] } : {});

const HEALTH: ZodOpenApiOperationObject = {
  operationId: 'getHealth',
  tags: ['Gateway'],
  summary: 'Whether the gateway answers',
  security: [],
  'x-idempotent': true,
  responses: {
    200: {
      description: 'It does',
      headers: z.object({ 'x-request-id': requestIdHeader }),
      content: { 'application/json': { schema: answers.healthSchema, example: { status: 'ok' } } },
    },
    429: ERROR_RESPONSES[429] ?? {},
  },
};

const DESCRIPTION = `The management API of a Portcullis gateway.

MCP clients call \`{base}/{mcp_url}\`, which speaks the Model Context Protocol and is not described here. While the gate of a
project is up (\`require_mcp_api_key\`), every such request must carry a key of the project with the scope \`mcp:invoke\`, as
\`x-api-key\` or as \`Authorization: Bearer\`: else it gets 401.

Every error has one form. Lists take \`limit\` and \`cursor\`. A parameter or a field that is not known is refused.`;

/**
 * The OpenAPI 3.1 document of the management plane, made from the schemas that validate it and from the table of routes.
 * @param gateway.url its address, without a slash at its end
 * @param gateway.limits what its stage takes
 */
export function openApiDocument({
  url,
  limits,
}: {
  readonly url: string;
  readonly limits: RateLimits;
}): ApiDocument {
  const paths: ZodOpenApiPathsObject = { '/health': { get: HEALTH } };
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = route.split(' ');
    const { needs } = API_ROUTES[route as ApiRoute];
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: operationObject(route, needs, operation, limits),
    };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.1',
    info: {
      title: 'Portcullis',
      version: '3',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ ApiKey: [] }, { Bearer: [] }],
    components: { securitySchemes: SECURITY_SCHEMES },
    paths,
  };
  return createDocument(document, {
    // The format says it, and nobody reads the pattern.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time' || jsonSchema.format === 'date') delete jsonSchema.pattern;
    },
  });
}

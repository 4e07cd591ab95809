import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { API_ROUTES, isApiRoute, type RouteNeed } from '../domain/api-routes.ts';
import { healthSchema } from './answers.ts';
import { type ErrorAnswerName, errorResponses } from './openapi-errors.ts';
import { REQUEST_HEADERS, REQUEST_ID_HEADER, RESPONSE_HEADERS } from './openapi-headers.ts';
import { OPERATIONS, type Operation, TAGS } from './openapi-operations.ts';

/** What the stage takes, of all clients together. */
export interface RateLimits {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** The OpenAPI document of a gateway, as JSON has it. */
export type ApiDocument = ReturnType<typeof createDocument>;

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
  const rateLimit = {
    'x-rate-limit': {
      requests_per_second: limits.requestsPerSecond,
      burst: limits.burst,
      shared_by: 'all clients of the stage',
    },
  };
  const paths: ZodOpenApiPathsObject = { '/health': { get: { ...HEALTH, ...rateLimit } } };
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = route.split(' ');
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: { ...operationObject(route, operation), ...rateLimit },
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
    components: { securitySchemes: SECURITY_SCHEMES },
    paths,
  };
  return createDocument(document, { override: ({ jsonSchema }) => withoutNoise(jsonSchema) });
}

const DESCRIPTION = `The management API of a Portcullis gateway.

MCP clients call \`{base}/{mcp_url}\`, which speaks the Model Context Protocol and is not described here. While the gate of a
project is up (\`require_mcp_api_key\`), every such request must carry a key of the project with the scope \`mcp:invoke\`, as
\`x-api-key\` or as \`Authorization: Bearer\`: else it gets 401.

Every error has one form. Lists take \`limit\` and \`cursor\`. A parameter or a field that is not known is refused (400), and a
method that a resource does not have (405, \`HTTP_MethodNotAllowed\`, with \`Allow\`).`;

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

const HEALTH: ZodOpenApiOperationObject = {
  operationId: 'getHealth',
  tags: ['Gateway'],
  summary: 'Whether the gateway answers',
  description: 'Needs no key.',
  security: [],
  'x-idempotent': true,
  responses: {
    200: {
      description: 'It does',
      headers: z.object({ 'x-request-id': REQUEST_ID_HEADER }),
      content: { 'application/json': { schema: healthSchema, example: { status: 'ok' } } },
    },
    ...errorResponses(['TooManyRequests', 'InternalServerError', 'GatewayTimeout']),
  },
};

function operationObject(route: string, operation: Operation): ZodOpenApiOperationObject {
  if (!isApiRoute(route)) throw new Error(`${route} is no route`);
  const { needs } = API_ROUTES[route];
  const { id, tag, summary, description, pathId, query, body, takes, isIdempotent } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [...(description === undefined ? [] : [description]), needsText(needs)].join('\n\n'),
    ...(needs === 'organization'
      ? { security: [{ OrganizationKey: [] }] }
      : { security: [{ ApiKey: [] }, { Bearer: [] }] }),
    ...(isScope(needs) && { 'x-required-scope': needs }),
    ...((isIdempotent ?? route.startsWith('GET ')) && { 'x-idempotent': true }),
    requestParams: {
      ...(pathId !== undefined && { path: z.object({ id: z.string().regex(pathId) }) }),
      // A check of several parameters is none of their object, which is what this needs.
      ...(query !== undefined && { query: query as z.ZodObject }),
      ...(takes !== undefined && { header: z.object({ [takes]: REQUEST_HEADERS[takes] }) }),
    },
    ...(body !== undefined && {
      requestBody: {
        required: body.isOptional !== true,
        content: { 'application/json': { schema: body.schema, example: body.example } },
      },
    }),
    responses: {
      [operation.status]: success(operation),
      ...errorResponses(errorsOf(needs, operation)),
    },
  };
}

type Scope = Exclude<RouteNeed, 'organization' | 'any_key'>;
const isScope = (needs: RouteNeed): needs is Scope => needs !== 'organization' && needs !== 'any_key';

function needsText(needs: RouteNeed): string {
  if (needs === 'organization') return 'Needs the key of the organization.';
  return needs === 'any_key' ? 'Needs any key of a project.' : `Needs the scope \`${needs}\`.`;
}

/** @returns the errors that an operation answers: those of all, and those that come with what it takes and needs */
function errorsOf(needs: RouteNeed, { pathId, body, takes, canConflict }: Operation): ErrorAnswerName[] {
  return [
    'BadRequest',
    needs === 'organization' ? 'OrganizationUnauthorized' : 'Unauthorized',
    ...(isScope(needs) ? (['InsufficientPermissions'] as const) : []),
    ...(pathId === undefined ? [] : (['NotFound'] as const)),
    ...(takes === undefined && canConflict !== true ? [] : (['Conflict'] as const)),
    ...(body === undefined ? [] : (['PayloadTooLarge'] as const)),
    ...(['TooManyRequests', 'InternalServerError', 'GatewayTimeout'] as const),
  ];
}

const DESCRIPTIONS = {
  200: 'Done',
  201: 'Created',
  202: 'Accepted',
  204: 'Done; there is nothing to show',
} as const;

function success({ status, answer, exportedRow, headers = [], links }: Operation): ZodOpenApiResponseObject {
  const all = [...headers, ...(exportedRow === undefined ? [] : EXPORT_HEADERS)];
  return {
    description: DESCRIPTIONS[status],
    headers: z.object({
      'x-request-id': REQUEST_ID_HEADER,
      ...Object.fromEntries(all.map((name) => [name, RESPONSE_HEADERS[name]])),
    }),
    ...(answer !== undefined && {
      content: {
        'application/json': { schema: answer.schema, example: answer.example },
        ...(exportedRow !== undefined && {
          'application/x-ndjson': { schema: JSON_LINES, example: `${JSON.stringify(exportedRow)}\n` },
          'text/csv': { schema: CSV },
        }),
      },
    }),
    ...(links !== undefined && {
      links: Object.fromEntries(
        links.operations.map((operationId) => [
          operationId,
          { operationId, parameters: { id: `$response.body#${links.id}` } },
        ]),
      ),
    }),
  };
}

const EXPORT_HEADERS = ['x-next-cursor', 'content-disposition'] as const;
const JSON_LINES = z.string().meta({ description: 'A row a line, as it stands in `items`' });
const CSV = z.string().meta({ description: 'A row a line, below a line of their names' });

/** What says nothing: the bounds of every whole number, and the pattern of what has a format. */
function withoutNoise(schema: {
  minimum?: number | undefined;
  maximum?: number | undefined;
  format?: string | undefined;
  pattern?: string | undefined;
}): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.format === 'date-time' || schema.format === 'date') delete schema.pattern;
}

import * as z from 'zod';
import { AUDIT_ACTIONS, TARGET_KINDS } from '../domain/audit.ts';
import { OUTCOMES, REASONS } from '../domain/call-record.ts';
import { API_ERRORS } from '../domain/errors.ts';
import { SCOPES } from '../domain/principal.ts';
import { REFUSAL_REASONS } from '../domain/refusals.ts';
import { projectConfigSchema } from './schemas.ts';

/*
 * What the management plane answers, as its OpenAPI document says it. Answers are not parsed by these: the tests hold every
 * answer of theirs to them.
 */

const instant = z.iso
  .datetime()
  .meta({ description: 'A moment in UTC', example: '2026-11-27T12:00:00.000Z' });
const count = z.int().min(0);
const id = (prefix: string, example: string) =>
  z.string().meta({ description: `An id that begins with \`${prefix}_\``, example });

export const EXAMPLE_IDS = {
  project: 'pr_SOn3bKv7mOddcgkf',
  key: 'key_0mwzie3qil7SzPEUYr6DmCr',
  server: 'srv_0mwzie3pacvezPyYmLqoUVD',
  dismissal: 'dis_0mwzie3v1hQmTn3YpWc8RbXk',
  change: 'chg_0mwzie3v1hQmTn3YpWc8RbXk',
  log: 'log_0mwzie3v1-0a1b2c3d',
  request: '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
} as const;

const projectId = id('pr', EXAMPLE_IDS.project);
const keyId = id('key', EXAMPLE_IDS.key);
const serverId = id('srv', EXAMPLE_IDS.server);
const requestId = z
  .string()
  .meta({ description: 'The `x-request-id` of the answer', example: EXAMPLE_IDS.request });
const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Ask for the next page with it; `null` on the last one' });

/** @param name of the rows, in the singular, as a component */
const listOf = <Row extends z.ZodType>(name: string, row: Row) =>
  z.object({ items: z.array(row), next_cursor: nextCursor }).meta({ id: `${name}List` });

export const errorSchema = z
  .object({
    error: z.object({
      message: z.string().meta({ description: 'One sentence for people' }),
      code: z.int().meta({ description: 'A number for each slug' }),
      slug: z
        .enum([...new Set(Object.values(API_ERRORS).map(({ slug }) => slug))])
        .meta({ description: 'Which error it is, for programs' }),
      status: z.int().min(400).max(599).meta({ description: 'The HTTP status' }),
      request_id: requestId,
      suggested_fix: z.string().optional().meta({ description: 'What to do about it' }),
      errors: z
        .array(z.string())
        .optional()
        .meta({ description: 'Every problem of an invalid input, the field before a colon' }),
    }),
  })
  .meta({ id: 'Error', description: 'The form of every error' });

const scope = z.enum(['*', ...SCOPES]).meta({ id: 'Scope' });

const keyFields = {
  id: keyId,
  name: z.string().meta({ example: 'Build agent' }),
  scopes: z.array(scope),
  mcp_server_ids: z
    .array(serverId)
    .nullable()
    .meta({ description: 'The only servers it may call and manage; `null`: all' }),
  allowed_tools: z
    .array(z.string())
    .nullable()
    .meta({ description: 'The only tools it may call; `null`: all' }),
  expires_at: instant.nullable(),
  created_at: instant,
};
const maskedKey = z.string().meta({ description: 'Masked', example: 'ak_**6j0z' });

export const apiKeySchema = z
  .object({
    ...keyFields,
    key: z.string().meta({
      description: 'Masked, but in the one answer to its creation or rotation',
      example: 'ak_**6j0z',
    }),
    last_used_at: instant.nullable().meta({ description: 'Right within five minutes' }),
    status: z.enum(['active', 'expired', 'revoked']),
  })
  .meta({ id: 'ApiKey' });
export const apiKeyListSchema = listOf('ApiKey', apiKeySchema);

const project = { id: projectId, name: z.string().meta({ example: 'Research' }), created_at: instant };
export const projectSchema = z.object({ ...project, config: projectConfigSchema }).meta({ id: 'Project' });
export const newProjectAnswerSchema = z
  .object({
    ...project,
    config: projectConfigSchema,
    api_key: z
      .string()
      .optional()
      .meta({ description: 'Its first key, which can do everything; shown this once' }),
  })
  .meta({ id: 'CreatedProject' });
const deletionFields = { ...project, status: z.literal('deleting'), deleted_at: instant };
export const projectDeletionSchema = z.object(deletionFields).meta({ id: 'ProjectDeletion' });
export const projectListSchema = z
  .object({
    data: z.array(z.union([z.object(project).meta({ id: 'ListedProject' }), projectDeletionSchema])),
    next_cursor: nextCursor,
  })
  .meta({ id: 'ProjectList' });

const probeSchema = z
  .discriminatedUnion('status', [
    z
      .object({
        status: z.literal('ok'),
        duration_ms: z.number().min(0),
        protocol_era: z
          .enum(['modern', 'legacy'])
          .meta({ description: '`modern` from the revision 2026-07-28 on' }),
        protocol_version: z.string().meta({ example: '2025-11-25' }),
        server: z.object({ name: z.string(), version: z.string() }),
        tools: z.array(z.string()).meta({ description: 'The names of the first, at most 200' }),
        tool_count: count,
      })
      .meta({ id: 'ProbeSuccess' }),
    z
      .object({
        status: z.literal('failed'),
        reason: z.string().meta({ example: 'unreachable' }),
        warning: z.string().meta({ description: 'What was found, and what to do about it' }),
        duration_ms: z.number().min(0),
      })
      .meta({ id: 'ProbeFailure' }),
  ])
  .meta({ id: 'Probe', description: 'What the gateway found when it last connected to the server' });

export const mcpServerSchema = z
  .object({
    id: serverId,
    name: z.string().meta({ example: 'Docs' }),
    upstream: z.object({
      kind: z.literal('http'),
      url: z.string().meta({ example: 'https://mcp.example.com/mcp' }),
      headers: z.record(z.string(), z.string()).meta({
        description: 'Masked, unless the project shows them',
        example: { authorization: 'Bear...' },
      }),
    }),
    allowed_tools: z.array(z.string()).nullable(),
    allowed_origins: z.array(z.string()),
    mcp_url: z.string().meta({
      description: 'The address to paste into a client',
      example: 'https://gateway.example.org/SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe',
    }),
    slug: z.string().meta({ description: 'The last segment of `mcp_url`' }),
    probe: probeSchema,
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'McpServer' });
export const mcpServerListSchema = listOf('McpServer', mcpServerSchema);

export const clientConfigurationsSchema = z
  .object({
    mcp_url: z.string(),
    items: z.array(
      z
        .object({
          client: z.string().meta({ example: 'claude-code' }),
          title: z.string().meta({ example: 'Claude Code' }),
          kind: z.enum(['command', 'file', 'code', 'settings']),
          files: z.array(z.string()).meta({ description: 'The usual places of the file' }),
          language: z.enum(['sh', 'json', 'toml', 'yaml', 'typescript', 'text']),
          content: z.string().meta({ description: 'Holds a placeholder, never a key' }),
          header: z.enum(['authorization', 'x-api-key']),
        })
        .meta({ id: 'ClientConfiguration' }),
    ),
  })
  .meta({ id: 'ClientConfigurationList' });

const actor = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('api_key'), id: keyId, name: z.string() }),
    z.object({ kind: z.literal('organization') }),
    z.object({ kind: z.literal('bootstrap') }),
  ])
  .meta({ id: 'Actor' });

export const logRowSchema = z
  .object({
    id: z.string().meta({ example: EXAMPLE_IDS.log }),
    timestamp: instant,
    api_key_id: keyId.nullable().meta({ description: '`null`: anonymous, or refused' }),
    mcp_server_id: serverId,
    http_method: z.string().meta({ example: 'POST' }),
    method: z.string().nullable().meta({ example: 'tools/call' }),
    tool: z.string().nullable(),
    outcome: z.enum(OUTCOMES),
    reason: z.enum(REASONS).nullable(),
    credential: z.enum(['valid', ...REFUSAL_REASONS]),
    status: z.int(),
    duration_ms: z.number().min(0),
    upstream_ms: z.number().min(0).nullable(),
    bytes_in: count,
    bytes_out: count,
    client: z.string().nullable().meta({ example: 'claude-code/2.1.197' }),
    ip: z.string().meta({ example: '192.0.2.7' }),
    protocol_version: z.string().nullable(),
    request_id: requestId,
    trace_id: z.string().nullable(),
    count: z.int().min(1).meta({ description: 'How many like refusals share the row' }),
    first_seen: instant.optional(),
    last_seen: instant.optional(),
    data: z
      .object({ arguments: z.unknown().optional(), result: z.unknown().optional() })
      .optional()
      .meta({ description: 'What was asked and answered, masked and cut' }),
    refusal: z
      .object({
        reason: z.enum(REASONS).nullable(),
        presented: z.string().nullable().meta({ description: 'The key that was presented, masked' }),
        explanation: z.string(),
        key: z.object({ id: keyId, name: z.string() }).optional(),
        revoked_at: instant.optional(),
        revoked_by: actor.optional(),
      })
      .optional()
      .meta({
        description: 'Why it was refused, or would be; on one row, and where `request_id` is asked for',
      }),
  })
  .meta({ id: 'LogRow' });
export const logListSchema = listOf('LogRow', logRowSchema);

const usageCounts = {
  calls: count,
  outcomes: z.object(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count]))),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  bytes_in: count,
  bytes_out: count,
};
export const usageSchema = z
  .object({
    items: z.array(
      z
        .object({
          api_key_id: z.string().optional().meta({ description: 'or `anonymous`' }),
          tool: z.string().optional().meta({ description: 'or `(other)`' }),
          mcp_server_id: serverId.optional(),
          day: z.iso.date().optional(),
          ...usageCounts,
        })
        .meta({ id: 'UsageRow', description: 'Has the one member that the calls are grouped by' }),
    ),
    group_by: z.enum(['api_key', 'tool', 'mcp_server', 'day']),
    from: instant,
    to: instant,
    items_left_out: z.int().min(1).optional(),
  })
  .meta({ id: 'Usage' });

export const readinessSchema = z
  .object({
    ready: z.boolean().meta({ description: 'Whether nobody who matters would be refused' }),
    days: z.int().min(1).max(30),
    missing: z.array(z.enum(['traffic', 'callers'])),
    traffic: z.object({ calls: count, calls_with_valid_key: count, needed: count }),
    callers: z.array(
      z
        .object({
          mcp_server_id: z.string(),
          client: z.string().nullable(),
          ip: z.string(),
          reason: z.enum(REFUSAL_REASONS),
          count,
          first_seen: instant,
          last_seen: instant,
          request_id: requestId.optional(),
          dismissed: z.boolean(),
          what_to_do: z.string(),
        })
        .meta({ id: 'RefusedCaller' }),
    ),
    callers_left_out: z.int().min(1).optional(),
  })
  .meta({ id: 'Readiness' });

export const dismissalSchema = z
  .object({
    id: z.string().meta({ example: EXAMPLE_IDS.dismissal }),
    mcp_server_id: z.string().nullable(),
    client: z.string().nullable(),
    ip: z.string().nullable(),
    reason: z.enum(REFUSAL_REASONS).nullable(),
    created_at: instant,
    created_by: actor,
  })
  .meta({ id: 'Dismissal', description: 'Callers that have every value that is not null' });
export const dismissalListSchema = listOf('Dismissal', dismissalSchema);

export const auditRowSchema = z
  .object({
    id: z.string().meta({ example: EXAMPLE_IDS.change }),
    timestamp: instant,
    actor,
    action: z.enum(AUDIT_ACTIONS),
    target: z.object({ kind: z.enum(TARGET_KINDS), id: z.string(), name: z.string().optional() }),
    changes: z
      .record(z.string(), z.object({ from: z.unknown(), to: z.unknown() }))
      .meta({ example: { require_mcp_api_key: { from: false, to: true } } }),
    request_id: requestId.nullable(),
    ip: z.string().nullable(),
  })
  .meta({ id: 'AuditRow' });
export const auditListSchema = listOf('AuditRow', auditRowSchema);

export const sessionInfoSchema = z
  .object({
    project: z.object({ id: projectId, name: z.string(), display_name: z.string().optional() }),
    api_key: z.object({
      ...keyFields,
      key: maskedKey,
      secret_ends_at: instant
        .nullable()
        .meta({ description: 'When this secret ends, where another replaced it' }),
    }),
  })
  .meta({ id: 'SessionInfo' });

export const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

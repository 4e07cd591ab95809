import * as z from 'zod';
import { AUDIT_ACTIONS, TARGET_KINDS } from '../domain/audit.ts';
import { LOG_ID_FORM, OUTCOMES, type Outcome, REASONS, USAGE_DIMENSIONS } from '../domain/call-record.ts';
import { API_ERRORS } from '../domain/errors.ts';
import { ID_FORMS } from '../domain/ids.ts';
import { SLUG } from '../domain/mcp-server.ts';
import { PROBE_FAILURES } from '../domain/probe.ts';
import { REFUSAL_REASONS } from '../domain/refusals.ts';
import { projectConfigSchema, scopeSchema } from './schemas.ts';

/*
 * What the management plane answers, as its OpenAPI document says it. What makes an answer has its type from here; the tests hold
 * every answer of theirs to the document.
 */

/** What an answer of a schema has: members that may be left out are left out, and nothing is there that it does not name. */
export type AnswerOf<Schema extends z.ZodType> = Shown<z.output<Schema>>;
type Shown<Value> = Value extends readonly (infer Item)[]
  ? readonly Shown<Item>[]
  : Value extends object
    ? { readonly [Member in keyof Value]: Shown<Value[Member]> }
    : Value;

export const EXAMPLE_IDS = {
  project: 'pr_SOn3bKv7mOddcgkf',
  key: 'key_0mwzie3qil7SzPEUYr6DmCr',
  server: 'srv_0mwzie3pacvezPyYmLqoUVD',
  dismissal: 'dis_0mwzie3v1hQmTn3YpWc8RbX',
  change: 'chg_0mwzie3v1hQmTn3YpWc8RbX',
  log: 'log_0mwzie3v1k3Jd9sQa1',
  request: '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
} as const;

const instant = z.iso
  .datetime()
  .meta({ description: 'A moment in UTC', examples: ['2026-11-27T12:00:00.000Z'] });
const count = z.int().min(0);
const milliseconds = z.number().min(0);
const idOf = (kind: keyof typeof ID_FORMS) =>
  z
    .string()
    .regex(ID_FORMS[kind])
    .meta({ examples: [EXAMPLE_IDS[kind]] });

const projectId = idOf('project');
const keyId = idOf('key');
const serverId = idOf('server');
const requestId = z
  .string()
  .meta({ description: 'The `x-request-id` of the answer', examples: [EXAMPLE_IDS.request] });

/** @param name of the list, as a component */
const listOf = <Row extends z.ZodType>(name: string, row: Row) =>
  z
    .object({
      items: z.array(row),
      next_cursor: z
        .string()
        .nullable()
        .meta({ description: 'Ask for the next page with it; `null` on the last one' }),
    })
    .meta({ id: name });

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

const MASKED_KEY = 'ak_\\*\\*[0-9A-Za-z_]{4}';
const maskedKey = z
  .string()
  .regex(new RegExp(`^${MASKED_KEY}$`))
  .meta({ description: 'Masked', examples: ['ak_**6j0z'] });
const newKey = z
  .string()
  .regex(/^ak_[0-9A-Za-z]{36}$/)
  .meta({ description: 'The key itself, shown this once' });

const keyFields = {
  id: keyId,
  name: z.string(),
  scopes: z.array(scopeSchema),
  mcp_server_ids: z
    .array(serverId)
    .nullable()
    .meta({ description: 'The only servers that it may call and manage; `null`: all' }),
  allowed_tools: z
    .array(z.string())
    .nullable()
    .meta({ description: 'The only tools that it may call; `null`: all' }),
  expires_at: instant.nullable(),
  created_at: instant,
};

export const apiKeySchema = z
  .object({
    ...keyFields,
    key: z
      .string()
      .regex(new RegExp(`^(${MASKED_KEY}|ak_[0-9A-Za-z]{36})$`))
      .meta({
        description: 'Masked, but in the one answer to its creation or rotation',
        examples: ['ak_**6j0z'],
      }),
    last_used_at: instant.nullable().meta({ description: 'Right within five minutes' }),
    status: z.enum(['active', 'expired', 'revoked']),
  })
  .meta({ id: 'ApiKey' });
export const apiKeyListSchema = listOf('ApiKeyList', apiKeySchema);

const listedProject = { id: projectId, name: z.string(), created_at: instant };
const project = { ...listedProject, config: projectConfigSchema };
export const projectSchema = z.object(project).meta({ id: 'Project' });
export const createdProjectSchema = z
  .object({
    ...project,
    api_key: newKey
      .optional()
      .meta({ description: 'Its first key, which can do everything; shown this once' }),
  })
  .meta({ id: 'CreatedProject' });
export const listedProjectSchema = z.object(listedProject).meta({ id: 'ListedProject' });
export const projectDeletionSchema = z
  .object({ ...listedProject, status: z.literal('deleting'), deleted_at: instant })
  .meta({ id: 'ProjectDeletion' });
const { next_cursor } = apiKeyListSchema.shape;
export const projectListSchema = z
  .object({ data: z.array(z.union([listedProjectSchema, projectDeletionSchema])), next_cursor })
  .meta({ id: 'ProjectList' });

const probeSchema = z
  .discriminatedUnion('status', [
    z
      .object({
        status: z.literal('ok'),
        duration_ms: milliseconds,
        protocol_era: z
          .enum(['modern', 'legacy'])
          .meta({ description: '`modern` from the revision 2026-07-28 on' }),
        protocol_version: z.string().meta({ examples: ['2025-11-25'] }),
        server: z.object({ name: z.string(), version: z.string() }),
        tools: z.array(z.string()).meta({ description: 'The names of the first, at most 200' }),
        tool_count: count,
      })
      .meta({ id: 'ProbeSuccess' }),
    z
      .object({
        status: z.literal('failed'),
        reason: z.enum(PROBE_FAILURES),
        warning: z.string().meta({ description: 'What was found, and what to do about it' }),
        duration_ms: milliseconds,
      })
      .meta({ id: 'ProbeFailure' }),
  ])
  .meta({ id: 'Probe', description: 'What the gateway found when it last connected to the server' });

const mcpUrl = z.string().meta({
  format: 'uri',
  description: 'The address to paste into a client',
  examples: ['https://gateway.example.org/mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe'],
});

export const mcpServerSchema = z
  .object({
    id: serverId,
    name: z.string(),
    upstream: z.object({
      kind: z.literal('http'),
      url: z.string().meta({ examples: ['https://mcp.example.com/mcp'] }),
      headers: z.record(z.string(), z.string()).meta({
        description: 'Masked, unless the project shows them',
        examples: [{ authorization: 'Bear...' }],
      }),
    }),
    allowed_tools: z
      .array(z.string())
      .nullable()
      .meta({ description: 'The only tools that are listed and may be called; `null`: all' }),
    allowed_origins: z.array(z.string()).meta({ description: 'The origins whose pages may call the server' }),
    mcp_url: mcpUrl,
    slug: z.string().regex(SLUG).meta({ description: 'The last segment of `mcp_url`' }),
    probe: probeSchema,
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'McpServer' });
export const mcpServerListSchema = listOf('McpServerList', mcpServerSchema);

export const clientConfigurationsSchema = z
  .object({
    mcp_url: mcpUrl,
    items: z.array(
      z
        .object({
          client: z.string().meta({ description: 'Stays as it is', examples: ['claude-code'] }),
          title: z.string().meta({ examples: ['Claude Code'] }),
          kind: z.enum(['command', 'file', 'code', 'settings']),
          files: z.array(z.string()).meta({ description: 'The usual places of the file' }),
          language: z.enum(['sh', 'json', 'toml', 'yaml', 'typescript', 'text']),
          content: z.string().meta({ description: 'Holds a placeholder, never a key' }),
          header: z
            .enum(['authorization', 'x-api-key'])
            .meta({ description: 'The header that carries the key' }),
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

const refusalSchema = z.object({
  reason: z.enum(REASONS).nullable(),
  presented: z.string().nullable().meta({ description: 'The key that was presented, masked' }),
  explanation: z.string(),
  key: z
    .object({ id: keyId, name: z.string() })
    .optional()
    .meta({ description: 'The key of the project that it is' }),
  revoked_at: instant.optional(),
  revoked_by: actor.optional(),
});

export const logRowSchema = z
  .object({
    id: z
      .string()
      .regex(LOG_ID_FORM)
      .meta({ examples: [EXAMPLE_IDS.log] }),
    timestamp: instant,
    api_key_id: keyId.nullable().meta({ description: '`null`: anonymous, or refused' }),
    mcp_server_id: serverId,
    http_method: z.string().meta({ examples: ['POST'] }),
    method: z
      .string()
      .nullable()
      .meta({ examples: ['tools/call'] }),
    tool: z.string().nullable(),
    outcome: z.enum(OUTCOMES),
    reason: z.enum(REASONS).nullable().meta({ description: '`null`: it was allowed' }),
    credential: z.enum(['valid', ...REFUSAL_REASONS]),
    status: z.int().min(100).max(599),
    duration_ms: milliseconds,
    upstream_ms: milliseconds.nullable().meta({ description: '`null`: the server was not asked' }),
    bytes_in: count,
    bytes_out: count,
    client: z
      .string()
      .nullable()
      .meta({ examples: ['claude-code/2.1.197'] }),
    ip: z.string().meta({ examples: ['192.0.2.7'] }),
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
    refusal: refusalSchema.optional().meta({
      description: 'Why it was refused, or would be; on one row, and where `request_id` is asked for',
    }),
  })
  .meta({ id: 'LogRow' });
export const logListSchema = listOf('LogRowList', logRowSchema);

const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count])) as Record<
  Outcome,
  typeof count
>;
export const usageRowSchema = z
  .object({
    api_key_id: z.union([keyId, z.literal('anonymous')]).optional(),
    tool: z.string().optional().meta({ description: 'Or `(other)`' }),
    mcp_server_id: serverId.optional(),
    day: z.iso.date().optional(),
    calls: count,
    outcomes: z.object(outcomes),
    p50_ms: milliseconds.nullable().meta({ description: 'Within 2 %; `null`: there was no call' }),
    p95_ms: milliseconds.nullable(),
    bytes_in: count,
    bytes_out: count,
  })
  .meta({ id: 'UsageRow', description: 'Has the one member that the calls are grouped by' });
export const usageSchema = z
  .object({
    items: z.array(usageRowSchema),
    group_by: z.enum(USAGE_DIMENSIONS),
    from: instant,
    to: instant,
    items_left_out: z.int().min(1).optional(),
  })
  .meta({ id: 'Usage' });

export const readinessSchema = z
  .object({
    ready: z.boolean().meta({ description: 'Whether nobody who matters would be refused' }),
    days: z.int().min(1).max(30),
    missing: z.array(z.enum(['traffic', 'callers'])).meta({
      description:
        'What is missing until it is ready: enough calls with a valid key, or an end of those without one',
    }),
    traffic: z.object({ calls: count, calls_with_valid_key: count, needed: count }),
    callers: z.array(
      z
        .object({
          id: z.string().meta({ description: 'Of server, client, address and reason' }),
          mcp_server_id: z.union([serverId, z.literal('(others)')]),
          client: z.string().nullable(),
          ip: z.string(),
          reason: z.enum(REFUSAL_REASONS),
          count: z.int().min(1),
          first_seen: instant,
          last_seen: instant,
          sample_request_id: z.string().meta({ description: 'Of one of its requests: the logs tell of it' }),
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
    id: idOf('dismissal'),
    mcp_server_id: z.union([serverId, z.literal('(others)')]).nullable(),
    client: z.string().nullable(),
    ip: z.string().nullable(),
    reason: z.enum(REFUSAL_REASONS).nullable(),
    created_at: instant,
    created_by: actor,
  })
  .meta({ id: 'Dismissal', description: 'Callers that have every value that is not null' });
export const dismissalListSchema = listOf('DismissalList', dismissalSchema);

export const auditRowSchema = z
  .object({
    id: idOf('change'),
    timestamp: instant,
    actor,
    action: z.enum(AUDIT_ACTIONS),
    target: z.object({ kind: z.enum(TARGET_KINDS), id: z.string(), name: z.string().optional() }),
    changes: z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() })).meta({
      description: 'Each field that differs; `null`: it was not there, or is not any more',
      examples: [{ require_mcp_api_key: { from: false, to: true } }],
    }),
    request_id: requestId.nullable(),
    ip: z.string().nullable(),
  })
  .meta({ id: 'AuditRow' });
export const auditListSchema = listOf('AuditRowList', auditRowSchema);

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

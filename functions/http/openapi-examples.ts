import {
  type AnswerOf,
  type apiKeySchema,
  type auditRowSchema,
  type clientConfigurationsSchema,
  type dismissalSchema,
  EXAMPLE_IDS,
  type listedProjectSchema,
  type logRowSchema,
  type mcpServerSchema,
  type readinessSchema,
  type sessionInfoSchema,
  type usageSchema,
} from './answers.ts';
import type { projectConfigSchema } from './schemas.ts';

/* Examples of what the API answers, and of what it is sent. */

const AT = '2026-11-27T12:00:00.000Z';

/** In the form of a key, but none: its checksum is wrong. */
export const NEW_KEY = 'ak_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE1';

export const config: AnswerOf<typeof projectConfigSchema> = {
  require_mcp_api_key: false,
  is_2FA_enabled: true,
  mask_secret_keys_in_connected_account: true,
  log_visibility_setting: 'show_all',
};

export const listedProject: AnswerOf<typeof listedProjectSchema> = {
  id: EXAMPLE_IDS.project,
  name: 'Research',
  created_at: AT,
};
export const project = { ...listedProject, config };
export const projectDeletion = { ...listedProject, status: 'deleting', deleted_at: AT } as const;

const keyFields = {
  id: EXAMPLE_IDS.key,
  name: 'Build agent',
  scopes: ['mcp:invoke'],
  mcp_server_ids: null,
  allowed_tools: ['search'],
  expires_at: null,
  created_at: AT,
} as const;
export const key: AnswerOf<typeof apiKeySchema> = {
  ...keyFields,
  key: 'ak_**6j0z',
  last_used_at: AT,
  status: 'active',
};
export const newKey = { ...key, key: NEW_KEY, last_used_at: null };

const slug = 'mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe';
export const server: AnswerOf<typeof mcpServerSchema> = {
  id: EXAMPLE_IDS.server,
  name: 'Docs',
  upstream: { kind: 'http', url: 'https://mcp.example.com/mcp', headers: { authorization: 'Bear...' } },
  allowed_tools: null,
  allowed_origins: [],
  mcp_url: `https://gateway.example.org/${slug}`,
  slug,
  probe: {
    status: 'ok',
    duration_ms: 42,
    protocol_era: 'modern',
    protocol_version: '2026-07-28',
    server: { name: 'docs', version: '1.0.0' },
    tools: ['search'],
    tool_count: 1,
  },
  created_at: AT,
  updated_at: AT,
};
export const newServer = {
  name: 'Docs',
  upstream: {
    kind: 'http',
    url: 'https://mcp.example.com/mcp',
    headers: { authorization: 'Bearer YOUR-TOKEN' },
  },
} as const;

export const clientConfigurations: AnswerOf<typeof clientConfigurationsSchema> = {
  mcp_url: server.mcp_url,
  items: [
    {
      client: 'codex',
      title: 'Codex',
      kind: 'file',
      files: ['~/.codex/config.toml'],
      language: 'toml',
      content: `[mcp_servers.docs]\nurl = "${server.mcp_url}"\nbearer_token_env_var = "PORTCULLIS_API_KEY"`,
      header: 'authorization',
    },
  ],
};

export const log: AnswerOf<typeof logRowSchema> = {
  id: EXAMPLE_IDS.log,
  timestamp: AT,
  api_key_id: EXAMPLE_IDS.key,
  mcp_server_id: EXAMPLE_IDS.server,
  http_method: 'POST',
  method: 'tools/call',
  tool: 'search',
  outcome: 'allowed',
  reason: null,
  credential: 'valid',
  status: 200,
  duration_ms: 51,
  upstream_ms: 48,
  bytes_in: 120,
  bytes_out: 840,
  client: 'claude-code/2.1.197',
  ip: '192.0.2.7',
  protocol_version: '2026-07-28',
  request_id: EXAMPLE_IDS.request,
  trace_id: null,
  count: 1,
  data: { arguments: { name: 'search', arguments: { query: 'gate' } }, result: { content: [] } },
};
const { data: _ofNoRefusal, ...withoutData } = log;
export const refusedLog: AnswerOf<typeof logRowSchema> = {
  ...withoutData,
  api_key_id: null,
  method: null,
  tool: null,
  outcome: 'refused',
  reason: 'revoked',
  credential: 'revoked',
  status: 401,
  upstream_ms: null,
  refusal: {
    reason: 'revoked',
    presented: 'ak_**6j0z',
    explanation: `This key was revoked at ${AT} by the organization.`,
    key: { id: EXAMPLE_IDS.key, name: 'Build agent' },
    revoked_at: AT,
    revoked_by: { kind: 'organization' },
  },
};

export const usage: AnswerOf<typeof usageSchema> = {
  items: [
    {
      tool: 'search',
      calls: 124,
      outcomes: {
        allowed: 120,
        refused: 3,
        would_be_refused: 0,
        rejected: 0,
        upstream_error: 1,
        gateway_error: 0,
      },
      p50_ms: 48,
      p95_ms: 210,
      bytes_in: 14_880,
      bytes_out: 104_160,
    },
  ],
  group_by: 'tool',
  from: '2026-11-21T00:00:00.000Z',
  to: '2026-11-28T00:00:00.000Z',
};

export const readiness: AnswerOf<typeof readinessSchema> = {
  ready: false,
  days: 7,
  missing: ['callers'],
  traffic: { calls: 124, calls_with_valid_key: 121, needed: 10 },
  callers: [
    {
      id: 'Tm9ib2R5SGVyZWlz',
      mcp_server_id: EXAMPLE_IDS.server,
      client: 'cursor/3.2',
      ip: '192.0.2.7',
      reason: 'no_key',
      count: 3,
      first_seen: AT,
      last_seen: AT,
      sample_request_id: EXAMPLE_IDS.request,
      dismissed: false,
      what_to_do:
        'Create an API key for this client, and send it as x-api-key or as Authorization: Bearer with every request.',
    },
  ],
};

const actor = { kind: 'api_key', id: EXAMPLE_IDS.key, name: 'First key' } as const;
export const dismissal: AnswerOf<typeof dismissalSchema> = {
  id: EXAMPLE_IDS.dismissal,
  mcp_server_id: null,
  client: null,
  ip: '192.0.2.7',
  reason: null,
  created_at: AT,
  created_by: actor,
};

export const change: AnswerOf<typeof auditRowSchema> = {
  id: EXAMPLE_IDS.change,
  timestamp: AT,
  actor,
  action: 'config.update',
  target: { kind: 'config', id: EXAMPLE_IDS.project },
  changes: { require_mcp_api_key: { from: false, to: true } },
  request_id: EXAMPLE_IDS.request,
  ip: '192.0.2.7',
};
export const projectChange: AnswerOf<typeof auditRowSchema> = {
  ...change,
  actor: { kind: 'organization' },
  action: 'project.create',
  target: { kind: 'project', id: EXAMPLE_IDS.project, name: 'Research' },
  changes: { name: { from: null, to: 'Research' } },
};

export const sessionInfo: AnswerOf<typeof sessionInfoSchema> = {
  project: { id: EXAMPLE_IDS.project, name: 'Research' },
  api_key: { ...keyFields, key: 'ak_**6j0z', secret_ends_at: null },
};

/** The last page of a list. */
export const listOf = <Row>(row: Row) => ({ items: [row], next_cursor: null });

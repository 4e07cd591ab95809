import { EXAMPLE_IDS } from './answers.ts';

const CREATED_AT = '2026-11-27T12:00:00.000Z';
const config = {
  require_mcp_api_key: false,
  is_2FA_enabled: true,
  mask_secret_keys_in_connected_account: true,
  log_visibility_setting: 'show_all',
};
const project = { id: EXAMPLE_IDS.project, name: 'Research', config, created_at: CREATED_AT };
const listedProject = { id: EXAMPLE_IDS.project, name: 'Research', created_at: CREATED_AT };
const key = {
  id: EXAMPLE_IDS.key,
  name: 'Build agent',
  key: 'ak_**6j0z',
  scopes: ['mcp:invoke'],
  mcp_server_ids: null,
  allowed_tools: ['search'],
  expires_at: null,
  created_at: CREATED_AT,
  last_used_at: null,
  status: 'active',
};
const slug = 'mcp_SOn3bKv7mOddcgkfQ1f4XcZ8TqL0wRbN2yHsVe';
const server = {
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
  created_at: CREATED_AT,
  updated_at: CREATED_AT,
};
const log = {
  id: EXAMPLE_IDS.log,
  timestamp: CREATED_AT,
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
const outcomes = {
  allowed: 120,
  refused: 3,
  would_be_refused: 0,
  rejected: 0,
  upstream_error: 1,
  gateway_error: 0,
};
const audit = {
  id: EXAMPLE_IDS.change,
  timestamp: CREATED_AT,
  actor: { kind: 'api_key', id: EXAMPLE_IDS.key, name: 'First key' },
  action: 'config.update',
  target: { kind: 'config', id: EXAMPLE_IDS.project },
  changes: { require_mcp_api_key: { from: false, to: true } },
  request_id: EXAMPLE_IDS.request,
  ip: '192.0.2.7',
};
const dismissal = {
  id: EXAMPLE_IDS.dismissal,
  mcp_server_id: null,
  client: null,
  ip: '192.0.2.7',
  reason: null,
  created_at: CREATED_AT,
  created_by: { kind: 'api_key', id: EXAMPLE_IDS.key, name: 'First key' },
};
const list = (row: object) => ({ items: [row], next_cursor: null });

/** An example of what an operation answers, by its id; of what it is sent, by its id and `request`. */
export const examples: Readonly<Record<string, unknown>> = {
  getProjectConfig: config,
  'updateProjectConfig request': { require_mcp_api_key: true },
  updateProjectConfig: { ...config, require_mcp_api_key: true },
  'createProject request': { name: 'Research', should_create_api_key: true },
  createProject: { ...project, api_key: 'ak_…' },
  listProjects: { data: [listedProject], next_cursor: null },
  getProject: project,
  deleteProject: { ...listedProject, status: 'deleting', deleted_at: CREATED_AT },
  'createFirstApiKey request': { name: 'First key' },
  createFirstApiKey: { ...key, name: 'First key', scopes: ['*'], allowed_tools: null },
  listApiKeys: list(key),
  'createApiKey request': { name: 'Build agent', allowed_tools: ['search'] },
  createApiKey: key,
  getApiKey: key,
  'updateApiKey request': { allowed_tools: null },
  updateApiKey: { ...key, allowed_tools: null },
  'rotateApiKey request': { overlap_seconds: 3600 },
  rotateApiKey: key,
  listMcpServers: list(server),
  'createMcpServer request': {
    name: 'Docs',
    upstream: { kind: 'http', url: 'https://mcp.example.com/mcp', headers: { authorization: 'Bearer …' } },
  },
  createMcpServer: server,
  getMcpServer: server,
  'updateMcpServer request': { allowed_tools: ['search'] },
  updateMcpServer: { ...server, allowed_tools: ['search'] },
  rotateMcpServerUrl: server,
  listClientConfigurations: {
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
  },
  listLogs: list(log),
  getLog: log,
  getUsage: {
    items: [
      { tool: 'search', calls: 124, outcomes, p50_ms: 48, p95_ms: 210, bytes_in: 14880, bytes_out: 104160 },
    ],
    group_by: 'tool',
    from: '2026-11-21T00:00:00.000Z',
    to: '2026-11-28T00:00:00.000Z',
  },
  getReadiness: {
    ready: false,
    days: 7,
    missing: ['callers'],
    traffic: { calls: 124, calls_with_valid_key: 121, needed: 10 },
    callers: [
      {
        mcp_server_id: EXAMPLE_IDS.server,
        client: 'cursor/3.2',
        ip: '192.0.2.7',
        reason: 'no_key',
        count: 3,
        first_seen: CREATED_AT,
        last_seen: CREATED_AT,
        request_id: EXAMPLE_IDS.request,
        dismissed: false,
        what_to_do:
          'Create an API key for this client, and send it as x-api-key or as Authorization: Bearer with every request.',
      },
    ],
  },
  listAudit: list(audit),
  listOrganizationAudit: list({
    ...audit,
    actor: { kind: 'organization' },
    action: 'project.create',
    target: { kind: 'project', id: EXAMPLE_IDS.project, name: 'Research' },
    changes: { name: { from: null, to: 'Research' } },
  }),
  getSessionInfo: {
    project: { id: EXAMPLE_IDS.project, name: 'Research' },
    api_key: {
      id: EXAMPLE_IDS.key,
      name: 'Build agent',
      key: 'ak_**6j0z',
      scopes: ['mcp:invoke'],
      mcp_server_ids: null,
      allowed_tools: ['search'],
      expires_at: null,
      created_at: CREATED_AT,
      secret_ends_at: null,
    },
  },
  listDismissals: list(dismissal),
  'createDismissal request': { ip: '192.0.2.7' },
  createDismissal: dismissal,
};

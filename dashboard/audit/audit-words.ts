import type { Schemas } from '../../client/index.ts';

export type AuditRow = Schemas['AuditRow'];
export type Action = AuditRow['action'];
export type TargetKind = AuditRow['target']['kind'];

export const ACTION_WORDS: Readonly<Record<Action, string>> = {
  'config.update': 'Changed the settings',
  'api_key.create': 'Created an API key',
  'api_key.update': 'Changed an API key',
  'api_key.rotate': 'Rotated an API key',
  'api_key.revoke': 'Revoked an API key',
  'mcp_server.create': 'Added an MCP server',
  'mcp_server.update': 'Changed an MCP server',
  'mcp_server.rotate_url': 'Replaced the address of an MCP server',
  'mcp_server.delete': 'Deleted an MCP server',
  'project.create': 'Created the project',
  'project.delete': 'Deleted the project',
  'dismissal.create': 'Left callers out of the readiness',
  'dismissal.delete': 'Counted callers in the readiness again',
  'organization_key.create': 'Made the organization key',
  'organization_key.replace': 'Replaced the organization key',
};

export const TARGET_WORDS: Readonly<Record<TargetKind, string>> = {
  config: 'Settings',
  api_key: 'API key',
  mcp_server: 'MCP server',
  project: 'Project',
  dismissal: 'Callers left out of the readiness',
  organization_key: 'Organization key',
};

/** Why the gate does not accept a credential. One closed list: rows, metrics and answers speak of nothing else. */
export const REFUSAL_REASONS = [
  'no_key',
  'conflicting',
  'malformed',
  'unknown',
  'other_project',
  'revoked',
  'expired',
  'out_of_scope',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** What the gate finds of a presented credential, whether it is up or down. */
export type CredentialFinding = 'valid' | RefusalReason;

const NOT_VALID = 'API key is not valid for this MCP server';

/** What a refused MCP client reads. Four reasons share one text, so that a guesser learns nothing from it. */
export const REFUSAL_TEXT = {
  no_key: 'API key is required in headers for security reasons',
  conflicting: 'Conflicting API keys in headers',
  malformed: NOT_VALID,
  unknown: NOT_VALID,
  other_project: NOT_VALID,
  revoked: NOT_VALID,
  expired: 'API key has expired',
  out_of_scope: 'API key is not allowed to use this MCP server',
} as const satisfies Record<RefusalReason, string>;

/** What the relay answers itself to an MCP request that was let through to it without being let in. */
export const RELAY_REFUSALS = {
  not_found: { status: 404, error: 'MCP server not found' },
  foreign_origin: { status: 403, error: 'Origin is not allowed for this MCP server' },
  out_of_scope: { status: 403, error: REFUSAL_TEXT.out_of_scope },
} as const;

/**
 * The body of every refusal on the data plane, exactly as the wire contract writes it.
 * @param error one of our own texts, or the expression by which API Gateway puts one in: nothing is escaped
 */
export const refusalBody = (error: string): string => `{"error": "${error}"}`;

/** What a script in a browser may read of any answer, whoever gives it. */
export const EXPOSED_HEADERS = 'www-authenticate, x-request-id, mcp-session-id, retry-after';

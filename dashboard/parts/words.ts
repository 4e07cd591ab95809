import type { Schemas } from '../../client/index.ts';

export type Outcome = Schemas['LogRow']['outcome'];
export type Reason = Exclude<Schemas['LogRow']['reason'], null>;

/** What became of a request. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  allowed: 'Allowed',
  refused: 'Refused',
  would_be_refused: 'Would be refused',
  rejected: 'Rejected',
  upstream_error: 'Server error',
  gateway_error: 'Gateway error',
};

/** Why a request was not simply allowed. */
export const REASON_WORDS: Readonly<Record<Reason, string>> = {
  no_key: 'No API key',
  conflicting: 'Two different API keys',
  malformed: 'Not an API key',
  unknown: 'Unknown API key',
  other_project: 'API key of another project',
  revoked: 'Revoked API key',
  expired: 'Expired API key',
  out_of_scope: 'API key not allowed here',
  foreign_origin: 'Origin not allowed',
  unknown_tool: 'Tool not allowed',
  unclear_body: 'Unclear request body',
  method_not_allowed: 'HTTP method not allowed',
  loop: 'Loop back to the gateway',
  unknown_session: 'Unknown session',
  unknown_server: 'Unknown MCP server',
  unreachable: 'Server not reachable',
  forbidden_address: 'Address not allowed',
  redirect: 'Server redirects',
  credential: 'Server refuses our credential',
  unreadable: 'Unreadable answer',
  too_slow: 'Server too slow',
  status_5xx: 'Server failed',
  broken_off: 'Server broke off',
  fault: 'Fault of the gateway',
  client_left: 'Client left',
};

/** A scope as it is named to who reads it: `*` says nothing by itself. */
export const scopeName = (scope: Schemas['Scope']): string => (scope === '*' ? 'Everything' : scope);

import { type FilterProperty, KEY_ID } from '../parts/address-filter.tsx';
import type { ListQuery } from '../parts/rows.ts';
import type { TimeRange } from '../parts/time-range.tsx';
import { OUTCOME_WORDS } from '../parts/words.ts';
import { OUTCOMES } from './outcome.tsx';

export type LogQuery = ListQuery<'listLogs'>;

/** What the log can be filtered by, in the address as in the API. */
export const LOG_FILTER_KEYS = ['outcome', 'api_key_id', 'mcp_server_id', 'tool', 'request_id'] as const;
type LogFilterKey = (typeof LOG_FILTER_KEYS)[number];

/** What a call without a key, or with one that was not accepted, is asked for by. */
const ANONYMOUS = 'anonymous';
export const ANONYMOUS_WORD = 'Anonymous';

/** What is offered, by the names of the project's keys, servers and tools. */
export function logFilters(names: {
  readonly keys: ReadonlyMap<string, string>;
  readonly servers: ReadonlyMap<string, string>;
  readonly tools: readonly string[];
}): readonly (FilterProperty & { readonly key: LogFilterKey })[] {
  return [
    {
      key: 'outcome',
      label: 'Outcome',
      values: new Map(OUTCOMES.map((outcome) => [outcome, OUTCOME_WORDS[outcome]])),
      isClosed: true,
    },
    {
      key: 'api_key_id',
      label: 'API key',
      values: new Map([[ANONYMOUS, ANONYMOUS_WORD], ...names.keys]),
      form: KEY_ID,
    },
    {
      key: 'mcp_server_id',
      label: 'MCP server',
      values: names.servers,
      form: { pattern: /^srv_[0-9A-Za-z]+$/, problem: 'choose a server, or give the id of one (srv_…)' },
    },
    { key: 'tool', label: 'Tool', values: new Map(names.tools.map((tool) => [tool, tool])) },
    {
      key: 'request_id',
      label: 'Request ID',
      form: { pattern: /^[0-9A-Za-z-]{1,64}$/, problem: 'give the x-request-id of an answer' },
    },
  ];
}

/**
 * @returns what the address asks of the log. A value that cannot be one is left out: it is told of, and nothing asked. Who names
 *   a request is shown it, however old, unless the address names a time too
 */
export function logQueryOf(address: URLSearchParams, range: TimeRange): LogQuery {
  const value = (key: LogFilterKey) => address.get(key) ?? undefined;
  const hasTime = address.has('from') || address.has('to') || address.has('days');
  return {
    ...(address.has('request_id') && !hasTime ? {} : range),
    outcome: OUTCOMES.find((known) => known === value('outcome')),
    api_key_id: value('api_key_id'),
    mcp_server_id: value('mcp_server_id'),
    tool: value('tool'),
    request_id: value('request_id'),
  };
}

import { type FilterProperty, KEY_ID } from '../parts/address-filter.tsx';
import type { ListQuery } from '../parts/rows.ts';
import type { TimeRange } from '../parts/time-range.tsx';
import { ACTION_WORDS, type Action, TARGET_WORDS, type TargetKind } from './audit-words.ts';

/** What the trail can be filtered by, in the address as in the API. */
type AuditFilterKey = 'target' | 'target_id' | 'api_key_id' | 'action';

const ACTIONS = Object.entries(ACTION_WORDS) as [Action, string][];
const TARGETS = Object.entries(TARGET_WORDS) as [TargetKind, string][];

/** What is offered, by the names of the project's keys and servers. */
export const auditFilters = (names: {
  readonly keys: ReadonlyMap<string, string>;
  readonly servers: ReadonlyMap<string, string>;
}): readonly (FilterProperty & { readonly key: AuditFilterKey })[] => [
  { key: 'action', label: 'Action', values: new Map(ACTIONS), isClosed: true },
  {
    key: 'api_key_id',
    label: 'Changed by API key',
    values: names.keys,
    form: KEY_ID,
  },
  { key: 'target', label: 'Kind of target', values: new Map(TARGETS), isClosed: true },
  { key: 'target_id', label: 'Target', values: new Map([...names.keys, ...names.servers]) },
];

/** @returns what the address asks of the trail. A value that cannot be one is left out: it is told of, and nothing asked */
export function auditQueryOf(address: URLSearchParams, range: TimeRange): ListQuery<'listAudit'> {
  const value = (key: AuditFilterKey) => address.get(key) ?? undefined;
  return {
    ...range,
    target: TARGETS.find(([kind]) => kind === value('target'))?.[0],
    target_id: value('target_id'),
    api_key_id: value('api_key_id'),
    action: ACTIONS.find(([action]) => action === value('action'))?.[0],
  };
}

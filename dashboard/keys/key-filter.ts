import type {
  PropertyFilterOperatorExtended,
  PropertyFilterQuery,
  PropertyFilterToken,
} from '@cloudscape-design/collection-hooks';

const TEXT_OPERATORS = ['=', '!=', ':', '!:'];

/** Of a list: whether one of its members is, or has in it, what is asked for. */
const has = (list: unknown, asked: string): boolean => Array.isArray(list) && list.includes(asked);
const contains = (list: unknown, asked: string): boolean =>
  Array.isArray(list) && list.some((member) => String(member).toLowerCase().includes(asked.toLowerCase()));
const LIST_OPERATORS: PropertyFilterOperatorExtended<string>[] = [
  { operator: '=', match: has },
  { operator: '!=', match: (list, asked) => !has(list, asked) },
  { operator: ':', match: contains },
  { operator: '!:', match: (list, asked) => !contains(list, asked) },
];

/** What keys can be filtered by. */
export const FILTERING_PROPERTIES = [
  { key: 'name', propertyLabel: 'Name', groupValuesLabel: 'Names', operators: TEXT_OPERATORS },
  { key: 'key', propertyLabel: 'Key', groupValuesLabel: 'Keys', operators: TEXT_OPERATORS },
  { key: 'standing', propertyLabel: 'Status', groupValuesLabel: 'Statuses', operators: TEXT_OPERATORS },
  { key: 'scopes', propertyLabel: 'Scopes', groupValuesLabel: 'Scopes', operators: LIST_OPERATORS },
  {
    key: 'servers',
    propertyLabel: 'MCP servers',
    groupValuesLabel: 'MCP servers',
    operators: LIST_OPERATORS,
  },
];

/** Of any of them. */
const TEXT = 'text';
const PARAMETERS = [TEXT, ...FILTERING_PROPERTIES.map(({ key }) => key)];
/** Longer ones first: each begins a parameter's value. */
const OPERATORS = ['!=', '!:', '=', ':'];

/** @returns the filter that an address has: `?standing==Active&text=:build`; what is none is left out */
export function readFilter(search: URLSearchParams): PropertyFilterQuery {
  const tokens: PropertyFilterToken[] = [];
  for (const [name, text] of search) {
    const operator = OPERATORS.find((start) => text.startsWith(start));
    if (!PARAMETERS.includes(name) || operator === undefined) continue;
    const value = text.slice(operator.length);
    tokens.push({ operator, value, ...(name !== TEXT && { propertyKey: name }) });
  }
  return { tokens, operation: search.get('any') === null ? 'and' : 'or' };
}

/** @returns the parameters of an address with that filter instead of the one that is in it */
export function writeFilter(
  search: URLSearchParams,
  { tokens, operation }: PropertyFilterQuery,
): URLSearchParams {
  const written = new URLSearchParams(search);
  for (const name of [...PARAMETERS, 'any']) written.delete(name);
  for (const { propertyKey = TEXT, operator, value } of tokens) {
    written.append(propertyKey, `${operator}${value}`);
  }
  if (operation === 'or') written.set('any', '');
  return written;
}

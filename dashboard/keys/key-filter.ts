import type { PropertyFilterQuery, PropertyFilterToken } from '@cloudscape-design/collection-hooks';

/** What keys can be filtered by. */
export const FILTERING_PROPERTIES = [
  { key: 'name', propertyLabel: 'Name', groupValuesLabel: 'Names' },
  { key: 'key', propertyLabel: 'Key', groupValuesLabel: 'Keys' },
  { key: 'standing', propertyLabel: 'Status', groupValuesLabel: 'Statuses' },
  { key: 'scopes', propertyLabel: 'Scopes', groupValuesLabel: 'Scopes' },
  { key: 'servers', propertyLabel: 'MCP servers', groupValuesLabel: 'MCP servers' },
].map((property) => ({ ...property, operators: ['=', '!=', ':', '!:'] }));

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

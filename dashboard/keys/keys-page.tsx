import { useCollection } from '@cloudscape-design/collection-hooks';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import PropertyFilter from '@cloudscape-design/components/property-filter';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useMemo } from 'react';
import { useHref, useSearchParams } from 'react-router';
import { useAllRows, useServerNames } from '../api/all-rows.ts';
import { changed } from '../parts/address.ts';
import { ListTable } from '../parts/list-table.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { scopeName } from '../parts/words.ts';
import { useFollow } from '../shell/navigation.tsx';
import { STANDING_WORDS } from './key.ts';
import { COLUMNS } from './key-columns.tsx';
import { FILTERING_PROPERTIES, readFilter, writeFilter } from './key-filter.ts';
import { type KeyRow, rowOf } from './key-row.ts';
import { SCOPES } from './scopes.ts';

const REVOKED = 'revoked';

/** The API keys of the project. */
export const Component = () => (
  <NeedsScope scope="keys:manage" to="see the API keys" page="API keys">
    <Keys />
  </NeedsScope>
);

/** Every key; what they are filtered by is in the address. */
function Keys() {
  const keys = useAllRows('listApiKeys');
  const serverNames = useServerNames();
  const [search, setSearch] = useSearchParams();
  const query = useMemo(() => readFilter(search), [search]);
  // Who asks for a status is not kept from seeing it.
  const showsRevoked =
    search.has(REVOKED) || query.tokens.some(({ propertyKey }) => propertyKey === 'standing');
  const shown = useMemo(() => {
    const now = Date.now();
    return (keys.data ?? [])
      .filter(({ status }) => showsRevoked || status !== 'revoked')
      .map((key) => rowOf(key, serverNames, now));
  }, [keys.data, serverNames, showsRevoked]);
  const hidden = (keys.data?.length ?? 0) - shown.length;

  const { items, actions, propertyFilterProps } = useCollection(shown, {
    propertyFiltering: { filteringProperties: FILTERING_PROPERTIES, defaultQuery: query },
  });
  // The address leads, when it is gone back in too.
  const { setPropertyFiltering } = actions;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the actions are new each time, and do the same.
  useEffect(() => setPropertyFiltering(query), [query]);

  const options = useMemo(() => filteringOptions(shown), [shown]);
  const isFiltered = query.tokens.length > 0;
  return (
    <ListTable
      title="API keys"
      description="Who may call the MCP servers of the project, and who may manage it."
      operation="listApiKeys"
      read={keys}
      all={shown.length}
      matching={items}
      columns={COLUMNS}
      add={<CreateButton />}
      filter={
        <SpaceBetween size="xs">
          <PropertyFilter
            {...propertyFilterProps}
            onChange={({ detail }) => setSearch(writeFilter(search, detail))}
            filteringOptions={options}
            filteringAriaLabel="Filter the API keys"
            filteringPlaceholder="Filter by text, status, scope or server"
            countText={`${items.length} found`}
            expandToViewport
          />
          <Checkbox
            checked={showsRevoked}
            disabled={showsRevoked && !search.has(REVOKED)}
            onChange={({ detail }) =>
              setSearch(changed(search, { [REVOKED]: detail.checked ? '' : undefined }))
            }
          >
            Show revoked keys{hidden > 0 && ` (${hidden})`}
          </Checkbox>
        </SpaceBetween>
      }
      empty={
        isFiltered ? (
          <SpaceBetween size="m">
            <b>No API key matches</b>
            <Button onClick={() => setSearch(writeFilter(search, NO_FILTER))}>Clear the filter</Button>
          </SpaceBetween>
        ) : (
          <SpaceBetween size="m">
            <b>{hidden === 0 ? 'No API keys' : 'No API keys but revoked ones'}</b>
            <CreateButton />
          </SpaceBetween>
        )
      }
    />
  );
}

const NO_FILTER = { tokens: [], operation: 'and' } as const;

/** Statuses and scopes are offered whether a key has them or not, names as they are. */
const filteringOptions = (rows: readonly KeyRow[]) => [
  ...optionsOf('standing', Object.values(STANDING_WORDS)),
  ...optionsOf(
    'scopes',
    SCOPES.map(({ scope }) => scopeName(scope)),
  ),
  ...optionsOf('servers', [...new Set(rows.flatMap(({ servers }) => servers))].sort()),
  ...optionsOf(
    'name',
    rows.map(({ name }) => name),
  ),
];
const optionsOf = (propertyKey: string, values: readonly string[]) =>
  values.map((value) => ({ propertyKey, value }));

const CreateButton = () => (
  <Button variant="primary" href={useHref('/keys/create')} onFollow={useFollow()}>
    Create key
  </Button>
);

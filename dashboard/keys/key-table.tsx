import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import PropertyFilter from '@cloudscape-design/components/property-filter';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { type ReactNode, useEffect, useMemo } from 'react';
import { useHref, useSearchParams } from 'react-router';
import { useServerNames } from '../api/names.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { useFollow } from '../shell/navigation.tsx';
import { useAllKeys } from './all-keys.ts';
import { STANDING_WORDS } from './key.ts';
import { COLUMNS } from './key-columns.tsx';
import { FILTERING_PROPERTIES, readFilter, writeFilter } from './key-filter.ts';
import { type KeyRow, rowOf } from './key-row.ts';
import { SCOPES } from './scopes.ts';

const PAGE_SIZE = 20;
const REVOKED = 'revoked';

/** Every key; what they are filtered by is in the address. */
export function KeyTable() {
  const keys = useAllKeys();
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

  const { items, actions, filteredItemsCount, collectionProps, propertyFilterProps, paginationProps } =
    useCollection(shown, {
      propertyFiltering: {
        filteringProperties: FILTERING_PROPERTIES,
        defaultQuery: query,
        empty: <NoKeys hidden={hidden} />,
        noMatch: (
          <Nothing title="No key matches">
            <Button onClick={() => setSearch(writeFilter(search, NO_FILTER))}>Clear the filter</Button>
          </Nothing>
        ),
      },
      sorting: { defaultState: { sortingColumn: { sortingField: 'name' } } },
      pagination: { pageSize: PAGE_SIZE },
    });
  // The address leads, when it is gone back in too.
  const { setPropertyFiltering } = actions;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the actions are new each time, and do the same.
  useEffect(() => setPropertyFiltering(query), [query]);

  const options = useMemo(() => filteringOptions(shown), [shown]);

  const failure = keys.error !== null && (
    <ErrorAlert title="The API keys could not be loaded" error={keys.error} onRetry={keys.refetch} />
  );

  if (failure && keys.data === undefined) return failure;
  return (
    <Table
      {...collectionProps}
      variant="full-page"
      columnDefinitions={COLUMNS}
      items={items}
      trackBy="id"
      loading={keys.isPending}
      loadingText="Loading the API keys"
      wrapLines
      stickyColumns={{ first: 1 }}
      ariaLabels={{ tableLabel: 'API keys' }}
      renderAriaLive={({ firstIndex, lastIndex, totalItemsCount }) =>
        `Keys ${firstIndex} to ${lastIndex} of ${totalItemsCount}`
      }
      header={
        <Header
          variant="h1"
          counter={keys.data && counter(filteredItemsCount, shown.length, query.tokens.length > 0)}
          description="Who may call the MCP servers of the project, and who may manage it."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                iconName="refresh"
                ariaLabel="Refresh"
                loading={keys.isFetching}
                loadingText="Refreshing"
                onClick={() => keys.refetch()}
              />
              <CreateButton variant="primary" />
            </SpaceBetween>
          }
        >
          API keys
        </Header>
      }
      filter={
        <SpaceBetween size="xs">
          {failure}
          <PropertyFilter
            {...propertyFilterProps}
            onChange={({ detail }) => setSearch(writeFilter(search, detail))}
            filteringOptions={options}
            filteringAriaLabel="Filter the keys"
            filteringPlaceholder="Filter by text, status, scope or server"
            countText={`${filteredItemsCount} ${filteredItemsCount === 1 ? 'match' : 'matches'}`}
            expandToViewport
          />
          <Checkbox
            checked={showsRevoked}
            disabled={showsRevoked && !search.has(REVOKED)}
            onChange={({ detail }) => {
              const next = new URLSearchParams(search);
              if (detail.checked) next.set(REVOKED, '');
              else next.delete(REVOKED);
              setSearch(next);
            }}
          >
            Show revoked keys{hidden > 0 && ` (${hidden})`}
          </Checkbox>
        </SpaceBetween>
      }
      pagination={<Pagination {...paginationProps} />}
    />
  );
}

const NO_FILTER = { tokens: [], operation: 'and' } as const;

/** Statuses and scopes are offered whether a key has them or not, names as they are. */
const filteringOptions = (rows: readonly KeyRow[]) => [
  ...optionsOf('standing', Object.values(STANDING_WORDS)),
  ...optionsOf(
    'scopes',
    SCOPES.map(({ scope }) => scope),
  ),
  ...optionsOf('servers', [...new Set(rows.flatMap(({ servers }) => servers))].sort()),
  ...optionsOf(
    'name',
    rows.map(({ name }) => name),
  ),
];
const optionsOf = (propertyKey: string, values: readonly string[]) =>
  values.map((value) => ({ propertyKey, value }));

const counter = (matching: number | undefined, all: number, isFiltered: boolean): string =>
  isFiltered ? `(${matching}/${all})` : `(${all})`;

function NoKeys({ hidden }: { readonly hidden: number }) {
  return (
    <Nothing title={hidden === 0 ? 'No API keys' : 'No API keys but revoked ones'}>
      <CreateButton />
    </Nothing>
  );
}

const Nothing = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <Box textAlign="center" padding="l">
    <SpaceBetween size="m">
      <b>{title}</b>
      {children}
    </SpaceBetween>
  </Box>
);

const CreateButton = ({ variant }: { readonly variant?: 'primary' }) => (
  <Button variant={variant} href={useHref('/keys/create')} onFollow={useFollow()}>
    Create key
  </Button>
);

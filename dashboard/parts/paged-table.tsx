import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import { isPortcullisError } from '../../client/index.ts';
import { useAddress } from './address.ts';
import { AddressFilter, type FilterProperty, filterProblem } from './address-filter.tsx';
import { ErrorAlert } from './error-alert.tsx';
import { useWaiting } from './loading.tsx';
import { useRetry } from './retry.ts';
import { TABLE } from './table.ts';

/** What of the pages of a list the table needs, as `useRows` gives it. */
interface Pages {
  readonly error: Error | null;
  readonly isLoading: boolean;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchNextPageError: boolean;
  readonly fetchNextPage: () => unknown;
}

/**
 * A list, newest first, that the address filters and that older rows are added to.
 * @param what its rows are, in the plural and in small letters
 * @param empty shown where there is nothing, though it is not filtered
 */
export function PagedTable<Row extends { readonly id: string }>({
  what,
  title,
  description,
  actions,
  rows,
  pages,
  columns,
  filters,
  aboveFilters,
  belowFilters,
  empty,
}: {
  readonly what: string;
  readonly title: string;
  readonly description: string;
  readonly actions: ReactNode;
  readonly rows: readonly Row[];
  readonly pages: Pages;
  readonly columns: readonly TableProps.ColumnDefinition<Row>[];
  readonly filters: readonly FilterProperty[];
  readonly aboveFilters?: ReactNode;
  readonly belowFilters?: ReactNode;
  readonly empty: ReactNode;
}) {
  const [address, change] = useAddress();
  const retry = useRetry();
  const waiting = useWaiting(`Loading the ${what}`, pages.isLoading);
  // What the gateway says of the filters is told beside them.
  const told = isPortcullisError(pages.error, 'HTTP_BadRequest') ? pages.error.errors.join('; ') : undefined;
  const isFiltered = filters.some(({ key }) => address.has(key));
  return (
    <SpaceBetween size="s">
      {told === undefined && (
        <ErrorAlert
          title={`${pages.isFetchNextPageError ? 'Older' : 'The'} ${what} could not be loaded`}
          error={pages.error}
          onRetry={pages.isFetchNextPageError ? () => void pages.fetchNextPage() : retry}
        />
      )}
      <Table
        items={rows}
        trackBy="id"
        columnDefinitions={columns}
        {...TABLE}
        stickyHeader
        stripedRows
        loading={pages.isLoading}
        loadingText={waiting}
        ariaLabels={{ tableLabel: title }}
        header={
          <Header variant="h2" description={description} actions={actions}>
            {title}
          </Header>
        }
        filter={
          <SpaceBetween size="xs">
            {aboveFilters}
            <AddressFilter
              properties={filters}
              label={`Filter the ${what}`}
              problem={problemIn(address, filters) ?? told}
            />
            {belowFilters}
          </SpaceBetween>
        }
        empty={
          pages.error === null && (
            <Box textAlign="center" color="inherit">
              {isFiltered ? (
                <SpaceBetween size="s">
                  <b>{pages.hasNextPage ? 'Nothing found so far' : `None of the ${what} match`}</b>
                  <Button
                    onClick={() => change(Object.fromEntries(filters.map(({ key }) => [key, undefined])))}
                  >
                    Clear the filters
                  </Button>
                </SpaceBetween>
              ) : (
                empty
              )}
            </Box>
          )
        }
        footer={
          pages.hasNextPage && (
            <Box textAlign="center">
              <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                {rows.length === 0 ? 'Look further back' : `Load older ${what}`}
              </Button>
            </Box>
          )
        }
      />
    </SpaceBetween>
  );
}

/** @returns the first thing that is wrong with the filters of an address: nothing is to be asked by them */
export const problemIn = (address: URLSearchParams, filters: readonly FilterProperty[]): string | undefined =>
  filters
    .map((filter) => filterProblem(filter, address.get(filter.key) ?? undefined))
    .find((problem) => problem !== undefined);

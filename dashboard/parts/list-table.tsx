import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import type { OperationId } from '../../client/index.ts';
import { ErrorAlert } from './error-alert.tsx';
import { useWaiting } from './loading.tsx';
import { RefreshButton } from './refresh-button.tsx';
import { useRetry } from './retry.ts';
import { TABLE } from './table.ts';
import { useTitle } from './title.ts';

const ROWS_A_PAGE = 20;

/** What has been read of a list. */
interface Read {
  readonly data: readonly unknown[] | undefined;
  readonly error: Error | null;
  readonly isPending: boolean;
}

/**
 * The page of a list that is read whole: what matches is sorted and turned over here.
 * @param title what its rows are: "API keys"
 * @param all how many there are before the filter
 * @param add the button that adds one
 * @param empty why no row is shown, and what to do
 */
export function ListTable<Row extends { readonly id: string; readonly name: string }>({
  title,
  description,
  operation,
  read,
  all,
  matching,
  columns,
  add,
  filter,
  empty,
}: {
  readonly title: string;
  readonly description: string;
  readonly operation: OperationId;
  readonly read: Read;
  readonly all: number;
  readonly matching: readonly Row[];
  readonly columns: readonly TableProps.ColumnDefinition<Row>[];
  readonly add: ReactNode;
  readonly filter: ReactNode;
  readonly empty: ReactNode;
}) {
  useTitle(title);
  const retry = useRetry();
  const waiting = useWaiting(`Loading the ${title}`, read.isPending);
  const { items, collectionProps, paginationProps } = useCollection(matching, {
    sorting: { defaultState: { sortingColumn: { sortingField: 'name' } } },
    pagination: { pageSize: ROWS_A_PAGE },
  });
  return (
    <Table
      {...TABLE}
      {...collectionProps}
      variant="full-page"
      items={items}
      trackBy="id"
      columnDefinitions={columns}
      loading={read.isPending}
      loadingText={waiting}
      ariaLabels={{ tableLabel: title }}
      renderAriaLive={({ firstIndex, lastIndex, totalItemsCount }) =>
        `${title} ${firstIndex} to ${lastIndex} of ${totalItemsCount}`
      }
      header={
        <Header
          variant="h1"
          counter={read.data && (matching.length === all ? `(${all})` : `(${matching.length}/${all})`)}
          description={description}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <RefreshButton operations={[operation]} />
              {add}
            </SpaceBetween>
          }
        >
          {title}
        </Header>
      }
      filter={
        <SpaceBetween size="xs">
          <ErrorAlert title={`The ${title} could not be loaded`} error={read.error} onRetry={retry} />
          {filter}
        </SpaceBetween>
      }
      pagination={matching.length > ROWS_A_PAGE && <Pagination {...paginationProps} />}
      empty={
        <Box textAlign="center" padding="l">
          {read.data && empty}
        </Box>
      }
    />
  );
}

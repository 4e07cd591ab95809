import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { isPortcullisError } from '../../client/index.ts';
import { useKeyNames, useServerNames } from '../api/names.ts';
import { usePortcullis } from '../api/session.tsx';
import { useAddress } from '../parts/address.ts';
import { AddressFilter } from '../parts/address-filter.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { ExportButton } from '../parts/export-button.tsx';
import { Moment } from '../parts/moment.tsx';
import { ActorName } from '../parts/named.tsx';
import { useRetry } from '../parts/retry.ts';
import { useRows } from '../parts/rows.ts';
import { timeRangeOf } from '../parts/time-range.tsx';
import { AUDIT_FILTER_KEYS, auditFilters, auditQueryOf } from './audit-query.ts';
import { ACTION_WORDS, type AuditRow } from './audit-words.ts';
import { Changes } from './changes.tsx';
import { Target } from './target.tsx';

const PAGE = 50;

/** The changes, newest first, filtered by the address. */
export function AuditTrail() {
  const [address, change] = useAddress();
  const portcullis = usePortcullis();
  const retry = useRetry();
  const names = { keys: useKeyNames(), servers: useServerNames() };
  const filters = auditFilters(names);
  const { query, problem } = auditQueryOf(address, filters, timeRangeOf(address));
  const pages = useRows({
    key: ['listAudit', query],
    enabled: problem === undefined,
    page: (cursor, signal) =>
      portcullis.request('listAudit', { query: { ...query, cursor, limit: PAGE }, signal }),
  });
  const rows = (pages.data?.pages ?? []).flatMap(({ items }) => items);
  // What the gateway says of the filters is told beside them.
  const told = isPortcullisError(pages.error, 'HTTP_BadRequest') ? pages.error.errors.join('; ') : undefined;

  return (
    <SpaceBetween size="s">
      {told === undefined && (
        <ErrorAlert
          title={rows.length === 0 ? 'The changes could not be loaded' : 'Older changes could not be loaded'}
          error={pages.error}
          onRetry={rows.length === 0 ? retry : () => void pages.fetchNextPage()}
        />
      )}
      <Table
        items={rows}
        trackBy="id"
        columnDefinitions={COLUMNS}
        wrapLines
        stickyHeader
        stripedRows
        enableKeyboardNavigation
        loading={pages.isLoading}
        loadingText="Loading the changes"
        ariaLabels={{ tableLabel: 'Changes' }}
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <ExportButton
                  name="portcullis-audit"
                  pieces={(format, signal) => portcullis.export('listAudit', format, { query, signal })}
                  disabled={problem !== undefined}
                />
                <Button
                  iconName="refresh"
                  ariaLabel="Refresh the changes"
                  loading={pages.isRefetching}
                  disabled={problem !== undefined}
                  onClick={() => void pages.refetch()}
                />
              </SpaceBetween>
            }
          >
            Changes
          </Header>
        }
        filter={<AddressFilter properties={filters} label="Filter the changes" problem={problem ?? told} />}
        empty={
          <Box textAlign="center" color="inherit">
            <SpaceBetween size="s">
              <b>{pages.hasNextPage ? 'Nothing found so far' : 'No change matches'}</b>
              <Button
                onClick={() =>
                  change(
                    Object.fromEntries(
                      [...AUDIT_FILTER_KEYS, 'from', 'to', 'days'].map((key) => [key, undefined]),
                    ),
                  )
                }
              >
                Clear the filters
              </Button>
            </SpaceBetween>
          </Box>
        }
        footer={
          pages.hasNextPage && (
            <Box textAlign="center">
              <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                {rows.length === 0 ? 'Look further back' : 'Load older changes'}
              </Button>
            </Box>
          )
        }
      />
    </SpaceBetween>
  );
}

const COLUMNS: TableProps.ColumnDefinition<AuditRow>[] = [
  {
    id: 'when',
    header: 'When',
    isRowHeader: true,
    minWidth: 130,
    cell: ({ timestamp }) => <Moment at={timestamp} />,
  },
  { id: 'who', header: 'Who', minWidth: 210, cell: ({ actor }) => <ActorName actor={actor} /> },
  {
    id: 'what',
    header: 'What',
    minWidth: 190,
    cell: ({ action, target }) => (
      <>
        {ACTION_WORDS[action]}
        <Box display="block">
          <Target target={target} />
        </Box>
      </>
    ),
  },
  { id: 'changes', header: 'Changes', minWidth: 260, cell: ({ changes }) => <Changes changes={changes} /> },
  { id: 'ip', header: 'IP address', minWidth: 110, cell: ({ ip }) => ip ?? 'None' },
  {
    id: 'request',
    header: 'Request ID',
    minWidth: 170,
    cell: ({ request_id }) => (request_id === null ? 'None' : <Box variant="code">{request_id}</Box>),
  },
];

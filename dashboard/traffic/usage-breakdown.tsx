import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { Schemas } from '../../client/index.ts';
import { useKeyNames, useServerNames } from '../api/all-rows.ts';
import { useAnswer } from '../api/answers.ts';
import { useAddress } from '../parts/address.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { useWaiting } from '../parts/loading.tsx';
import { useRetry } from '../parts/retry.ts';
import { TABLE } from '../parts/table.ts';
import type { TimeRange } from '../parts/time-range.tsx';
import { PageLink } from '../shell/navigation.tsx';
import { linkToLog } from './log-anchor.tsx';
import { ANONYMOUS_WORD } from './log-query.ts';
import { countText, durationText } from './numbers.ts';

const GROUPS = [
  { id: 'api_key', text: 'API key', filter: 'api_key_id' },
  { id: 'tool', text: 'Tool', filter: 'tool' },
  { id: 'mcp_server', text: 'MCP server', filter: 'mcp_server_id' },
] as const;

const ROWS_A_PAGE = 10;
/** Tools that are too many to be counted each. */
const OTHER_TOOLS = '(other)';

interface Row {
  readonly value: string;
  readonly name: string;
  readonly calls: number;
  readonly refused: number;
  readonly wouldBeRefused: number;
  readonly failed: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Who or what the requests were of: `by` in the address says which. Each row leads to its requests in the log. */
export function UsageBreakdown({ range }: { readonly range: TimeRange }) {
  const [address, change] = useAddress();
  const group = GROUPS.find(({ id }) => id === address.get('by')) ?? GROUPS[0];
  const title = `Usage by ${group.text}`;
  const retry = useRetry();
  const usage = useAnswer('getUsage', { query: { group_by: group.id, ...range } });
  const waiting = useWaiting('Loading the usage', usage.isPending);
  const names = { api_key_id: useKeyNames(), mcp_server_id: useServerNames(), tool: undefined }[group.filter];
  const rows = (usage.data?.data.items ?? []).map((row) => rowOf(row, group.filter, names));
  const leftOut = usage.data?.data.items_left_out;

  const { items, collectionProps, paginationProps } = useCollection(rows, {
    sorting: { defaultState: { sortingColumn: { sortingField: 'calls' }, isDescending: true } },
    pagination: { pageSize: ROWS_A_PAGE },
  });

  const columns: TableProps.ColumnDefinition<Row>[] = [
    {
      id: 'name',
      header: group.text,
      sortingField: 'name',
      isRowHeader: true,
      minWidth: 140,
      cell: ({ value, name }) =>
        value === OTHER_TOOLS ? (
          'Other tools'
        ) : (
          <PageLink to={linkToLog(address, { [group.filter]: value })}>{name}</PageLink>
        ),
    },
    ...COUNTS.map(([field, header]) => ({
      id: field,
      header,
      sortingField: field,
      cell: (row: Row) => countText(row[field]),
    })),
    { id: 'p50', header: 'Half within', sortingField: 'p50', cell: ({ p50 }) => durationText(p50) },
    { id: 'p95', header: '95 % within', sortingField: 'p95', cell: ({ p95 }) => durationText(p95) },
  ];

  return (
    <SpaceBetween size="s">
      <ErrorAlert title="The usage could not be loaded" error={usage.error} onRetry={retry} />
      <Table
        {...TABLE}
        {...collectionProps}
        items={items}
        trackBy="value"
        columnDefinitions={columns}
        loading={usage.isPending}
        loadingText={waiting}
        ariaLabels={{ tableLabel: title }}
        renderAriaLive={({ firstIndex, lastIndex, totalItemsCount }) =>
          `${title}: ${firstIndex} to ${lastIndex} of ${totalItemsCount}`
        }
        header={
          <Header
            variant="h2"
            counter={usage.data && `(${countText(rows.length + (leftOut ?? 0))})`}
            description={
              leftOut !== undefined && `Those with most calls; ${countText(leftOut)} others are left out`
            }
            actions={
              <SegmentedControl
                label="Usage by"
                selectedId={group.id}
                options={GROUPS.map(({ id, text }) => ({ id, text }))}
                onChange={({ detail }) => change({ by: detail.selectedId })}
              />
            }
          >
            Usage
          </Header>
        }
        pagination={
          rows.length > ROWS_A_PAGE && (
            <Pagination
              {...paginationProps}
              ariaLabels={{
                nextPageLabel: 'Next page of usage',
                previousPageLabel: 'Previous page of usage',
                pageLabel: (page) => `Page ${page} of usage`,
              }}
            />
          )
        }
        empty={
          usage.data && (
            <Box textAlign="center" color="inherit">
              {group.id === 'tool' ? 'No tool was called in this time.' : 'No requests in this time.'}
            </Box>
          )
        }
      />
    </SpaceBetween>
  );
}

const COUNTS = [
  ['calls', 'Calls'],
  ['refused', 'Refused'],
  ['wouldBeRefused', 'Would be refused'],
  ['failed', 'Failed'],
] as const;

function rowOf(
  row: Schemas['UsageRow'],
  filter: (typeof GROUPS)[number]['filter'],
  names: ReadonlyMap<string, string> | undefined,
): Row {
  const value = row[filter] ?? '';
  return {
    value,
    name: value === 'anonymous' ? ANONYMOUS_WORD : (names?.get(value) ?? value),
    calls: row.calls,
    refused: row.outcomes.refused,
    wouldBeRefused: row.outcomes.would_be_refused,
    failed: row.outcomes.upstream_error + row.outcomes.gateway_error,
    p50: row.p50_ms,
    p95: row.p95_ms,
  };
}

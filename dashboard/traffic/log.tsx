import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useQueryClient } from '@tanstack/react-query';
import { useKeyNames, useServerNames } from '../api/all-rows.ts';
import { useAnswer } from '../api/answers.ts';
import { useAddress } from '../parts/address.ts';
import { ExportButton } from '../parts/export-button.tsx';
import { useIsNarrow } from '../parts/narrow.ts';
import { PagedTable, problemIn } from '../parts/paged-table.tsx';
import { useRows } from '../parts/rows.ts';
import type { TimeRange } from '../parts/time-range.tsx';
import { OUTCOME_WORDS } from '../parts/words.ts';
import { FollowStatus } from './follow-status.tsx';
import { MAX_FOLLOWED, merged, useFollowedRows } from './followed-log.ts';
import { logColumns } from './log-columns.tsx';
import { logFilters, logQueryOf } from './log-query.ts';
import { NoRequests } from './no-requests.tsx';

/** The requests, newest first: filtered by the address, and followed while it says `live`. */
export function Log({ range }: { readonly range: TimeRange }) {
  const [address, change] = useAddress();
  const queries = useQueryClient();
  const names = { keys: useKeyNames(), servers: useServerNames() };
  const tools = useAnswer('getUsage', { query: { group_by: 'tool', ...range } });
  const filters = logFilters({
    ...names,
    tools: (tools.data?.data.items ?? []).flatMap(({ tool }) => (tool === undefined ? [] : [tool])),
  });
  const query = logQueryOf(address, range);
  const isWrong = problemIn(address, filters) !== undefined;

  const isPast = query.to !== undefined && Date.parse(query.to) < Date.now();
  const isLive = address.get('live') === '1' && !isPast && !isWrong;
  const pages = useRows('listLogs', query, { enabled: !isWrong, isKept: isLive });
  const followed = useFollowedRows(query, pages.data?.pages[0]?.answeredAt, isLive);
  const read = (pages.data?.pages ?? []).flatMap(({ items }) => items);
  const rows = merged(followed.data?.rows ?? [], read).slice(0, isLive ? MAX_FOLLOWED : undefined);

  const follow = (isOn: boolean) => {
    change({ live: isOn ? '1' : undefined });
    // What came meanwhile is part of the pages from now on.
    if (!isOn) void queries.invalidateQueries({ queryKey: ['listLogs', query, 'rows'] });
  };

  return (
    <PagedTable
      what="requests"
      title="Log"
      description="Each request to an MCP server, newest first"
      rows={rows}
      pages={pages}
      columns={logColumns(names, address, useIsNarrow())}
      filters={filters}
      actions={
        <SpaceBetween direction="horizontal" size="m" alignItems="center">
          <Toggle
            checked={isLive}
            disabled={isPast || isWrong}
            onChange={({ detail }) => follow(detail.checked)}
          >
            Follow live
          </Toggle>
          <ExportButton name="portcullis-log" operation="listLogs" query={query} disabled={isWrong} />
        </SpaceBetween>
      }
      aboveFilters={
        <SegmentedControl
          label="Outcome"
          selectedId={address.get('outcome') ?? ALL}
          options={[
            { id: ALL, text: 'All' },
            { id: 'refused', text: OUTCOME_WORDS.refused },
            { id: 'would_be_refused', text: OUTCOME_WORDS.would_be_refused },
          ]}
          onChange={({ detail }) =>
            change({ outcome: detail.selectedId === ALL ? undefined : detail.selectedId })
          }
        />
      }
      belowFilters={
        <FollowStatus
          isLive={isLive}
          isPast={isPast}
          arrived={followed.data?.arrived ?? 0}
          failure={followed.error}
        />
      }
      empty={<NoRequests />}
    />
  );
}

const ALL = 'all';

import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import LiveRegion from '@cloudscape-design/components/live-region';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import Toggle from '@cloudscape-design/components/toggle';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import { isPortcullisError } from '../../client/index.ts';
import { useAnswer } from '../api/answers.ts';
import { useKeyNames, useServerNames } from '../api/names.ts';
import { usePortcullis } from '../api/session.tsx';
import { useAddress } from '../parts/address.ts';
import { AddressFilter } from '../parts/address-filter.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { ExportButton } from '../parts/export-button.tsx';
import { useRetry } from '../parts/retry.ts';
import { useRows } from '../parts/rows.ts';
import type { TimeRange } from '../parts/time-range.tsx';
import { OUTCOME_WORDS } from '../parts/words.ts';
import { PageLink } from '../shell/navigation.tsx';
import { MAX_FOLLOWED, merged, useFollowedRows } from './followed-log.ts';
import { logColumns } from './log-columns.tsx';
import { LOG_ANCHOR } from './log-link.ts';
import { isFiltered, LOG_FILTER_KEYS, logFilters, logQueryOf } from './log-query.ts';
import { countText } from './numbers.ts';

const PAGE = 50;

/** The requests, newest first: filtered by the address, and followed while it says `live`. */
export function Log({ range }: { readonly range: TimeRange }) {
  const [address, change] = useAddress();
  const portcullis = usePortcullis();
  const retry = useRetry();
  const queries = useQueryClient();
  const names = { keys: useKeyNames(), servers: useServerNames() };
  const tools = useAnswer('getUsage', { query: { group_by: 'tool', ...range } });
  const filters = logFilters({
    ...names,
    tools: (tools.data?.data.items ?? []).flatMap(({ tool }) => (tool === undefined ? [] : [tool])),
  });
  const { query, problem } = logQueryOf(address, filters, range);

  const isPast = query.to !== undefined && Date.parse(query.to) < Date.now();
  const isLive = address.get('live') === '1' && !isPast;
  const pages = useRows({
    key: ['listLogs', query],
    enabled: problem === undefined,
    isKept: isLive,
    page: (cursor, signal) =>
      portcullis.request('listLogs', { query: { ...query, cursor, limit: PAGE }, signal }),
  });
  const followed = useFollowedRows(query, pages.data?.pages[0]?.answeredAt, isLive);
  const read = (pages.data?.pages ?? []).flatMap(({ items }) => items);
  const rows = merged(followed.data?.rows ?? [], read).slice(0, isLive ? MAX_FOLLOWED : undefined);

  const follow = (isOn: boolean) => {
    change({ live: isOn ? '1' : undefined });
    // What came meanwhile is part of the pages from now on.
    if (!isOn) void queries.invalidateQueries({ queryKey: ['listLogs', query, 'rows'] });
  };

  // What the gateway says of the filters is told beside them.
  const told = isPortcullisError(pages.error, 'HTTP_BadRequest') ? pages.error.errors.join('; ') : undefined;
  const outcome = address.get('outcome');
  return (
    <SpaceBetween size="s">
      <Anchor />
      {told === undefined && (
        <ErrorAlert
          title={read.length === 0 ? 'The log could not be loaded' : 'Older requests could not be loaded'}
          error={pages.error}
          onRetry={read.length === 0 ? retry : () => void pages.fetchNextPage()}
        />
      )}
      {isLive && followed.error !== null && (
        <Alert type="warning" header="The log is not followed at the moment">
          {followed.error.message} It is asked again every few seconds.
        </Alert>
      )}
      <Table
        items={rows}
        trackBy="id"
        columnDefinitions={logColumns(names, address)}
        wrapLines
        stickyHeader
        stripedRows
        enableKeyboardNavigation
        loading={pages.isLoading}
        loadingText="Loading the log"
        ariaLabels={{ tableLabel: 'Log of requests' }}
        header={
          <Header
            variant="h2"
            description="Each request to an MCP server, newest first"
            actions={
              <SpaceBetween direction="horizontal" size="m" alignItems="center">
                <Toggle checked={isLive} disabled={isPast} onChange={({ detail }) => follow(detail.checked)}>
                  Follow live
                </Toggle>
                <ExportButton
                  name="portcullis-log"
                  pieces={(format, signal) => portcullis.export('listLogs', format, { query, signal })}
                  disabled={problem !== undefined}
                />
                <Button
                  iconName="refresh"
                  ariaLabel="Refresh the log"
                  loading={pages.isRefetching}
                  disabled={isLive || problem !== undefined}
                  disabledReason={isLive ? 'It is followed live' : undefined}
                  onClick={() => void pages.refetch()}
                />
              </SpaceBetween>
            }
          >
            Log
          </Header>
        }
        filter={
          <SpaceBetween size="xs">
            <SegmentedControl
              label="Outcome"
              selectedId={outcome ?? ALL}
              options={[
                { id: ALL, text: 'All' },
                { id: 'refused', text: OUTCOME_WORDS.refused },
                { id: 'would_be_refused', text: OUTCOME_WORDS.would_be_refused },
              ]}
              onChange={({ detail }) =>
                change({ outcome: detail.selectedId === ALL ? undefined : detail.selectedId })
              }
            />
            <AddressFilter properties={filters} label="Filter the log" problem={problem ?? told} />
            <LiveRegion>
              {isLive && (
                <Box color="text-body-secondary">
                  Following: {followed.data?.arrived ? countText(followed.data.arrived) : 'no'} new{' '}
                  {followed.data?.arrived === 1 ? 'request' : 'requests'} so far.
                </Box>
              )}
              {isPast && <Box color="text-body-secondary">A time that is over cannot be followed.</Box>}
            </LiveRegion>
          </SpaceBetween>
        }
        empty={
          isFiltered(address) ? (
            <Box textAlign="center" color="inherit">
              <SpaceBetween size="s">
                <b>{pages.hasNextPage ? 'Nothing found so far' : 'No request matches'}</b>
                <Button
                  onClick={() => change(Object.fromEntries(LOG_FILTER_KEYS.map((key) => [key, undefined])))}
                >
                  Clear the filters
                </Button>
              </SpaceBetween>
            </Box>
          ) : (
            <Box textAlign="center" color="inherit">
              <b>No requests in this time</b>
              <Box variant="p" color="inherit">
                Connect a client to one of <PageLink to="/servers">the MCP servers</PageLink>, or choose
                another time.
              </Box>
            </Box>
          )
        }
        footer={
          pages.hasNextPage && (
            <Box textAlign="center">
              <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                {read.length === 0 ? 'Look further back' : 'Load older requests'}
              </Button>
            </Box>
          )
        }
      />
    </SpaceBetween>
  );
}

const ALL = 'all';

/** A link to the log leads to it, for the eye and for the keyboard. */
function Anchor() {
  const place = useRef<HTMLDivElement>(null);
  const { hash, key } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time that it is gone to
  useEffect(() => {
    if (hash !== `#${LOG_ANCHOR}`) return;
    place.current?.scrollIntoView();
    place.current?.focus({ preventScroll: true });
  }, [hash, key]);
  return <div id={LOG_ANCHOR} ref={place} tabIndex={-1} />;
}

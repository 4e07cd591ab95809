import { useCollection } from '@cloudscape-design/collection-hooks';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useQuery } from '@tanstack/react-query';
import { useHref, useSearchParams } from 'react-router';
import type { Row } from '../../client/index.ts';
import { usePortcullis, useSession } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { useFollow } from '../shell/navigation.tsx';
import { SERVER_COLUMNS } from './server-columns.tsx';

/** The MCP servers behind the gate. */
export const Component = () => (
  <NeedsScope scope="servers:manage" to="see the MCP servers">
    <Servers />
  </NeedsScope>
);

const NONE: readonly Row<'listMcpServers'>[] = [];
const ROWS_A_PAGE = 20;

function Servers() {
  const { data: servers, error, isPending, isFetching, refetch } = useServers();
  const [search, setSearch] = useSearchParams();
  const filter = search.get('filter') ?? '';
  const setFilter = (text: string) => setSearch(text === '' ? {} : { filter: text }, { replace: true });

  const matching = (servers ?? NONE).filter(({ name, upstream, id }) =>
    [name, upstream.url, id].some((text) => text.toLowerCase().includes(filter.toLowerCase())),
  );
  const { items, collectionProps, paginationProps } = useCollection(matching, {
    sorting: { defaultState: { sortingColumn: { sortingField: 'name' } } },
    pagination: { pageSize: ROWS_A_PAGE },
  });

  if (error !== null && servers === undefined) {
    return <ErrorAlert title="The MCP servers could not be loaded" error={error} onRetry={refetch} />;
  }
  return (
    <SpaceBetween size="m">
      <HeldToSome />
      <ErrorAlert title="The MCP servers could not be loaded again" error={error} onRetry={refetch} />
      <Table
        {...collectionProps}
        variant="full-page"
        items={items}
        columnDefinitions={SERVER_COLUMNS}
        trackBy="id"
        wrapLines
        stickyColumns={{ first: 1 }}
        loading={isPending}
        loadingText="Loading the MCP servers"
        ariaLabels={{ tableLabel: 'MCP servers' }}
        header={
          <Header
            variant="h1"
            counter={servers && `(${servers.length})`}
            description="What stands behind the gate. Clients call each by its own MCP URL."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  iconName="refresh"
                  ariaLabel="Refresh"
                  loading={isFetching}
                  loadingText="Refreshing"
                  onClick={() => refetch()}
                />
                <AddButton />
              </SpaceBetween>
            }
          >
            MCP servers
          </Header>
        }
        filter={
          <TextFilter
            filteringText={filter}
            filteringPlaceholder="Find by name, URL or ID"
            filteringAriaLabel="Find MCP servers"
            countText={filter === '' ? '' : `${matching.length} found`}
            onChange={({ detail }) => setFilter(detail.filteringText)}
          />
        }
        pagination={matching.length > ROWS_A_PAGE && <Pagination {...paginationProps} />}
        empty={
          <Box textAlign="center" padding="l">
            <SpaceBetween size="m">
              {filter === '' ? (
                <>
                  <Box variant="h2">No MCP servers yet</Box>
                  <Box color="text-body-secondary">
                    Add one to give it an address that can be gated, and see who calls it.
                  </Box>
                  <AddButton />
                </>
              ) : (
                <>
                  <Box variant="h2">Nothing found</Box>
                  <Box color="text-body-secondary">No server has this in its name, URL or ID.</Box>
                  <Button onClick={() => setFilter('')}>Clear the filter</Button>
                </>
              )}
            </SpaceBetween>
          </Box>
        }
      />
    </SpaceBetween>
  );
}

function useServers() {
  const portcullis = usePortcullis();
  return useQuery({
    queryKey: ['listMcpServers', 'all'],
    queryFn: async ({ signal }) => {
      const servers: Row<'listMcpServers'>[] = [];
      const rows = portcullis.paginate('listMcpServers', { query: { limit: 100 }, signal });
      for await (const server of rows) servers.push(server);
      return servers;
    },
  });
}

function AddButton() {
  const isHeld = useSession().apiKey.mcp_server_ids !== null;
  return (
    <Button
      variant="primary"
      href={useHref('/servers/add')}
      onFollow={useFollow()}
      disabled={isHeld}
      disabledReason="Your key is held to some servers, and cannot add others"
    >
      Add server
    </Button>
  );
}

/** Why there are fewer servers than others see. */
function HeldToSome() {
  const { mcp_server_ids } = useSession().apiKey;
  return (
    mcp_server_ids !== null && (
      <Alert type="info">Your key is held to some servers of the project. The others are not shown.</Alert>
    )
  );
}

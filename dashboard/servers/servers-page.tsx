import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useHref, useSearchParams } from 'react-router';
import { useAllRows } from '../api/all-rows.ts';
import { useSession } from '../api/session.tsx';
import { ListTable } from '../parts/list-table.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { useFollow } from '../shell/navigation.tsx';
import { SERVER_COLUMNS } from './server-columns.tsx';

/** The MCP servers behind the gate. */
export const Component = () => (
  <NeedsScope scope="servers:manage" to="see the MCP servers" page="MCP servers">
    <Servers />
  </NeedsScope>
);

function Servers() {
  const servers = useAllRows('listMcpServers');
  const [search, setSearch] = useSearchParams();
  const filter = search.get('filter') ?? '';
  const setFilter = (text: string) => setSearch(text === '' ? {} : { filter: text }, { replace: true });

  const all = servers.data ?? [];
  const matching = all.filter(({ name, upstream, id }) =>
    [name, upstream.url, id].some((text) => text.toLowerCase().includes(filter.toLowerCase())),
  );
  return (
    <SpaceBetween size="m">
      <HeldToSome />
      <ListTable
        title="MCP servers"
        description="What stands behind the gate. Clients call each by its own MCP URL."
        operation="listMcpServers"
        read={servers}
        all={all.length}
        matching={matching}
        columns={SERVER_COLUMNS}
        add={<AddButton />}
        filter={
          <TextFilter
            filteringText={filter}
            filteringPlaceholder="Filter by name, URL or ID"
            filteringAriaLabel="Filter the MCP servers"
            countText={filter === '' ? '' : `${matching.length} found`}
            onChange={({ detail }) => setFilter(detail.filteringText)}
          />
        }
        empty={
          filter === '' ? (
            <SpaceBetween size="m">
              <b>No MCP servers yet</b>
              <Box color="text-body-secondary">
                Add one to give it an address that can be gated, and see who calls it.
              </Box>
              <AddButton />
            </SpaceBetween>
          ) : (
            <SpaceBetween size="m">
              <b>No server has this in its name, URL or ID</b>
              <Button onClick={() => setFilter('')}>Clear the filter</Button>
            </SpaceBetween>
          )
        }
      />
    </SpaceBetween>
  );
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

import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Schemas } from '../../client/index.ts';
import { useAllRows } from '../api/all-rows.ts';
import { hasScope } from '../api/session.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { useWhyNot } from '../parts/needs-scope.tsx';
import { ClientConfigurations } from '../servers/client-configurations.tsx';
import { PageLink } from '../shell/navigation.tsx';
import type { Key } from './key.ts';

/** What to paste into a client for a new key, which stands in it in memory alone. */
export function KeyConnections({ created }: { readonly created: Key }) {
  const whyNot = useWhyNot('servers:manage');
  const servers = useAllRows('listMcpServers');
  const { scopes, mcp_server_ids } = created;
  if (!hasScope(scopes, 'mcp:invoke')) {
    return <Box>The key does not have the scope mcp:invoke: it calls no MCP server.</Box>;
  }
  if (whyNot !== undefined) {
    return (
      <Box>
        {whyNot}, which shows the configurations. Send the key as x-api-key, or as Authorization: Bearer.
      </Box>
    );
  }
  return (
    <Loaded what="MCP servers" answer={servers}>
      {(all) => (
        <ToServers
          apiKey={created.key}
          servers={all.filter(({ id }) => mcp_server_ids === null || mcp_server_ids.includes(id))}
        />
      )}
    </Loaded>
  );
}

function ToServers({
  apiKey,
  servers,
}: {
  readonly apiKey: string;
  readonly servers: readonly Schemas['McpServer'][];
}) {
  const [chosen, setChosen] = useState<string>();
  const options = servers.map(({ id, name }) => ({ value: id, label: name }));
  const option = options.find(({ value }) => value === chosen) ?? (options.length === 1 ? options[0] : null);
  if (options.length === 0) {
    return (
      <Box>
        There is no MCP server to connect to. <PageLink to="/servers">Add one</PageLink> first.
      </Box>
    );
  }
  return (
    <SpaceBetween size="m">
      <FormField label="MCP server">
        <Select
          placeholder="Choose a server"
          options={options}
          selectedOption={option ?? null}
          onChange={({ detail }) => setChosen(detail.selectedOption.value)}
          filteringType={options.length > 10 ? 'auto' : 'none'}
        />
      </FormField>
      {option && <ClientConfigurations serverId={option.value} apiKey={apiKey} />}
    </SpaceBetween>
  );
}

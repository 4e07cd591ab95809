import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useServerNames } from '../api/all-rows.ts';
import { useWhyNot } from '../parts/needs-scope.tsx';
import { ClientConfigurations } from '../servers/client-configurations.tsx';
import { PageLink } from '../shell/navigation.tsx';
import type { Key } from './key.ts';

/** What to paste into a client for a new key, which stands in it in memory alone. */
export function KeyConnections({ created: { key, scopes, mcp_server_ids } }: { readonly created: Key }) {
  const whyNot = useWhyNot('servers:manage');
  const names = useServerNames();
  const [chosen, setChosen] = useState<string>();
  const options = [...names]
    .filter(([id]) => mcp_server_ids === null || mcp_server_ids.includes(id))
    .map(([value, label]) => ({ value, label }));
  const option = options.find(({ value }) => value === chosen) ?? (options.length === 1 ? options[0] : null);

  if (!scopes.includes('*') && !scopes.includes('mcp:invoke')) {
    return <Box>The key has not the scope mcp:invoke: it calls no MCP server.</Box>;
  }
  if (whyNot !== undefined) {
    return (
      <Box>
        {whyNot}, which shows the configurations. Send the key as x-api-key, or as Authorization: Bearer.
      </Box>
    );
  }
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
      {option && <ClientConfigurations serverId={option.value} apiKey={key} />}
    </SpaceBetween>
  );
}

import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useAnswer } from '../api/answers.ts';
import { Loaded } from '../parts/loaded.tsx';
import { ClientConfiguration } from './client-configuration.tsx';

/**
 * What to paste into each MCP client, a tab for each.
 * @param apiKey stands where its placeholder was; left out: the placeholder stays
 * @param first the client that is looked at first
 * @param onLook is told which one is looked at from now on
 */
export function ClientConfigurations({
  serverId,
  apiKey,
  first,
  onLook,
}: {
  readonly serverId: string;
  readonly apiKey?: string;
  readonly first?: string | null;
  readonly onLook?: (client: string) => void;
}) {
  const [client, setClient] = useState(first);
  return (
    <Loaded what="configurations" answer={useAnswer('listClientConfigurations', { path: { id: serverId } })}>
      {({ data: { items } }) => (
        <Tabs
          ariaLabel="MCP clients"
          activeTabId={(items.find((item) => item.client === client) ?? items[0])?.client}
          onChange={({ detail }) => {
            setClient(detail.activeTabId);
            onLook?.(detail.activeTabId);
          }}
          tabs={items.map((item) => ({
            id: item.client,
            // What it is for stands in its content: a label is one of many.
            label: item.title.replace(/ \(.*\)$/, ''),
            content: <ClientConfiguration configuration={item} apiKey={apiKey} />,
          }))}
        />
      )}
    </Loaded>
  );
}

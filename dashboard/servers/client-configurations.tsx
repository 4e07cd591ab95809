import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useAnswer } from '../api/answers.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/loading.tsx';
import { ClientConfiguration } from './client-configuration.tsx';

interface Connecting {
  readonly serverId: string;
  /** Stands where its placeholder was; left out: the placeholder stays. */
  readonly apiKey?: string;
}

/** What to paste into each MCP client, a tab for each. For use inside other pages. */
export function ClientConfigurations(connecting: Connecting) {
  const [client, setClient] = useState<string>();
  return <ClientTabs {...connecting} client={client} onChange={setClient} />;
}

/** The same on a page of its own, whose address has the client that is looked at: `?client=cursor`. */
export function AddressedClientConfigurations(connecting: Connecting) {
  const [search, setSearch] = useSearchParams();
  const change = (client: string) =>
    setSearch(
      (parameters) => {
        parameters.set('client', client);
        return parameters;
      },
      { replace: true },
    );
  return <ClientTabs {...connecting} client={search.get('client') ?? undefined} onChange={change} />;
}

function ClientTabs({
  serverId,
  apiKey,
  client,
  onChange,
}: Connecting & {
  readonly client: string | undefined;
  readonly onChange: (client: string) => void;
}) {
  const { data, error, refetch } = useAnswer('listClientConfigurations', { path: { id: serverId } });
  if (error !== null) {
    return <ErrorAlert title="The configurations could not be loaded" error={error} onRetry={refetch} />;
  }
  if (data === undefined) return <Loading what="Loading the configurations" />;

  const { items } = data.data;
  const shown = items.find((item) => item.client === client) ?? items[0];
  return (
    <Tabs
      ariaLabel="MCP clients"
      activeTabId={shown?.client}
      onChange={({ detail }) => onChange(detail.activeTabId)}
      tabs={items.map((item) => ({
        id: item.client,
        // What it is for stands in its content: a label is one of many.
        label: item.title.replace(/ \(.*\)$/, ''),
        content: <ClientConfiguration configuration={item} apiKey={apiKey} />,
      }))}
    />
  );
}

import { useAnswer } from '../api/answers.ts';
import { Loading } from '../parts/loading.tsx';

/**
 * What to paste into each MCP client, a tab for each.
 * @param apiKey stands in it where its placeholder was; left out: the placeholder stays
 */
export function ClientConfigurations({ serverId }: { readonly serverId: string; readonly apiKey?: string }) {
  const clients = useAnswer('listClientConfigurations', { path: { id: serverId } });
  return clients.data === undefined ? <Loading /> : <pre>{clients.data.data.items[0]?.content}</pre>;
}

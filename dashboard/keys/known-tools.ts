import { useAllRows } from '../api/all-rows.ts';

/**
 * The tools that the gateway has found, to choose from; nobody is held to them.
 * @param serverIds the servers that matter; `null`, and as long as none is chosen: all
 */
export function useKnownTools(serverIds: readonly string[] | null): readonly string[] {
  const servers = useAllRows('listMcpServers');
  const tools = (servers.data ?? [])
    .filter(({ id }) => serverIds === null || serverIds.length === 0 || serverIds.includes(id))
    .flatMap(({ probe, allowed_tools }) => allowed_tools ?? (probe.status === 'ok' ? probe.tools : []));
  return [...new Set(tools)].sort();
}

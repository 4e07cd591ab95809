import { useQuery } from '@tanstack/react-query';
import { type Scope, useMay, usePortcullis } from './session.tsx';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** @returns the names by the ids; empty for who may not list them, and reads the ids instead */
function useNames(list: 'listMcpServers' | 'listApiKeys', scope: Scope): ReadonlyMap<string, string> {
  const portcullis = usePortcullis();
  const may = useMay(scope);
  const { data } = useQuery({
    queryKey: [list, 'names'],
    enabled: may,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const page = { query: { limit: 100 }, signal };
      const rows: AsyncIterable<Named> =
        list === 'listApiKeys'
          ? portcullis.paginate('listApiKeys', page)
          : portcullis.paginate('listMcpServers', page);
      const names = new Map<string, string>();
      for await (const { id, name } of rows) names.set(id, name);
      return names;
    },
  });
  return data ?? NONE;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** What the MCP servers of the project are called, by their ids. Without the scope `servers:manage` it is empty. */
export const useServerNames = (): ReadonlyMap<string, string> => useNames('listMcpServers', 'servers:manage');
/** What the API keys of the project are called, by their ids. Without the scope `keys:manage` it is empty. */
export const useKeyNames = (): ReadonlyMap<string, string> => useNames('listApiKeys', 'keys:manage');

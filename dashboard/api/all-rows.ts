import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../../client/index.ts';
import { useMay, usePortcullis } from './session.tsx';

/** The lists that are short enough to be read whole, and the scope that each needs. */
const SCOPES = { listApiKeys: 'keys:manage', listMcpServers: 'servers:manage' } as const;
interface Rows {
  readonly listApiKeys: Schemas['ApiKey'];
  readonly listMcpServers: Schemas['McpServer'];
}
type List = keyof Rows;

/** Every row of a list, revoked keys too. Who may not list it is given none. */
export const useAllRows = <Id extends List>(list: Id) => useQuery(useReading(list));

/** @returns the names by the ids; empty for who may not list them, and reads the ids instead */
function useNames(list: List): ReadonlyMap<string, string> {
  const { data } = useQuery({ ...useReading<List>(list), select: namesOf, staleTime: 60_000 });
  return data ?? NONE;
}

const namesOf = (rows: readonly Rows[List][]) => new Map(rows.map(({ id, name }) => [id, name]));
const NONE: ReadonlyMap<string, string> = new Map();

function useReading<Id extends List>(list: Id) {
  const portcullis = usePortcullis();
  return {
    queryKey: [list, 'all'],
    enabled: useMay(SCOPES[list]),
    queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<readonly Rows[Id][]> => {
      const rows: Rows[Id][] = [];
      for await (const row of portcullis.paginate<List>(list, { query: { limit: 100 }, signal })) {
        rows.push(row as Rows[Id]);
      }
      return rows;
    },
  };
}

/** What the MCP servers of the project are called, by their ids. Without the scope `servers:manage` it is empty. */
export const useServerNames = (): ReadonlyMap<string, string> => useNames('listMcpServers');
/** What the API keys of the project are called, by their ids. Without the scope `keys:manage` it is empty. */
export const useKeyNames = (): ReadonlyMap<string, string> => useNames('listApiKeys');

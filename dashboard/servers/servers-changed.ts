import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { OperationId } from '../../client/index.ts';

const ABOUT_SERVERS = [
  'getMcpServer',
  'listMcpServers',
  'listClientConfigurations',
] as const satisfies readonly OperationId[];

/** @returns what is to be called after a change of a server: all that is shown of servers is asked for anew */
export function useServersChanged(): () => Promise<unknown> {
  const queries = useQueryClient();
  return useCallback(
    () => Promise.all(ABOUT_SERVERS.map((operation) => queries.invalidateQueries({ queryKey: [operation] }))),
    [queries],
  );
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { isPortcullisError } from '../../client/index.ts';
import { useMay, usePortcullis, useSessions } from '../api/session.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import type { Changes, ReadSettings } from './draft.ts';

/** Saves changes of what was read, and nothing else: who came first is not overwritten. */
export function useSave(
  base: ReadSettings,
  reload: () => Promise<unknown>,
  onSaved: (saved: ReadSettings, sent: Changes) => void,
) {
  const portcullis = usePortcullis();
  const { refresh } = useSessions();
  const queries = useQueryClient();
  const showMessage = useShowMessage();
  const mayReadLogs = useMay('logs:read');
  return useMutation({
    mutationFn: (changes: Changes) =>
      portcullis.request('updateProjectConfig', { body: changes, headers: { 'if-match': base.etag } }),
    // What was read before it is older than its answer.
    onMutate: () => queries.cancelQueries({ queryKey: ['getProjectConfig'] }),
    onSuccess: ({ data, headers }, changes) => {
      const answer = { data, headers, status: 200, requestId: headers.get('x-request-id') ?? '' };
      queries.setQueryData(['getProjectConfig', {}], answer);
      onSaved({ settings: data, etag: headers.get('etag') ?? '' }, changes);
      // Whatever else is saved is told at its field: a message would push that out of view.
      if (changes.require_mcp_api_key !== undefined) {
        showMessage({
          type: 'success',
          header: changes.require_mcp_api_key
            ? 'The gate is up: every MCP request needs an API key of this project'
            : 'The gate is down: MCP requests need no API key',
        });
      }
      if (mayReadLogs) queries.invalidateQueries({ queryKey: ['getReadiness'] });
      // The page's head has the project's name.
      if (changes.display_name !== undefined) refresh().catch(() => {});
    },
    onError: (error) => (isPortcullisError(error, 'HTTP_Conflict') ? reload() : undefined),
  });
}

import Alert from '@cloudscape-design/components/alert';
import type { ReactNode } from 'react';
import { useSession } from '../api/session.tsx';

/** Shows what speaks of all MCP servers of the project; to a key that is held to some of them, why it does not. */
export function NeedsEveryServer({
  what,
  children,
}: {
  readonly what: string;
  readonly children: ReactNode;
}) {
  const { apiKey } = useSession();
  if (apiKey.mcp_server_ids === null) return children;
  const count = apiKey.mcp_server_ids.length;
  return (
    <Alert type="info" header={`Your key may not see ${what}`}>
      It speaks of every MCP server of the project, and the key {apiKey.name} ({apiKey.key}) is held to{' '}
      {count === 1 ? 'one of them' : `${count} of them`}. Sign in with a key that is not.
    </Alert>
  );
}

import Alert from '@cloudscape-design/components/alert';
import type { ReactNode } from 'react';
import { type Scope, useMay, useSession } from '../api/session.tsx';
import { Page } from './page.tsx';
import { scopeName } from './words.ts';

/**
 * Shows what a scope allows; without it, why it is not shown.
 * @param to what it is for, as in "see the API keys"
 * @param page the heading of a page that has none without the scope
 * @param ofEveryServer whether it is for all MCP servers of the project: a key that is held to some is not shown it
 */
export function NeedsScope({
  scope,
  to,
  page,
  ofEveryServer = false,
  children,
}: {
  readonly scope: Scope;
  readonly to: string;
  readonly page?: string;
  readonly ofEveryServer?: boolean;
  readonly children: ReactNode;
}) {
  const may = useMay(scope);
  const { name, key, scopes, mcp_server_ids } = useSession().apiKey;
  if (may && (!ofEveryServer || mcp_server_ids === null)) return children;
  const held = mcp_server_ids?.length === 1 ? 'one of them' : `${mcp_server_ids?.length} of them`;
  const notice = (
    <Alert type="info" header={`Your key may not ${to}`}>
      {may ? (
        <>
          It needs a key for every MCP server of the project, and <bdi>{name}</bdi> ({key}) is held to {held}.
          Sign in with a key that is not.
        </>
      ) : (
        <>
          It needs the scope <b>{scope}</b>. The key <bdi>{name}</bdi> ({key}) has{' '}
          {scopes.map(scopeName).join(', ') || 'none'}.
        </>
      )}
    </Alert>
  );
  return page === undefined ? notice : <Page title={page}>{notice}</Page>;
}

/** Why a button of a page is off; undefined: it is on. */
export function useWhyNot(scope: Scope): string | undefined {
  return useMay(scope) ? undefined : `Your key does not have the scope ${scope}`;
}

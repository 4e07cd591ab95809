import Alert from '@cloudscape-design/components/alert';
import type { ReactNode } from 'react';
import { type Scope, useMay, useSession } from '../api/session.tsx';

/** Shows what a scope allows; without it, why it is not shown. @param to what it is for, as in "to see the API keys" */
export function NeedsScope({
  scope,
  to,
  children,
}: {
  readonly scope: Scope;
  readonly to: string;
  readonly children: ReactNode;
}) {
  const may = useMay(scope);
  const { apiKey } = useSession();
  if (may) return children;
  return (
    <Alert type="info" header={`Your key may not ${to}`}>
      It needs the scope <b>{scope}</b>. The key {apiKey.name} ({apiKey.key}) has {apiKey.scopes.join(', ')}.
    </Alert>
  );
}

/** Why a button of a page is off; undefined: it is on. */
export function useWhyNot(scope: Scope): string | undefined {
  return useMay(scope) ? undefined : `Your key does not have the scope ${scope}`;
}

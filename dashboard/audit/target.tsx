import { KeyName, ServerName } from '../parts/named.tsx';
import { PageLink } from '../shell/navigation.tsx';
import type { AuditRow } from './audit-words.ts';

/** What was changed, as it was called then; a link where there is a page of it still. */
export function Target({ target: { kind, id, name } }: { readonly target: AuditRow['target'] }) {
  switch (kind) {
    case 'config':
    case 'dismissal':
      return <PageLink to="/settings/security">Security</PageLink>;
    case 'api_key':
      return <KeyName id={id} name={name} />;
    case 'mcp_server':
      return <ServerName id={id} name={name} />;
    case 'project':
      return name ?? id;
  }
}

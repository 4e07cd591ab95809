import Box from '@cloudscape-design/components/box';
import { useKeyNames, useServerNames } from '../api/names.ts';
import { PageLink } from '../shell/navigation.tsx';
import type { AuditRow } from './audit-words.ts';

/** What was changed, as it was called then; a link where there is a page of it still. */
export function Target({ target: { kind, id, name } }: { readonly target: AuditRow['target'] }) {
  const [keys, servers] = [useKeyNames(), useServerNames()];
  const text = name ?? keys.get(id) ?? servers.get(id) ?? id;
  const page =
    kind === 'config'
      ? '/settings/security'
      : kind === 'api_key' && keys.has(id)
        ? '/keys'
        : kind === 'mcp_server' && servers.has(id)
          ? '/servers'
          : undefined;
  return (
    <Box display="block">
      {page === undefined ? text : <PageLink to={page}>{kind === 'config' ? 'Security' : text}</PageLink>}
    </Box>
  );
}

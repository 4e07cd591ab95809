import { useServerNames } from '../api/all-rows.ts';
import { PageLink } from '../shell/navigation.tsx';

/** The servers that a key is held to, each with a link to it. */
export function KeyServers({ ids }: { readonly ids: readonly string[] | null }) {
  const names = useServerNames();
  if (ids === null) return 'All';
  if (ids.length === 0) return 'None';
  return ids.map((id, at) => (
    <span key={id}>
      {at > 0 && ', '}
      <PageLink to={`/servers/${id}`}>{names.get(id) ?? id}</PageLink>
    </span>
  ));
}

import SpaceBetween from '@cloudscape-design/components/space-between';
import { PageLink } from '../shell/navigation.tsx';

/** From a key or server to what was called with it, and what was changed of it. @param filter of the log, by its id */
export const ActivityLinks = ({
  filter,
  id,
}: {
  readonly filter: 'api_key_id' | 'mcp_server_id';
  readonly id: string;
}) => (
  <SpaceBetween direction="horizontal" size="m">
    <PageLink to={`/traffic?${filter}=${id}`}>See its calls</PageLink>
    <PageLink to={`/audit?target_id=${id}`}>See its changes</PageLink>
  </SpaceBetween>
);

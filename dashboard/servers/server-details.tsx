import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import type { Schemas } from '../../client/index.ts';
import { Moment } from '../parts/moment.tsx';
import { McpUrl } from './mcp-url.tsx';

/** What is stored of a server. */
export function ServerDetails({ server }: { readonly server: Schemas['McpServer'] }) {
  const { upstream, allowed_tools, allowed_origins } = server;
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'MCP URL', value: <McpUrl url={server.mcp_url} /> },
        { label: 'URL of the server itself', value: upstream.url },
        { label: 'Upstream headers', value: <StoredHeaders names={Object.keys(upstream.headers)} /> },
        {
          label: 'Allowed tools',
          value: allowed_tools === null ? 'All tools' : listed(allowed_tools, 'None: no tool can be called'),
        },
        { label: 'Allowed origins', value: listed(allowed_origins, 'None') },
        { label: 'Added', value: <Moment at={server.created_at} /> },
        { label: 'Last changed', value: <Moment at={server.updated_at} /> },
        { label: 'ID', value: <Box variant="code">{server.id}</Box> },
      ]}
    />
  );
}

/** Their names: the values are secrets, shown to nobody. */
const StoredHeaders = ({ names }: { readonly names: readonly string[] }) =>
  names.length === 0 ? (
    'None'
  ) : (
    <>
      <Box variant="code">{names.join(', ')}</Box>
      <Box variant="small" color="text-body-secondary" display="block">
        Their values are stored encrypted.
      </Box>
    </>
  );

const listed = (texts: readonly string[], none: string): string => texts.join(', ') || none;

import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { Moment } from '../parts/moment.tsx';
import { type Key, standingOf } from './key.ts';
import { KeyServers } from './key-servers.tsx';
import { KeyStanding } from './key-standing.tsx';
import { SCOPES } from './scopes.ts';

/** All that is known of a key. */
export const KeyDetails = ({ shown }: { readonly shown: Key }) => (
  <KeyValuePairs
    columns={3}
    items={[
      { label: 'Status', value: <KeyStanding standing={standingOf(shown, Date.now())} /> },
      { label: 'Key', value: <Box variant="code">{shown.key}</Box> },
      { label: 'ID', value: <Box variant="code">{shown.id}</Box> },
      { label: 'Scopes', value: <ScopeList scopes={shown.scopes} /> },
      { label: 'MCP servers', value: <KeyServers ids={shown.mcp_server_ids} /> },
      { label: 'Tools', value: <ToolList tools={shown.allowed_tools} /> },
      { label: 'Created', value: <Moment at={shown.created_at} /> },
      { label: 'Last used', value: <Moment at={shown.last_used_at} /> },
      { label: 'Ends', value: <Moment at={shown.expires_at} /> },
    ]}
  />
);

const ScopeList = ({ scopes }: Pick<Key, 'scopes'>) =>
  scopes.length === 0
    ? 'None'
    : SCOPES.filter(({ scope }) => scopes.includes(scope)).map(({ scope, title }) => (
        <div key={scope}>
          {title} <Box variant="code">{scope}</Box>
        </div>
      ));

function ToolList({ tools }: { readonly tools: Key['allowed_tools'] }) {
  if (tools === null) return 'All';
  return tools.length === 0 ? 'None' : tools.join(', ');
}

import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Token from '@cloudscape-design/components/token';
import { PageLink } from '../shell/navigation.tsx';
import { type Probe, ProbeStatus, toolCount } from './probe-status.tsx';

/** So many are shown unasked: 200 would bury the page. */
const SHOWN_TOOLS = 12;

/** What the gateway found when it last connected to a server. @param editTo where its owner mends it */
export function ProbeFindings({ probe, editTo }: { readonly probe: Probe; readonly editTo: string }) {
  if (probe.status === 'failed') {
    return (
      <Alert type="warning" header="The gateway could not use this server">
        {probe.warning} It stays registered, and calls are relayed as soon as it answers. Mend the server and
        look again, or <PageLink to={editTo}>change its URL or headers</PageLink>.
      </Alert>
    );
  }
  const { server, tools } = probe;
  const left = probe.tool_count - tools.length;
  return (
    <SpaceBetween size="l">
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Status', value: <ProbeStatus probe={probe} /> },
          { label: 'Server', value: [server.name, server.version].filter(Boolean).join(' ') || '–' },
          { label: 'Protocol', value: `${probe.protocol_version} (${probe.protocol_era})` },
          { label: 'Answered within', value: `${Math.round(probe.duration_ms)} ms` },
        ]}
      />
      {tools.length === 0 ? (
        <Box color="text-body-secondary">The server lists no tools.</Box>
      ) : (
        <ExpandableSection headerText="Tools" defaultExpanded={tools.length <= SHOWN_TOOLS}>
          <SpaceBetween direction="horizontal" size="xs">
            {tools.map((tool) => (
              <Token key={tool} label={tool} readOnly />
            ))}
          </SpaceBetween>
          {left > 0 && <Box color="text-body-secondary">and {toolCount(left)} more</Box>}
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

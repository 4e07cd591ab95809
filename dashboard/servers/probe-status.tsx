import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Schemas } from '../../client/index.ts';

export type Probe = Schemas['McpServer']['probe'];

/** Whether the server could be used, in two words. */
export const ProbeStatus = ({ probe }: { readonly probe: Probe }) =>
  probe.status === 'ok' ? (
    <StatusIndicator type="success">{toolCount(probe.tool_count)}</StatusIndicator>
  ) : (
    <StatusIndicator type="warning">Not usable</StatusIndicator>
  );

export const toolCount = (count: number): string => `${count} tool${count === 1 ? '' : 's'}`;

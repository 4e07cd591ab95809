import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Schemas } from '../../client/index.ts';

export type Probe = Schemas['McpServer']['probe'];

/** Whether the server could be used, in two words. */
export const ProbeStatus = ({ probe }: { readonly probe: Probe }) => (
  <StatusIndicator type={probe.status === 'ok' ? 'success' : 'warning'}>{found(probe)}</StatusIndicator>
);

export const found = (probe: Probe): string =>
  probe.status === 'ok' ? toolCount(probe.tool_count) : 'Not usable';

export const toolCount = (count: number): string => `${count} tool${count === 1 ? '' : 's'}`;

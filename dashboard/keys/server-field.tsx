import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAllRows, useServerNames } from '../api/all-rows.ts';
import { AllOrChosen } from '../parts/all-or-chosen.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { useWaiting } from '../parts/loading.tsx';
import { useWhyNot } from '../parts/needs-scope.tsx';
import { useRetry } from '../parts/retry.ts';
import { ChosenField } from './chosen-field.tsx';
import type { Power } from './power.ts';

/** Which MCP servers a key may call and manage. */
export function ServerField({
  value,
  onChange,
  own,
  problem,
}: {
  readonly value: string[] | null;
  readonly onChange: (value: string[] | null) => void;
  readonly own: Power;
  readonly problem: string | undefined;
}) {
  const servers = useAllRows('listMcpServers');
  const retry = useRetry();
  const waiting = useWaiting('Loading the MCP servers', servers.isLoading);
  const names = useServerNames();
  const whyNotListed = useWhyNot('servers:manage');
  // The list may have ids of servers that are gone, or that who is signed in may not list.
  const ids = new Set([...(own.mcp_server_ids ?? names.keys()), ...(value ?? [])]);
  const options = [...ids].map((id) => ({
    value: id,
    label: names.get(id) ?? id,
    description: names.has(id) ? id : undefined,
  }));
  const whyNone = servers.isLoading
    ? waiting
    : servers.error
      ? 'It is not known which there are.'
      : 'The project has no MCP server yet: add one first.';
  return (
    <SpaceBetween size="s">
      <AllOrChosen
        label="MCP servers"
        what="servers"
        description="Where the key may be used."
        value={value}
        onChange={onChange}
        whyNotAll={
          own.mcp_server_ids === null
            ? undefined
            : 'Your own key is held to some servers, so a key that it makes is too.'
        }
        whyNotChosen={options.length > 0 ? undefined : (whyNotListed ?? whyNone)}
      >
        <ChosenField what="servers" options={options} value={value} onChange={onChange} problem={problem} />
      </AllOrChosen>
      {servers.error && (
        <ErrorAlert title="The MCP servers could not be loaded" error={servers.error} onRetry={retry} />
      )}
    </SpaceBetween>
  );
}

import { keyNames, serverNames } from '../names.ts';
import { printJson, printTable } from '../output.ts';
import type { GlobalOptions } from '../program.ts';
import { progress } from '../prompts.ts';
import { openProject } from '../session.ts';
import { instant } from '../times.ts';

type Dimension = 'day' | 'api_key' | 'tool' | 'mcp_server';

export async function usage(
  options: GlobalOptions & { readonly by: Dimension; readonly since: string; readonly until?: string },
): Promise<void> {
  const { client } = await openProject(options);
  const { by, since, until } = options;
  const query = {
    group_by: by,
    from: instant(since, '--since', 'ago'),
    ...(until !== undefined && { to: instant(until, '--until', 'ago') }),
  };
  const counted = await progress('Counting', client.getUsage({ query }));
  if (options.json) return void printJson(counted);
  const names =
    by === 'api_key' ? await keyNames(client) : by === 'mcp_server' ? await serverNames(client) : new Map();
  printTable(
    [by.replace('_', ' '), 'calls', 'allowed', 'refused', 'would be refused', 'failed', 'p50 ms', 'p95 ms'],
    counted.items.map(({ day, api_key_id, tool, mcp_server_id, calls, outcomes, p50_ms, p95_ms }) => {
      const value = day ?? tool ?? api_key_id ?? mcp_server_id ?? '';
      return [
        names.get(value) ?? value,
        calls,
        outcomes.allowed,
        outcomes.refused,
        outcomes.would_be_refused,
        outcomes.rejected + outcomes.upstream_error + outcomes.gateway_error,
        p50_ms === null ? null : Math.round(p50_ms),
        p95_ms === null ? null : Math.round(p95_ms),
      ];
    }),
    'There was no call.',
  );
}

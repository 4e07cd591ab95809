import type { OperationParameters } from '../../client/index.ts';
import type { GlobalOptions } from '../command.ts';
import { keyNames, serverNames } from '../names.ts';
import { note, printJson, printTable } from '../output.ts';
import { progress } from '../progress.ts';
import { openProject } from '../session.ts';
import { instant } from '../times.ts';

type Dimension = OperationParameters<'getUsage'>['query']['group_by'];

export async function usage(
  options: GlobalOptions & { readonly by: Dimension; readonly since?: string; readonly until?: string },
): Promise<void> {
  const { by, since, until } = options;
  const query = {
    group_by: by,
    ...(since !== undefined && { from: instant(since, '--since', 'ago') }),
    ...(until !== undefined && { to: instant(until, '--until', 'ago') }),
  };
  const { client } = await openProject(options);
  const counted = await progress('Counting', client.getUsage({ query }));
  if (options.json) return void printJson(counted);
  const namesOf = { api_key: keyNames, mcp_server: serverNames, day: undefined, tool: undefined }[by];
  const names = namesOf && (await progress('Reading the names', namesOf(client)));
  await printTable(
    [by.replace('_', ' '), 'calls', 'allowed', 'refused', 'would be refused', 'failed', 'p50 ms', 'p95 ms'],
    counted.items.map(({ day, api_key_id, tool, mcp_server_id, calls, outcomes, p50_ms, p95_ms }) => {
      const value = day ?? tool ?? api_key_id ?? mcp_server_id ?? '';
      return [
        names?.get(value) ?? value,
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
  // The end is the beginning of the day after.
  const last = new Date(Date.parse(counted.to) - 1).toISOString();
  note(`From ${counted.from.slice(0, 10)} to ${last.slice(0, 10)}, by whole days in UTC.`);
  if (counted.items_left_out !== undefined) note(`${counted.items_left_out} more are not shown.`);
}

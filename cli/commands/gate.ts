import type { Portcullis, Schemas } from '../../client/index.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { serverNames } from '../names.ts';
import { moment, note, print, printable, printJson, printTable } from '../output.ts';
import type { GlobalOptions } from '../program.ts';
import { confirm, progress } from '../prompts.ts';
import { announce, openProject } from '../session.ts';

type Sure = GlobalOptions & { readonly yes?: boolean };

const UP = 'The gate is up: every MCP request of the project must carry an API key.';
const DOWN = 'The gate is down: whoever knows the address of a server can call it.';

export async function status(options: GlobalOptions): Promise<void> {
  const { client } = await openProject(options);
  const config = await progress('Asking the gateway', client.getProjectConfig());
  if (options.json) printJson(config);
  else print(config.require_mcp_api_key ? UP : DOWN);
}

export async function check(options: GlobalOptions & { readonly days: number }): Promise<ExitCode> {
  const { client } = await openProject(options);
  const report = await readiness(client, options.days);
  if (options.json) printJson(report);
  else await printReadiness(client, report);
  return report.ready ? EXIT.done : EXIT.notReady;
}

export async function raise(options: Sure & { readonly days: number }): Promise<void> {
  const session = await openProject(options);
  const { client } = session;
  announce(session);
  const report = await readiness(client, options.days);
  if (!options.json) await printReadiness(client, report);
  const locked = report.callers.filter(({ dismissed }) => !dismissed).length;
  await confirm(
    locked === 0
      ? 'Raise the gate?'
      : `Raise the gate, and refuse ${locked === 1 ? 'that caller' : `those ${locked} callers`}?`,
    options.yes,
  );
  const { data, headers } = await client.request('updateProjectConfig', {
    body: { require_mcp_api_key: true },
  });
  if (options.json) printJson({ ...data, readiness: headers.get('x-mcp-api-key-readiness') });
  else print(UP);
}

export async function lower(options: Sure): Promise<void> {
  const session = await openProject(options);
  announce(session);
  await confirm('Lower the gate, so that whoever knows the address of a server can call it?', options.yes);
  const config = await session.client.updateProjectConfig({ body: { require_mcp_api_key: false } });
  if (options.json) printJson(config);
  else print(DOWN);
}

const readiness = (client: Portcullis, days: number): Promise<Schemas['Readiness']> =>
  progress('Looking who would be refused', client.getReadiness({ query: { days } }));

async function printReadiness(client: Portcullis, report: Schemas['Readiness']): Promise<void> {
  const { ready, days, missing, traffic, callers, callers_left_out: more = 0 } = report;
  const shown = callers.filter(({ dismissed }) => !dismissed);
  const span = days === 1 ? 'Today' : `In the last ${days} days`;
  print(`${span}: ${traffic.calls} calls, ${traffic.calls_with_valid_key} of them with a valid key.`);
  if (ready) print('Ready: nobody who matters would be refused.');
  if (missing.includes('callers')) print('Not ready: these callers would be refused.');
  if (missing.includes('traffic')) {
    print(`Not ready: fewer than ${traffic.needed} calls with a valid key tell too little.`);
  }
  if (shown.length === 0) return;
  const names = await serverNames(client);
  print();
  printTable(
    ['server', 'client', 'address', 'reason', 'calls', 'last seen'],
    shown.map(({ mcp_server_id, client: name, ip, reason, count, last_seen }) => [
      names.get(mcp_server_id) ?? mcp_server_id,
      name,
      ip,
      reason,
      count,
      moment(last_seen),
    ]),
    '',
  );
  if (more > 0) print(`… and ${more} more.`);
  print();
  for (const advice of new Set(shown.map(({ reason, what_to_do }) => `${reason}: ${what_to_do}`))) {
    note(printable(advice));
  }
}

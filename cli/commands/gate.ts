import { isPortcullisError, type Portcullis, type Schemas } from '../../client/index.ts';
import type { GlobalOptions } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { serverNames } from '../names.ts';
import { moment, note, noteTable, print, printable, printJson, printTable } from '../output.ts';
import { progress } from '../progress.ts';
import { confirm, mustBeSure } from '../prompts.ts';
import { announce, openProject } from '../session.ts';

type Sure = GlobalOptions & { readonly yes?: boolean };
type Report = Schemas['Readiness'];

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
  else {
    const { summary, refused, advice } = await tell(client, report);
    for (const line of summary) print(line);
    if (refused.length > 0) {
      print();
      await printTable(COLUMNS, refused, '', SPARE);
      print();
    }
    for (const line of advice) note(line);
  }
  return report.ready ? EXIT.done : EXIT.notReady;
}

export async function raise(options: Sure & { readonly days: number }): Promise<void> {
  mustBeSure(options.yes);
  const session = await openProject(options);
  const { client } = session;
  announce(session);
  const isSeen = await showReadiness(client, options.days);
  await confirm(isSeen ? 'Raise the gate?' : 'Raise the gate, whoever would be refused?', options.yes);
  await set(client, true, options);
}

export async function lower(options: Sure): Promise<void> {
  mustBeSure(options.yes);
  const session = await openProject(options);
  announce(session);
  await confirm('Lower the gate, so that whoever knows the address of a server can call it?', options.yes);
  await set(session.client, false, options);
}

async function set(client: Portcullis, isUp: boolean, { json }: GlobalOptions): Promise<void> {
  const body = { require_mcp_api_key: isUp };
  const config = await progress('Changing the setting', client.updateProjectConfig({ body }));
  if (json) printJson(config);
  else print(config.require_mcp_api_key ? UP : DOWN);
}

const readiness = (client: Portcullis, days: number): Promise<Report> =>
  progress('Looking who would be refused', client.getReadiness({ query: { days } }));

/** @returns whether the key may see who would be refused: the gate can be raised all the same */
async function showReadiness(client: Portcullis, days: number): Promise<boolean> {
  let report: Report;
  try {
    report = await readiness(client, days);
  } catch (error) {
    if (!isPortcullisError(error, 'APIKey_InsufficientPermissions')) throw error;
    note(printable(`Who would be refused cannot be seen: ${error.message}`));
    return false;
  }
  const { summary, refused, advice } = await tell(client, report);
  for (const line of summary) note(line);
  if (refused.length > 0) await noteTable(COLUMNS, refused, SPARE);
  for (const line of advice) note(line);
  return true;
}

const COLUMNS = ['server', 'client', 'address', 'reason', 'calls', 'last seen'];
const SPARE = ['last seen'];

async function tell(client: Portcullis, report: Report) {
  const { ready, days, missing, traffic, callers, callers_left_out: more = 0 } = report;
  const shown = callers.filter(({ dismissed }) => !dismissed);
  const dismissed = callers.length - shown.length;
  const names = shown.length === 0 ? new Map<string, string>() : await serverNames(client);
  const span = days === 1 ? 'Today' : `In the last ${days} days`;
  return {
    summary: [
      `${span}: ${count(traffic.calls, 'call')}, ${traffic.calls_with_valid_key} of them with a valid key.`,
      ...(ready ? ['Ready: nobody who matters would be refused.'] : []),
      ...(missing.includes('traffic')
        ? [`Not ready: fewer than ${traffic.needed} calls with a valid key tell too little.`]
        : []),
      ...(missing.includes('callers')
        ? [`Not ready: ${count(shown.length, 'caller')} would be refused.`]
        : []),
      ...(dismissed > 0 ? [`${count(dismissed, 'caller')} would be refused, and you do not mind.`] : []),
    ],
    refused: shown.map(({ mcp_server_id, client: name, ip, reason, count: calls, last_seen }) => [
      names.get(mcp_server_id) ?? mcp_server_id,
      name,
      ip,
      reason,
      calls,
      moment(last_seen),
    ]),
    advice: [
      // Those that nobody has dismissed come first: of the others it cannot be told.
      ...(more > 0 ? [`${count(more, 'caller')} more ${more === 1 ? 'is' : 'are'} not shown.`] : []),
      ...new Set(shown.map(({ reason, what_to_do }) => printable(`${reason}: ${what_to_do}`))),
    ],
  };
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

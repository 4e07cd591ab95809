import type { OperationParameters, Portcullis, Schemas } from '../../client/index.ts';
import type { GlobalOptions } from '../command.ts';
import { follow } from '../follow.ts';
import { keyNames, serverNames } from '../names.ts';
import {
  colors,
  moment,
  note,
  print,
  printable,
  printFields,
  printJson,
  printTable,
  toJson,
} from '../output.ts';
import { progress } from '../progress.ts';
import { DEFAULT_ROWS, keyIdOf, serverIdOf, take } from '../resolve.ts';
import { openProject } from '../session.ts';
import { instant } from '../times.ts';

type Row = Schemas['LogRow'];
type Query = NonNullable<OperationParameters<'listLogs'>['query']>;

interface LogsOptions extends GlobalOptions {
  readonly follow?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly key?: string;
  readonly server?: string;
  readonly tool?: string;
  readonly outcome?: Row['outcome'];
  readonly requestId?: string;
  readonly limit?: number;
}

export async function logs(options: LogsOptions): Promise<void> {
  const { json, limit: given } = options;
  const limit = given ?? DEFAULT_ROWS;
  const span = spanOf(options);
  const { client } = await openProject(options);
  const query = { ...span, ...(await progress('Reading the names', filtersOf(client, options))) };
  const newest = await progress(
    'Reading the log',
    take(client.paginate('listLogs', { query: { ...query, limit: Math.min(limit, 100) } }), limit),
  );
  const names = json ? undefined : await progress('Reading the names', namesOf(client));
  if (options.follow) {
    const show = (row: Row) => print(names === undefined ? toJson(row) : lineOf(row, names));
    return follow(client, query, newest, show);
  }
  if (names === undefined) return void printJson({ items: newest });
  const [only] = newest;
  if (options.requestId !== undefined && only !== undefined) return printRow(only, names);
  const none =
    options.requestId === undefined
      ? 'No call is found.'
      : 'No call is found with that id. A row comes some seconds after its call.';
  await printTable(
    COLUMNS,
    newest.toReversed().map((row) => cellsOf(row, names)),
    none,
    ['address', 'client', 'ms', 'status', 'reason'],
  );
  if (given === undefined && newest.length === limit)
    note(`These are the latest ${limit}: --limit shows more.`);
}

const spanOf = ({ since, until }: LogsOptions): Query => ({
  ...(since !== undefined && { from: instant(since, '--since', 'ago') }),
  ...(until !== undefined && { to: instant(until, '--until', 'ago') }),
});

async function filtersOf(
  client: Portcullis,
  { key, server, tool, outcome, requestId }: LogsOptions,
): Promise<Query> {
  return {
    ...(key !== undefined && { api_key_id: key === 'anonymous' ? key : await keyIdOf(client, key) }),
    ...(server !== undefined && { mcp_server_id: await serverIdOf(client, server) }),
    ...(tool !== undefined && { tool }),
    ...(outcome !== undefined && { outcome }),
    ...(requestId !== undefined && { request_id: requestId }),
  };
}

interface Names {
  readonly keys: ReadonlyMap<string, string>;
  readonly servers: ReadonlyMap<string, string>;
}

async function namesOf(client: Portcullis): Promise<Names> {
  const [keys, servers] = await Promise.all([keyNames(client), serverNames(client)]);
  return { keys, servers };
}

const COLUMNS = ['time', 'outcome', 'reason', 'status', 'key', 'server', 'called', 'ms', 'client', 'address'];

const cellsOf = (row: Row, { keys, servers }: Names) => [
  moment(row.timestamp),
  row.count > 1 ? `${row.outcome} (${row.count})` : row.outcome,
  row.reason,
  row.status,
  row.api_key_id === null ? 'anonymous' : (keys.get(row.api_key_id) ?? row.api_key_id),
  servers.get(row.mcp_server_id) ?? row.mcp_server_id,
  [row.method ?? row.http_method, row.tool].filter((part) => part !== null).join(' '),
  Math.round(row.duration_ms),
  row.client,
  row.ip,
];

/** Of what comes first in a line, so that lines that come one by one stand in columns. */
const WIDTHS = [20, 16, 13, 3];

function lineOf(row: Row, names: Names): string {
  const line = cellsOf(row, names)
    .map((cell) => (cell === null || cell === '' ? '-' : printable(String(cell))))
    .map((cell, n) => cell.padEnd(WIDTHS[n] ?? 0))
    .join('  ');
  return row.outcome === 'allowed' ? line : colors.red(line);
}

function printRow(row: Row, names: Names): void {
  const { refusal, data } = row;
  printFields({
    request: row.request_id,
    ...Object.fromEntries(cellsOf(row, names).map((cell, n) => [COLUMNS[n] ?? '', cell])),
    ...(row.trace_id !== null && { trace: row.trace_id }),
    ...(refusal !== undefined && {
      presented: refusal.presented,
      why: refusal.explanation,
      ...(refusal.key !== undefined && { 'key presented': `${refusal.key.name} (${refusal.key.id})` }),
    }),
    ...(data !== undefined && { asked: toJson(data.arguments), answered: toJson(data.result) }),
  });
}

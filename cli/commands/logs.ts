import { setTimeout as delay } from 'node:timers/promises';
import type { OperationParameters, Portcullis, Schemas } from '../../client/index.ts';
import { keyNames, serverNames } from '../names.ts';
import { colors, moment, print, printable, printFields, printJson, printTable } from '../output.ts';
import type { GlobalOptions } from '../program.ts';
import { progress } from '../prompts.ts';
import { findKey, findServer, take } from '../resolve.ts';
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
  readonly outcome?: string;
  readonly requestId?: string;
  readonly limit: number;
}

export async function logs(options: LogsOptions): Promise<void> {
  const { client } = await openProject(options);
  const query = await queryOf(client, options);
  const newest = await progress(
    'Reading the log',
    take(
      client.paginate('listLogs', { query: { ...query, limit: Math.min(options.limit, 100) } }),
      options.limit,
    ),
  );
  const rows = newest.toReversed();
  const [only] = rows;
  if (options.requestId !== undefined && only !== undefined && !options.json) return printRow(client, only);
  if (options.json && !options.follow) return void printJson({ items: rows });
  const names = options.json ? undefined : await namesOf(client);
  const show = (row: Row) => print(names === undefined ? JSON.stringify(row) : lineOf(row, names));
  if (!options.follow && names !== undefined) {
    return printTable(
      COLUMNS,
      rows.map((row) => cellsOf(row, names)),
      'No call is found.',
    );
  }
  for (const row of rows) show(row);
  await follow(client, query, rows, show);
}

async function queryOf(client: Portcullis, options: LogsOptions): Promise<Query> {
  const { since, until, key, server, tool, outcome, requestId } = options;
  return {
    ...(since !== undefined && { from: instant(since, '--since', 'ago') }),
    ...(until !== undefined && { to: instant(until, '--until', 'ago') }),
    ...(key !== undefined && { api_key_id: key === 'anonymous' ? key : (await findKey(client, key)).id }),
    ...(server !== undefined && { mcp_server_id: (await findServer(client, server)).id }),
    ...(tool !== undefined && { tool }),
    // Which there are the gateway says.
    ...(outcome !== undefined && { outcome: outcome as NonNullable<Query['outcome']> }),
    ...(requestId !== undefined && { request_id: requestId }),
  };
}

const POLL_MS = 1_000;
/** A row stands at the arrival of its request, and comes when that has ended: of a stream that can be minutes later. */
const LATE_MS = 60_000;
/** So many rows are told from new ones. */
const MAX_SEEN = 10_000;

/** Shows rows as they come in, each once, until the user ends it. */
async function follow(client: Portcullis, query: Query, shown: readonly Row[], show: (row: Row) => void) {
  const seen = new Set(shown.map(({ id }) => id));
  const startedAt = Date.now();
  for (;;) {
    await delay(POLL_MS);
    const from = new Date(Math.max(startedAt - POLL_MS, Date.now() - LATE_MS)).toISOString();
    const recent = await take(client.paginate('listLogs', { query: { ...query, from, limit: 100 } }));
    for (const row of recent.toReversed()) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      show(row);
    }
    for (const id of seen) {
      if (seen.size <= MAX_SEEN) break;
      seen.delete(id);
    }
  }
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

function lineOf(row: Row, names: Names): string {
  const line = cellsOf(row, names)
    .map((cell) => (cell === null || cell === '' ? '-' : printable(String(cell))))
    .join('  ');
  return row.outcome === 'allowed' ? line : colors.red(line);
}

async function printRow(client: Portcullis, row: Row): Promise<void> {
  const names = await namesOf(client);
  const fields = cellsOf(row, names).map((cell, n) => [COLUMNS[n] ?? '', cell] as const);
  const { refusal } = row;
  printFields({
    request: row.request_id,
    ...Object.fromEntries(fields),
    ...(refusal !== undefined && {
      presented: refusal.presented,
      why: refusal.explanation,
      ...(refusal.key !== undefined && { 'key presented': `${refusal.key.name} (${refusal.key.id})` }),
    }),
  });
}

import { expect } from '@jest/globals';
import fc from 'fast-check';
import { randomBase62 } from '../../functions/domain/api-key.ts';
import {
  type CallRecord,
  dayOf,
  OUTCOMES,
  type Outcome,
  placeOf,
  USAGE_DIMENSIONS,
  type UsageDimension,
} from '../../functions/domain/call-record.ts';
import { newProjectId } from '../../functions/domain/ids.ts';
import { listCallers } from '../../functions/table/caller-store.ts';
import type { Table } from '../../functions/table/client.ts';
import { type LogFilter, type LogRow, listLogs } from '../../functions/table/log-store.ts';
import { readUsage } from '../../functions/table/usage-store.ts';
import { callOf } from '../support/records.ts';

/** An hour before midnight, so that records are of two days. */
export const NOW = Date.parse('2026-11-23T23:00:00Z');
export const RETENTION_DAYS = 30;
const DAYS = { fromDay: '2026-11-01', toDay: '2026-12-01' };

const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(23, '0')}`;
export const serverId = (n: number): string => id('srv', n);
export const keyId = (n: number): string => id('key', n);

/** What is random of a record. */
const choice = fc.record({
  source: fc.nat(3),
  server: fc.nat(2),
  key: fc.option(fc.nat(2)),
  tool: fc.option(fc.constantFrom('echo', 'search', 'echo#0', 'ünï')),
  kind: fc.constantFrom(...(['allowed', 'would_be_refused', 'refused', 'flood', 'upstream_error'] as const)),
  credential: fc.constantFrom(...(['no_key', 'unknown', 'revoked'] as const)),
  who: fc.nat(1),
  minutes: fc.nat(119),
  duration: fc.integer({ min: 0, max: 5_000 }),
  hasData: fc.boolean(),
});

type Choice = Parameters<Parameters<typeof choice.map>[0]>[0];

/** Records of one project, as its instances number them: each source is of one day. */
const recordsOf = (projectId: string, choices: readonly Choice[]): CallRecord[] => {
  const numbered = new Map<string, { source: string; n: number }>();
  return choices.map((chosen, index): CallRecord => {
    const at = NOW + chosen.minutes * 60_000 + index;
    const name = `${chosen.source}#${dayOf(at)}`;
    const counter = numbered.get(name) ?? { source: randomBase62(8), n: 0 };
    numbered.set(name, counter);
    counter.n++;
    const isFlood = chosen.kind === 'flood';
    const isRefused = isFlood || chosen.kind === 'refused';
    const isAnonymous = isRefused || chosen.kind === 'would_be_refused' || chosen.key === null;
    return callOf({
      ...{ project_id: projectId, ...counter, at, request_id: `${projectId.slice(3)}-${index}` },
      mcp_server_id: serverId(chosen.server),
      api_key_id: isAnonymous || chosen.key === null ? null : keyId(chosen.key),
      tool: isRefused ? null : chosen.tool,
      outcome: chosen.kind === 'flood' ? 'refused' : chosen.kind,
      reason: isRefused ? chosen.credential : null,
      credential: isAnonymous ? chosen.credential : 'valid',
      duration_ms: chosen.duration / 10,
      ip: `198.51.100.${chosen.who}`,
      client: chosen.who === 0 ? null : 'curl/8',
      flood_since: isFlood ? at - (at % 60_000) : null,
      data: chosen.hasData && !isRefused ? { arguments: { text: `payload ${index}` } } : null,
    });
  });
};
export const someRecords = (projectId: string, bounds: { minLength: number; maxLength: number }) =>
  fc.array(choice, bounds).map((choices) => recordsOf(projectId, choices));

/** A project that no other test speaks of. */
export const newProject = newProjectId;

/** What is told of a project. */
export interface Told {
  readonly rows: object[];
  readonly usage: Record<UsageDimension, object[]>;
  readonly callers: object[];
}

const by = (name: (record: CallRecord) => string, records: readonly CallRecord[]): CallRecord[][] => {
  const groups = new Map<string, CallRecord[]>();
  for (const record of records) groups.set(name(record), [...(groups.get(name(record)) ?? []), record]);
  return [...groups.values()];
};
const sum = (records: readonly CallRecord[], of: (record: CallRecord) => number) =>
  records.reduce((total, record) => total + of(record), 0);
const seen = (group: readonly CallRecord[]) => ({
  count: group.length,
  first_seen: Math.min(...group.map(({ at }) => at)),
  last_seen: Math.max(...group.map(({ at }) => at)),
});

/** What must be told once each record has come, computed in the plainest way. */
export function expectedOf(records: readonly CallRecord[]): Told {
  const own = records.filter(({ flood_since }) => flood_since === null);
  const floods = by(
    ({ source, mcp_server_id, reason, client, ip, flood_since }) =>
      JSON.stringify([source, mcp_server_id, reason, client, ip, flood_since]),
    records.filter(({ flood_since }) => flood_since !== null),
  );
  const callers = by(
    ({ mcp_server_id, client, ip, credential }) => JSON.stringify([mcp_server_id, client, ip, credential]),
    records.filter(({ credential, reason }) => credential !== 'valid' && reason !== 'foreign_origin'),
  );
  const values: Record<UsageDimension, (record: CallRecord) => string | null> = {
    api_key: ({ api_key_id }) => api_key_id ?? 'anonymous',
    tool: ({ tool }) => tool,
    mcp_server: ({ mcp_server_id }) => mcp_server_id,
    day: ({ at }) => dayOf(at),
  };
  const usageBy = (dimension: UsageDimension) =>
    by(
      (record) => String(values[dimension](record)),
      records.filter((record) => values[dimension](record) !== null),
    ).map((group) => ({
      value: group[0] && values[dimension](group[0]),
      calls: group.length,
      outcomes: Object.fromEntries(
        OUTCOMES.map((outcome: Outcome) => [outcome, group.filter((r) => r.outcome === outcome).length]),
      ),
      valid_calls: group.filter(({ credential }) => credential === 'valid').length,
      bytes_in: sum(group, ({ bytes_in }) => bytes_in),
      bytes_out: sum(group, ({ bytes_out }) => bytes_out),
    }));
  return {
    rows: sorted([
      ...own.map((record) => rowOf(record)),
      ...floods.map((group) => ({
        at: group[0]?.flood_since,
        ...{ mcp_server_id: group[0]?.mcp_server_id, reason: group[0]?.reason, outcome: 'refused' },
        ...{ client: group[0]?.client, ip: group[0]?.ip, flood: seen(group) },
      })),
    ]),
    usage: {
      ...{ api_key: sorted(usageBy('api_key')), tool: sorted(usageBy('tool')) },
      ...{ mcp_server: sorted(usageBy('mcp_server')), day: sorted(usageBy('day')) },
    },
    callers: sorted(
      callers.map((group) => ({
        ...{ mcp_server_id: group[0]?.mcp_server_id, client: group[0]?.client, ip: group[0]?.ip },
        ...{ reason: group[0]?.credential, ...seen(group) },
      })),
    ),
  };
}

/** The row of a record that has its own. */
export function rowOf(record: CallRecord): LogRow {
  const { source: _source, n: _n, flood_since: _since, data, ...rest } = record;
  return { ...rest, place: placeOf(record), flood: null, hasData: data !== null };
}

/** In one order. */
function sorted<Value extends object>(values: readonly Value[]): Value[] {
  const name = (value: Value) => JSON.stringify(Object.entries(value).sort());
  return values.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
}

/** Every page of what a filter finds. */
export async function walk(
  table: Table,
  projectId: string,
  filter: LogFilter,
  limit: number,
): Promise<LogRow[]> {
  const rows: LogRow[] = [];
  let after: string | undefined;
  do {
    const page = await listLogs(table, projectId, filter, { limit, after }, NOW);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...page.rows);
    after = page.last;
  } while (after !== undefined);
  return rows;
}

/** What is told of a project by what is stored. Of a flood's row what its records share, and how many they are. */
export async function toldOf(table: Table, projectId: string): Promise<Told> {
  const rows = await walk(table, projectId, {}, 100);
  const usage = async (dimension: UsageDimension) =>
    (await readUsage(table, projectId, dimension, DAYS, NOW)).map(
      ({ p50_ms: _p50, p95_ms: _p95, ...rest }) => rest,
    );
  const [byKey, byTool, byServer, byDay] = await Promise.all(USAGE_DIMENSIONS.map(usage));
  const callers = await listCallers(table, projectId, DAYS, NOW);
  return {
    rows: sorted(
      rows.map(({ flood, at, mcp_server_id, reason, outcome, client, ip, ...rest }) =>
        flood === null
          ? { ...rest, flood, at, mcp_server_id, reason, outcome, client, ip }
          : { flood, at, mcp_server_id, reason, outcome, client, ip },
      ),
    ),
    usage: {
      ...{ api_key: sorted(byKey ?? []), tool: sorted(byTool ?? []) },
      ...{ mcp_server: sorted(byServer ?? []), day: sorted(byDay ?? []) },
    },
    callers: sorted(callers.map(({ id: _id, sample_request_id: _sample, ...rest }) => rest)),
  };
}

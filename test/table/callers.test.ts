import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBase62 } from '../../functions/domain/api-key.ts';
import type { CallRecord } from '../../functions/domain/call-record.ts';
import { listCallers } from '../../functions/table/caller-store.ts';
import type { Table } from '../../functions/table/client.ts';
import { countCalls } from '../../functions/table/journal.ts';
import { listLogs } from '../../functions/table/log-store.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { callOf } from '../support/records.ts';
import { NOW, newProject, RETENTION_DAYS, serverId } from './call-model.ts';

const DAY_MS = 86_400_000;
const DAYS = { fromDay: '2026-11-20', toDay: '2026-11-23' };

let store: TestStore;
let table: Table;
beforeAll(async () => {
  store = await startTestStore();
  table = { client: store.client, name: store.tableName };
});
afterAll(() => store.close());

/** One for each test, the last one last. */
const projects: string[] = [];

/** The callers that are told of, once each of these has called. */
async function callersOf(changes: readonly Partial<CallRecord>[], days = DAYS, now = NOW) {
  const projectId = newProject();
  projects.push(projectId);
  const records = changes.map((change, n) =>
    callOf({
      ...{ project_id: projectId, source: randomBase62(8), at: NOW, request_id: `request-${n}` },
      ...{ api_key_id: null, credential: 'no_key', outcome: 'would_be_refused', reason: 'no_key' },
      ...change,
    }),
  );
  await countCalls(table, records, RETENTION_DAYS);
  return listCallers(table, projectId, days, now);
}

describe('callers without a valid key', () => {
  it.each<[string, Partial<CallRecord>]>([
    ['that was refused', { outcome: 'refused', reason: 'revoked', credential: 'revoked' }],
    [
      'that would have been refused',
      { outcome: 'would_be_refused', reason: 'expired', credential: 'expired' },
    ],
    ['that came without a key while the gate was down', { outcome: 'allowed', reason: null }],
    ['whose server failed', { outcome: 'upstream_error', reason: 'too_slow' }],
  ])('include one %s, by what the gate finds of its credential', async (_name, change) => {
    const callers = await callersOf([change]);
    expect(callers.map(({ reason }) => reason)).toEqual([change.credential ?? 'no_key']);
  });

  it.each<[string, Partial<CallRecord>]>([
    ['with a valid key', { credential: 'valid', reason: null, outcome: 'allowed' }],
    ['from a foreign origin', { outcome: 'refused', reason: 'foreign_origin' }],
  ])('do not include one %s', async (_name, change) => {
    expect(await callersOf([change])).toEqual([]);
  });

  it('are told by server, client, address and reason, over days and shards, the last seen first', async () => {
    const callers = await callersOf([
      { at: NOW - 2 * DAY_MS },
      { at: NOW - DAY_MS },
      { at: NOW - 3 },
      { ip: '198.51.100.1', at: NOW - 1 },
      { client: null, at: NOW + 1 },
      { mcp_server_id: serverId(1), at: NOW + 2 },
      { credential: 'malformed', reason: 'malformed', at: NOW + 3 },
    ]);
    expect(callers.map(({ last_seen, count }) => [last_seen - NOW, count])).toEqual([
      [3, 1],
      [2, 1],
      [1, 1],
      [-1, 1],
      [-3, 3],
    ]);
    expect(callers.at(-1)).toEqual({
      id: expect.stringMatching(/^[\w-]{16}$/),
      mcp_server_id: callOf().mcp_server_id,
      ...{ client: callOf().client, ip: callOf().ip, reason: 'no_key', count: 3 },
      ...{ first_seen: NOW - 2 * DAY_MS, last_seen: NOW - 3, sample_request_id: 'request-2' },
    });
    expect(new Set(callers.map(({ id }) => id)).size).toBe(5);
  });

  it('have the request of a row of its own as their sample, also when the last ones share the row of a flood', async () => {
    const flood = { outcome: 'refused', reason: 'no_key', flood_since: NOW + 1 } as const;
    for (const ofOneSource of [{}, { source: 'AAAAAAAA' }]) {
      const callers = await callersOf(
        [
          { at: NOW - 1 },
          { at: NOW },
          { at: NOW + 1, ...flood },
          { at: NOW + 2, ...flood },
          { at: NOW + 3, ...flood, ip: '192.0.2.9' },
        ].map((change, n) => ({ ...change, ...ofOneSource, n: n + 1 })),
      );
      expect(callers).toMatchObject([
        { ip: '192.0.2.9', sample_request_id: 'request-4' },
        // Which of the two depends on the shards that their sources fall into.
        { count: 4, last_seen: NOW + 2, sample_request_id: expect.stringMatching(/^request-[01]$/) },
      ]);
      for (const caller of callers) expect(caller).not.toHaveProperty('is_sample_shared');
    }
  });

  it('are those of the days asked for, until these have expired', async () => {
    const one = [{}];
    expect(await callersOf(one, { fromDay: '2026-11-20', toDay: '2026-11-22' })).toEqual([]);
    const end = Date.parse('2026-11-24') + RETENTION_DAYS * DAY_MS;
    expect(await callersOf(one, DAYS, end - 1)).toHaveLength(1);
    expect(await callersOf(one, DAYS, end)).toEqual([]);
  });

  it('of one address keep it, whatever they call themselves, and leave others room', async () => {
    const scanner = Array.from({ length: 300 }, (_, n) => ({ client: `scanner/${n}`, ip: '192.0.2.66' }));
    const agent = { client: 'agent/1', ip: '192.0.2.1' };
    const ofOneSource = [...scanner, agent].map((change, n) => ({ ...change, source: 'AAAAAAAA', n: n + 1 }));
    const callers = await callersOf(ofOneSource);
    const told = callers.filter(({ ip }) => ip === '192.0.2.66');
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(300);
    expect(told.length).toBeLessThanOrEqual(21);
    expect(told.map(({ client }) => client)).toContain('(others)');
    expect(callers.filter((caller) => !told.includes(caller))).toMatchObject([{ ...agent, count: 1 }]);
  });

  it('keep their address also where they share the row of a flood with others', async () => {
    const [first, ...others] = await callersOf(
      [1, 2].map((n) => ({
        ...{ outcome: 'refused' as const, flood_since: NOW, flood_is_mixed: true as const },
        ...{ source: 'AAAAAAAA', n, client: `bot/${n}`, ip: '192.0.2.66' },
      })),
    );
    expect([first, ...others]).toHaveLength(2);
    for (const caller of [first, ...others]) expect(caller?.ip).toBe('192.0.2.66');
    const { rows } = await listLogs(table, projects.at(-1) ?? '', {}, { limit: 9, after: undefined }, NOW);
    expect(rows).toMatchObject([{ client: '(others)', ip: '(others)', flood: { count: 2 } }]);
  });
});

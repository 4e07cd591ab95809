import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CallFacts } from '../../functions/domain/call-record.ts';
import { Floods } from '../../functions/records/floods.ts';
import { callOf } from '../support/records.ts';

const MINUTE_MS = 60_000;
const START = Math.ceil(1_790_000_000_000 / MINUTE_MS) * MINUTE_MS;

const refusal = (change: Partial<CallFacts> = {}): CallFacts => ({
  ...callOf(),
  outcome: 'refused',
  reason: 'no_key',
  credential: 'no_key',
  at: START,
  ...change,
});
const minuteOf = ({ at }: CallFacts) => Math.floor(at / MINUTE_MS);
const countBy = (records: readonly CallFacts[], name: (record: CallFacts) => string) =>
  Map.groupBy(records, name);
const caller = (one: CallFacts) => [one.mcp_server_id, one.reason, one.client, one.ip].join(' ');
/** The row that a refusal stands in, for one source. */
const row = (one: CallFacts) =>
  one.flood_since === null
    ? undefined
    : `${one.flood_since} ${one.flood_is_mixed ? `${one.mcp_server_id} ${one.reason} mixed` : caller(one)}`;

const anyRefusal = fc
  .record({
    project_id: fc.constantFrom('pr_1', 'pr_2'),
    reason: fc.constantFrom('no_key', 'revoked', 'foreign_origin'),
    client: fc.constantFrom(null, 'curl/8', 'node'),
    ip: fc.integer({ min: 0, max: 40 }).map((n) => `192.0.2.${n}`),
    at: fc.integer({ min: START, max: START + 2 * MINUTE_MS }),
  })
  .map(refusal);

describe('a flood of refusals', () => {
  it('has five rows of its own, and shares one from then on', () => {
    const floods = new Floods();
    const marked = Array.from({ length: 50 }, (_, n) => floods.marked(refusal({ at: START + n })));
    expect(marked.slice(0, 5).map(({ flood_since }) => flood_since)).toEqual(Array(5).fill(null));
    expect(marked.slice(5).map(({ flood_since }) => flood_since)).toEqual(Array(45).fill(START + 5));
  });

  it('begins anew with each minute of the clock', () => {
    const floods = new Floods();
    for (let n = 0; n < 10; n++) floods.marked(refusal({ at: START + MINUTE_MS - 1 }));
    expect(floods.marked(refusal({ at: START + MINUTE_MS })).flood_since).toBeNull();
    // One that is late still belongs to its own minute.
    expect(floods.marked(refusal({ at: START })).flood_since).toBe(START + MINUTE_MS - 1);
  });

  it.each<[string, Partial<CallFacts>]>([
    ['project', { project_id: 'pr_BBBBBBBBBBBBBBBB' }],
    ['server', { mcp_server_id: 'srv_0mabcdefgBBBBBBBBBBBBBB' }],
    ['reason', { reason: 'revoked' }],
    ['client', { client: 'curl/8' }],
    ['address', { ip: '203.0.113.8' }],
  ])('hides no refusal of another %s', (_name, change) => {
    const floods = new Floods();
    for (let n = 0; n < 10; n++) floods.marked(refusal());
    expect(floods.marked(refusal(change))).toEqual(refusal(change));
  });

  it('from ever new callers is one of others, for each reason', () => {
    const floods = new Floods();
    const marked = Array.from({ length: 1_000 }, (_, n) =>
      floods.marked(refusal({ ip: `2001:db8::${n.toString(16)}`, at: START + n, client: `bot/${n}` })),
    );
    expect(marked.slice(0, 25).every(({ flood_since }) => flood_since === null)).toBe(true);
    expect(new Set(marked.slice(25).map(row))).toEqual(
      new Set([`${START + 25} srv_0mabcdefgAAAAAAAAAAAAAA no_key mixed`]),
    );
    // Who they are is told all the same: a caller is dismissed by its address.
    expect(marked.at(-1)).toMatchObject({ ip: '2001:db8::3e7', client: 'bot/999' });
    expect(floods.marked(refusal({ ip: 'new', reason: 'revoked' })).flood_since).toBeNull();
  });

  it('causes, in a project and minute, at most 20 groups and the others of each reason; every refusal is told', () => {
    fc.assert(
      fc.property(fc.array(anyRefusal, { minLength: 1, maxLength: 600 }), (refusals) => {
        const floods = new Floods();
        const marked = refusals.map((one) => floods.marked(one));
        expect(marked).toHaveLength(refusals.length);
        for (const window of countBy(marked, (one) => `${one.project_id} ${minuteOf(one)}`).values()) {
          const reasons = new Set(window.map(({ reason }) => reason)).size;
          const own = window.filter(({ flood_since }) => flood_since === null);
          expect(own.length).toBeLessThanOrEqual(20 * 5 + reasons * 5);
          const shared = window.map(row).filter((name) => name !== undefined);
          expect(new Set(shared).size).toBeLessThanOrEqual(20 + reasons);
        }
        for (const [n, one] of marked.entries()) {
          const given = refusals[n];
          const { flood_is_mixed: _mixed, ...told } = one;
          expect({ ...told, flood_since: null }).toEqual(given);
          expect(
            one.flood_since === null || minuteOf({ ...one, at: one.flood_since }) === minuteOf(one),
          ).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is never forgotten to be one for want of room within a project', () => {
    const floods = new Floods({ maxWindows: 1 });
    for (let n = 0; n < 6; n++) floods.marked(refusal());
    expect(floods.marked(refusal()).flood_since).toBe(START);
    floods.marked(refusal({ project_id: 'pr_2' })); // Takes its place.
    expect(floods.marked(refusal()).flood_since).toBeNull();
  });
});

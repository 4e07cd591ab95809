import { describe, expect, it } from '@jest/globals';
import {
  type DismissedCallers,
  daysUntil,
  NEEDED_CALLS,
  type RefusedCaller,
  readiness,
  WHAT_TO_DO,
} from '../../functions/domain/readiness.ts';
import { REFUSAL_REASONS } from '../../functions/domain/refusals.ts';

const CALLER: RefusedCaller = {
  mcp_server_id: 'srv_1',
  client: 'stray/1.0',
  ip: '192.0.2.1',
  reason: 'no_key',
};
const NOBODY: DismissedCallers = { mcp_server_id: null, client: null, ip: null, reason: null };
const dismissal = (values: Partial<DismissedCallers>): DismissedCallers => ({ ...NOBODY, ...values });

const decide = (
  callsWithValidKey: number,
  callers: readonly RefusedCaller[],
  dismissals: readonly DismissedCallers[] = [],
) => {
  const { ready, missing } = readiness({ callsWithValidKey, callers, dismissals });
  return { ready, missing };
};

describe('a project is ready', () => {
  const MET = dismissal({ ip: CALLER.ip });
  const UNMET = dismissal({ ip: '192.0.2.9' });
  it.each([
    // calls with a valid key, callers, dismissals, what is missing, why
    [NEEDED_CALLS, [], [], [], 'enough calls, and nobody without a key'],
    [NEEDED_CALLS * 100, [], [], [], 'more than enough'],
    [NEEDED_CALLS - 1, [], [], ['traffic'], 'one call too few tells nothing'],
    [0, [], [], ['traffic'], 'silence is no sign of readiness'],
    [NEEDED_CALLS, [CALLER], [], ['callers'], 'somebody would be locked out'],
    [0, [CALLER], [], ['traffic', 'callers'], 'both'],
    [NEEDED_CALLS, [CALLER], [MET], [], 'whom the owner has dismissed does not count'],
    [NEEDED_CALLS, [CALLER], [UNMET], ['callers'], 'another one was dismissed'],
    [NEEDED_CALLS, [CALLER], [UNMET, MET], [], 'any of the dismissals is enough'],
    [NEEDED_CALLS, [CALLER, { ...CALLER, ip: '192.0.2.2' }], [MET], ['callers'], 'one of two is left'],
    [0, [CALLER], [MET], ['traffic'], 'a dismissed caller is no traffic either'],
    [NEEDED_CALLS, [], [MET], [], 'a dismissal of nobody who came'],
  ] as const)(
    '%i calls with a key, callers %j, dismissed %j: missing %j (%s)',
    (calls, callers, dismissals, missing) => {
      expect(decide(calls, callers, dismissals)).toEqual({ ready: missing.length === 0, missing });
    },
  );
});

describe('a dismissal', () => {
  const others = {
    mcp_server_id: 'srv_2',
    client: 'other/1.0',
    ip: '192.0.2.2',
    reason: 'malformed',
  } as const;
  const fields = ['mcp_server_id', 'client', 'ip', 'reason'] as const;
  /** Each choice of fields that a dismissal can give: 2 to the power of 4. */
  const choices = Array.from({ length: 16 }, (_, bits) => fields.filter((_field, n) => bits & (1 << n)));

  it.each(choices)('that gives %s %s %s %s covers exactly the callers that have all of that', (...given) => {
    for (const differing of choices) {
      const caller = { ...CALLER, ...Object.fromEntries(differing.map((field) => [field, others[field]])) };
      const values = Object.fromEntries(given.map((field) => [field, CALLER[field]]));
      const { callers } = readiness({
        callsWithValidKey: 0,
        callers: [caller],
        dismissals: [dismissal(values)],
      });
      const isCovered = given.length > 0 && given.every((field) => !differing.includes(field));
      expect([given, differing, callers[0]?.isDismissed]).toEqual([given, differing, isCovered]);
    }
  });

  it('of an address covers whatever client it invents, and none of a client without a name', () => {
    for (const client of [null, '', 'a/1', 'b/2']) {
      expect(decide(NEEDED_CALLS, [{ ...CALLER, client }], [dismissal({ ip: CALLER.ip })]).ready).toBe(true);
    }
    expect(decide(NEEDED_CALLS, [{ ...CALLER, client: null }], [dismissal({ client: 'a/1' })]).ready).toBe(
      false,
    );
  });
});

it('says for every reason what is to be done, in one sentence', () => {
  for (const reason of REFUSAL_REASONS)
    expect(WHAT_TO_DO[reason]).toMatch(/^[A-Z][^.]*(?:\.[^.\s][^.]*)*\.$/);
});

it('counts days in UTC, today among them', () => {
  const now = Date.parse('2026-03-01T00:00:00Z');
  expect(daysUntil(now, 1)).toEqual({ fromDay: '2026-03-01', toDay: '2026-03-01' });
  expect(daysUntil(now - 1, 7)).toEqual({ fromDay: '2026-02-22', toDay: '2026-02-28' });
});

import { describe, expect, it } from '@jest/globals';
import {
  type DismissedCallers,
  daysUntil,
  type Missing,
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
  type Case = [number, readonly RefusedCaller[], readonly DismissedCallers[], readonly Missing[], string];
  const CASES: Case[] = [
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
    [NEEDED_CALLS, [CALLER], [NOBODY], ['callers'], 'a dismissal without a value is one of nobody'],
    [
      NEEDED_CALLS,
      [CALLER],
      [dismissal({ ip: CALLER.ip, client: 'other/1.0' })],
      ['callers'],
      'a dismissal of another client of the address',
    ],
    [0, [CALLER], [MET], ['traffic'], 'a dismissed caller is no traffic either'],
    [NEEDED_CALLS, [], [MET], [], 'a dismissal of nobody who came'],
  ];
  it.each(CASES)(
    '%i calls with a key, callers %j, dismissed %j: missing %j (%s)',
    (calls, callers, dismissals, missing) => {
      expect(decide(calls, callers, dismissals)).toEqual({ ready: missing.length === 0, missing });
    },
  );
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

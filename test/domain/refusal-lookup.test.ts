import { describe, expect, it } from '@jest/globals';
import { explainRefusal, type PresentedKeyFact } from '../../functions/domain/refusal-lookup.ts';
import { REFUSAL_REASONS, REFUSAL_TEXT } from '../../functions/domain/refusals.ts';

const AT = Date.parse('2026-11-25T12:00:00Z');
const HOUR = 3_600_000;
const BY = { kind: 'api_key', id: 'key_admin', name: 'Admin' } as const;
const key = (more: Partial<PresentedKeyFact> = {}): PresentedKeyFact => ({
  expiresAt: null,
  revoked: null,
  secretEnds: [],
  ...more,
});
const explain = (reason: string | null, found?: PresentedKeyFact) =>
  explainRefusal({ at: AT, reason }, found);

describe('why a call was refused', () => {
  it.each([...REFUSAL_REASONS, 'foreign_origin'])(
    '%s: is said, and more than the client was told',
    (reason) => {
      const { explanation } = explain(reason);
      expect(explanation).toMatch(/^[A-Z].*\.$/);
      expect(Object.values<string>(REFUSAL_TEXT)).not.toContain(explanation);
      expect(explanation).not.toBe(explain('what nobody knows').explanation);
    },
  );

  const revoked = { at: AT - HOUR, by: BY };
  const later = { at: AT + HOUR, by: BY };
  it.each([
    ['revoked before', key({ revoked }), 'revoked at 2026-11-25T11:00:00.000Z by Admin (key_admin)', revoked],
    [
      'revoked by the organization',
      key({ revoked: { at: AT, by: { kind: 'organization' } } }),
      'revoked at 2026-11-25T12:00:00.000Z by the organization',
      { at: AT, by: { kind: 'organization' } },
    ],
    [
      'revoked by the bootstrap command',
      key({ revoked: { at: AT, by: { kind: 'bootstrap' } } }),
      'revoked at 2026-11-25T12:00:00.000Z by the bootstrap command',
      { at: AT, by: { kind: 'bootstrap' } },
    ],
    [
      'replaced, and the key revoked before the call',
      key({ secretEnds: [AT - 2 * HOUR], revoked }),
      'revoked at 2026-11-25T11:00:00.000Z',
      revoked,
    ],
    [
      'replaced, and the key revoked in the moment of the call',
      key({ secretEnds: [AT - HOUR], revoked: { ...revoked, at: AT } }),
      'revoked at 2026-11-25T12:00:00.000Z',
      { ...revoked, at: AT },
    ],
    [
      'replaced in the moment of the call',
      key({ secretEnds: [AT] }),
      'ended at 2026-11-25T12:00:00.000Z',
      null,
    ],
    [
      'revoked while the call was under way',
      key({ revoked: { ...revoked, at: AT + 5 } }),
      'revoked at 2026-11-25T12:00:00.005Z',
      { ...revoked, at: AT + 5 },
    ],
    [
      'replaced',
      key({ secretEnds: [AT - HOUR] }),
      'rotation of the key and ended at 2026-11-25T11:00:00.000Z',
      null,
    ],
    [
      'replaced, one of several',
      key({ secretEnds: [AT - 2 * HOUR, AT - HOUR, AT + HOUR] }),
      'ended no later than 2026-11-25T11:00:00.000Z',
      null,
    ],
    [
      'replaced, and the key revoked afterwards',
      key({ secretEnds: [AT - HOUR], revoked: later }),
      'ended at 2026-11-25T11:00:00.000Z',
      null,
    ],
    ['replaced, which is known no more', key(), 'replaced by a rotation', null],
    ['forgotten', undefined, 'forgotten by now', null],
  ] as const)('of a revoked key that was %s', (_case, found, says, by) => {
    const { explanation, revoked: told } = explain('revoked', found);
    expect(explanation).toContain(says);
    expect(told).toEqual(by);
  });

  it('of an expired key says when it ended, where that is known still', () => {
    expect(explain('expired', key({ expiresAt: AT })).explanation).toContain('2026-11-25T12:00:00.000Z');
    for (const found of [key({ expiresAt: AT + 1 }), key()])
      expect(explain('expired', found).explanation).toContain('has been changed since');
    expect(explain('expired').explanation).toContain('forgotten');
  });

  it.each([null, 'what nobody knows'])('of the reason %j nothing more is known', (reason) => {
    expect(explain(reason)).toEqual({ explanation: 'Nothing more is known of it.', revoked: null });
  });

  it("of another project's key says nothing of it, whatever is handed over", () => {
    const { explanation, revoked: told } = explain('other_project', key({ revoked, expiresAt: AT }));
    expect(explanation).toBe('It is a key of another project.');
    expect(told).toBeNull();
  });
});

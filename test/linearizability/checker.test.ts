import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstUnexplained, type Operation } from './checker.ts';
import { check, type Entry } from './model.ts';

type Made = Operation<number> & { readonly name: string };

const write = (sent: number, answered: number, value: number): Made => ({
  ...{ name: `write ${value}`, sent, answered, isRead: false },
  apply: () => value,
});
const read = (sent: number, answered: number, value: number): Made => ({
  ...{ name: `read ${value}`, sent, answered, isRead: true },
  apply: (state) => (state === value ? state : undefined),
});
const NEVER = Number.POSITIVE_INFINITY;
const verdict = (...operations: Made[]) =>
  firstUnexplained<number, Made>(0, operations, String)?.name ?? 'linearizable';

describe('a register', () => {
  it.each<[string, Made[], string]>([
    ['is read as it was at first', [read(0, 1, 0)], 'linearizable'],
    ['shows an answered write', [write(0, 1, 1), read(2, 3, 1)], 'linearizable'],
    ['hides an answered write', [write(0, 1, 1), read(2, 3, 0)], 'read 0'],
    ['shows the old value beside a write', [write(0, 9, 1), read(1, 2, 0)], 'linearizable'],
    ['shows the new value beside a write', [write(0, 9, 1), read(1, 2, 1)], 'linearizable'],
    ['goes back beside a write', [write(0, 9, 1), read(1, 2, 1), read(3, 4, 0)], 'read 0'],
    ['shows what nobody wrote', [write(0, 1, 1), read(2, 3, 2)], 'read 2'],
    [
      'shows two writes at once in one order',
      [write(0, 5, 1), write(1, 6, 2), read(7, 8, 1)],
      'linearizable',
    ],
    [
      'shows two writes at once in two orders',
      [write(0, 5, 1), write(1, 6, 2), read(7, 8, 1), read(9, 10, 2)],
      'read 2',
    ],
    [
      'shows a write without an answer late',
      [write(0, NEVER, 1), read(5, 6, 0), read(7, 8, 1)],
      'linearizable',
    ],
    ['never shows a write without an answer', [write(0, NEVER, 1), read(5, 6, 0)], 'linearizable'],
    ['forgets a write without an answer', [write(0, NEVER, 1), read(5, 6, 1), read(7, 8, 0)], 'read 0'],
    [
      'is overwritten by a write without an answer, once',
      [write(0, NEVER, 1), write(2, 3, 2), read(4, 5, 1), write(6, 7, 2), read(8, 9, 1)],
      'read 1',
    ],
  ])('that %s', (_name, operations, expected) => {
    expect(verdict(...operations)).toBe(expected);
  });

  const history = fc.array(
    fc.record({
      sent: fc.nat(20),
      takes: fc.option(fc.integer({ min: 1, max: 8 })),
      value: fc.nat(2),
      isRead: fc.boolean(),
    }),
    { maxLength: 5 },
  );

  it('is judged as by trying every order', () => {
    fc.assert(
      fc.property(history, (rows) => {
        const operations = rows.flatMap(({ sent, takes, value, isRead }) => {
          const answered = takes === null ? NEVER : sent + takes;
          if (isRead) return takes === null ? [] : [read(sent, answered, value)];
          return [write(sent, answered, value)];
        });
        expect(verdict(...operations) === 'linearizable').toBe(someOrderExplains(0, operations));
      }),
      { numRuns: 200 },
    );
  });

  /** The definition itself. */
  function someOrderExplains(state: number, left: readonly Made[]): boolean {
    if (left.every(({ answered }) => answered === NEVER)) return true;
    const firstAnswer = Math.min(...left.map(({ answered }) => answered));
    return left.some((operation) => {
      const after = operation.sent <= firstAnswer ? operation.apply(state) : undefined;
      return (
        after !== undefined &&
        someOrderExplains(
          after,
          left.filter((other) => other !== operation),
        )
      );
    });
  }
});

describe('a history in which a gateway answers by what was', () => {
  const KEY = { key: 'key_1', secret: 'hash' };
  let at = 0;
  const changed = (change: Extract<Entry, { entry: 'asked' }>['change'], issued?: string): Entry[] => {
    const id = `request ${at}`;
    const asked = { entry: 'asked', id, at: at++, now: at, change } as const;
    return [asked, { entry: 'told', id, at: at++, verdict: 'made', ...(issued !== undefined && { issued }) }];
  };
  const called = (
    isUp: boolean,
    finding: 'valid' | 'revoked' | 'expired' | 'out_of_scope' | 'no_key',
    secret: string | null = KEY.secret,
  ): Entry => ({
    entry: 'call',
    ...{ sent: at++, answered: at++, now: at, secret, isUp, findings: [finding] },
  });
  const revoke = () => changed({ kind: 'revoke', key: KEY.key });
  const rotate = () => changed({ kind: 'rotate', key: KEY.key, overlap: 0 }, 'new');
  const raise = () => changed({ kind: 'gate', up: true });
  const narrow = () => changed({ kind: 'narrow', key: KEY.key, isNarrow: true });
  const expire = () => changed({ kind: 'expire', key: KEY.key, at: 0 });

  it.each<[string, () => Entry[], stale: number]>([
    ['no key, after the gate was raised', () => [...raise(), called(false, 'no_key', null)], 1],
    ['no key, refused after the gate was raised', () => [...raise(), called(true, 'no_key', null)], 0],
    ['a revoked key', () => [...revoke(), called(true, 'valid')], 2],
    ['a revoked key, refused', () => [...raise(), ...revoke(), called(true, 'revoked')], 0],
    ['a rotated secret', () => [...raise(), ...rotate(), called(true, 'valid')], 1],
    ['a rotated secret, refused', () => [...raise(), ...rotate(), called(true, 'revoked')], 0],
    ['the new secret', () => [...raise(), ...rotate(), called(true, 'valid', 'new')], 0],
    [
      'the new secret, which is not known',
      () => [...raise(), ...rotate(), called(true, 'revoked', 'new')],
      1,
    ],
    ['a narrowed key', () => [...raise(), ...narrow(), called(true, 'valid')], 1],
    ['an expired key', () => [...raise(), ...expire(), called(true, 'valid')], 1],
  ])('lets in %s: so many registers are stale', (_name, entries, stale) => {
    expect(check({ firstSecrets: [KEY], entries: entries() }).stale).toHaveLength(stale);
  });
});

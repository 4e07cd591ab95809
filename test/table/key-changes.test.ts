import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { interleave, sampled, sampledRuns } from '../support/interleaving.ts';
import { type Answered, CHANGES, type ChangeName, isDone, type Keys, known, startKeys } from './key-model.ts';

let keysOf: Awaited<ReturnType<typeof startKeys>>;

beforeAll(async () => {
  keysOf = await startKeys();
});
afterAll(() => keysOf.store.close());

/** Nobody is refused but by a revocation that came first. */
function expectAnswers(answers: readonly Answered[]): void {
  const isRevoked = answers.some(({ name, status }) => name === 'revoke' && status === 204);
  for (const { name, status } of answers) {
    expect([200, 204, ...(isRevoked && name !== 'revoke' ? [409] : [])]).toContain(status);
  }
}

describe('two changes of one key', () => {
  const pairs = sampled(CHANGES.flatMap((first) => CHANGES.map((second) => [first, second] as const)));
  let interleavings = 0;

  /** One is stopped before its nth request, the other runs from its beginning to its end, and the first goes on. */
  async function stopAndGoOn(pair: readonly [ChangeName, ChangeName], nth: number, beside?: Keys) {
    const keys = await keysOf.storeKey(beside);
    const first = keysOf.asking(pair[0], keys, 'first');
    const isStopped = await first.caller.stopBefore('any', nth);
    const second = isStopped ? await keysOf.asking(pair[1], keys, 'second').answered() : undefined;
    if (second !== undefined && isDone(second)) await keysOf.expectNoMoreThan(known(keys.known, [second]));
    const answers = [await first.answered(), ...(second === undefined ? [] : [second])];
    expectAnswers(answers);
    await keysOf.expectWhole(keys, known(keys.known, answers));
    return { keys, isStopped };
  }

  it.each(pairs)(
    'keep what both answers promised, wherever "%s" stops and "%s" comes between',
    async (...pair) => {
      let beside: Keys | undefined;
      for (let nth = 1; ; nth++) {
        const { keys, isStopped } = await stopAndGoOn(pair, nth, beside);
        beside = keys;
        if (!isStopped) break;
        interleavings++;
      }
    },
  );

  it('were interleaved at every read and write', () => {
    console.log(`${interleavings} interleavings of two changes of a key`);
    expect(interleavings).toBeGreaterThanOrEqual(pairs.length * 8);
  });
});

describe('three changes of one key', () => {
  it('keep what the answers promised, in whatever order their requests arrive', async () => {
    let schedules = 0;
    const three = fc.tuple(...[1, 2, 3].map(() => fc.constantFrom(...CHANGES)));
    const choices = fc.array(fc.nat(5), { minLength: 40, maxLength: 40 });
    let beside: Keys | undefined;
    await fc.assert(
      fc.asyncProperty(three, choices, async (names, order) => {
        const keys = await keysOf.storeKey(beside);
        beside = keys;
        const asking = names.map((name, n) => keysOf.asking(name, keys, String(n)));
        await interleave(
          asking.map(({ caller }) => caller),
          order,
        );
        const answers = await Promise.all(asking.map(({ answered }) => answered()));
        expectAnswers(answers);
        await keysOf.expectWhole(keys, known(keys.known, answers));
        schedules++;
      }),
      { numRuns: sampledRuns(40) },
    );
    console.log(`${schedules} schedules of three changes of a key`);
  });
});

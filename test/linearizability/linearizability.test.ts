import { expect, it, jest } from '@jest/globals';
import { play } from './run.ts';

// One stale answer is one too many.
jest.retryTimes(0);
/** No guarantee: how long a machine that does much else may take. */
const WITHIN_MS = 600_000;

it(
  'no interleaving of toggles, changes of keys and calls of three gateway processes has a stale answer',
  async () => {
    const { stale, ...played } = await play({
      ...{ operations: 3_000, seed: Math.random(), lanes: 2, killEveryMs: 5_000 },
    });
    console.log(JSON.stringify(played));
    expect(stale).toEqual([]);
    expect(played.operations).toBeGreaterThanOrEqual(3_000);
    expect(played.changes).toBeGreaterThan(100);
  },
  WITHIN_MS,
);

it(
  'an authorizer that remembers for five seconds is caught',
  async () => {
    const { stale } = await play({ operations: 400, seed: Math.random(), lanes: 1, cacheSeconds: 5 });
    expect(stale).not.toEqual([]);
  },
  WITHIN_MS,
);

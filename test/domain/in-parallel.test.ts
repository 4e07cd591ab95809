import { describe, expect, it } from '@jest/globals';
import { inParallel } from '../../functions/domain/in-parallel.ts';
import { lazily } from '../../functions/domain/lazily.ts';

describe('some things at the same time', () => {
  it.each([1, 2, 5])('are %d, the last item first, each once', async (width) => {
    let running = 0;
    let most = 0;
    const seen: number[] = [];
    await inParallel([1, 2, 3, 4], width, async (item) => {
      seen.push(item);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
    });
    expect(seen).toEqual([4, 3, 2, 1]);
    expect(most).toBe(Math.min(width, 4));
  });

  it('of none are none', async () => {
    await inParallel([], 3, async () => {
      throw new Error('Nothing is to be done');
    });
  });

  it('what fails ends its own line, and is thrown when the others have ended', async () => {
    const done: number[] = [];
    const run = inParallel([1, 2, 3, 4], 2, async (item) => {
      await new Promise(setImmediate);
      if (item === 4) throw new Error('four');
      done.push(item);
    });
    await expect(run).rejects.toThrow('four');
    expect(done).toEqual([3, 2, 1]);
  });
});

describe('a value that is made with the first call', () => {
  it('is made once, for callers at the same time too', async () => {
    let made = 0;
    const get = lazily(async () => ++made);
    expect(await Promise.all([get(), get()])).toEqual([1, 1]);
    expect(await get()).toBe(1);
  });

  it('is made again after a failure', async () => {
    let made = 0;
    const get = lazily(async () => {
      if (++made === 1) throw new Error('first');
      return made;
    });
    await expect(get()).rejects.toThrow('first');
    expect(await get()).toBe(2);
  });
});

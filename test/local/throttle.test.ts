import { expect, it } from '@jest/globals';
import { createThrottle } from '../../local/rest-api/throttle.ts';

it('takes a burst at once, then as many as its rate gives, and never saves more than a burst', () => {
  let now = 0;
  const take = createThrottle({ rate: 2, burst: 3 }, () => now);
  const taken = () => Array.from({ length: 5 }, take).filter(Boolean).length;
  expect(taken()).toBe(3);
  now += 499;
  expect(taken()).toBe(0);
  now += 1;
  expect(taken()).toBe(1);
  now += 3_600_000;
  expect(taken()).toBe(3);
});

it('takes every request where there is no limit, and none at a rate and burst of 0', () => {
  expect(createThrottle(undefined)()).toBe(true);
  expect(createThrottle({ rate: 0, burst: 0 })()).toBe(false);
});

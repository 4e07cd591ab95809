import { describe, expect, it } from '@jest/globals';
import { distributions, meanOf, type Scenario, simulate } from '../../bench/simulation-model.ts';

const { exponential, logNormal } = distributions(0.28);
const never = () => Number.POSITIVE_INFINITY;
const seconds = (value: number) => () => value;
const NO_STREAMS = { clients: 0, openSeconds: 0, againSeconds: 0 };
const UNLIMITED = {
  concurrency: Number.POSITIVE_INFINITY,
  requestsPerUnit: Number.POSITIVE_INFINITY,
  newAtOnce: Number.POSITIVE_INFINITY,
  newPerSecond: Number.POSITIVE_INFINITY,
  idleSeconds: Number.POSITIVE_INFINITY,
};
/** All calls last as long as the MCP server takes, and nothing refuses one: each test changes what it is about. */
const SCENARIO: Scenario = {
  platform: UNLIMITED,
  authorizer: { start: seconds(0), work: seconds(0) },
  relay: { start: seconds(0), work: seconds(0) },
  store: { read: seconds(0), hotItemReadsPerSecond: Number.POSITIVE_INFINITY, cacheSeconds: 0 },
  upstream: seconds(0.1),
  betweenCalls: exponential(1 / 100),
  streams: NO_STREAMS,
  from: 10,
  until: 1_010,
};

/** The share that a system of so many servers without a queue refuses. @param load rate × duration */
function erlangB(servers: number, load: number): number {
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (load * blocked) / (n + load * blocked);
  return blocked;
}

describe('the simulation of Lambda', () => {
  it('needs as many environments as rate × duration says', () => {
    const percentiles = { p50: 0.1, p99: 0.4 };
    const { relay, answered, calls } = simulate({ ...SCENARIO, upstream: logNormal(percentiles) });
    expect(Math.abs(relay.meanConcurrency / (100 * meanOf(percentiles)) - 1)).toBeLessThan(0.02);
    expect(answered).toBe(calls);
  });

  it.each([
    ['always the same', seconds(0.1)],
    ['exponential', exponential(0.1)],
  ])('refuses as Erlang’s formula says where the account is used up, service times %s', (_, upstream) => {
    const { throttled, calls } = simulate({
      ...SCENARIO,
      platform: { ...UNLIMITED, concurrency: 10 },
      upstream,
    });
    expect(throttled / calls).toBeCloseTo(erlangB(10, 10), 2);
  });

  it('answers the share p² with p + p² = 1 where a call’s two requests are twice what the account takes', () => {
    const { answered, calls } = simulate({
      ...SCENARIO,
      platform: { ...UNLIMITED, concurrency: 100, requestsPerUnit: 1 },
      // Else the relay's request would come at once, and meet what the authorizer's has left.
      authorizer: { start: seconds(0), work: exponential(0.5) },
      upstream: seconds(0.001),
    });
    expect(answered / calls).toBeCloseTo(((Math.sqrt(5) - 1) / 2) ** 2, 2);
  });

  it('gives a function 1,000 environments at once, and 100 more each second', () => {
    const { relay } = simulate({
      ...SCENARIO,
      platform: { ...UNLIMITED, newAtOnce: 1_000, newPerSecond: 100 },
      upstream: seconds(60),
      betweenCalls: seconds(1 / 5_000),
      from: 0,
      until: 10,
    });
    expect(relay.mostConcurrency).toBeGreaterThan(1_980);
    expect(relay.mostConcurrency).toBeLessThanOrEqual(2_000);
  });

  it.each([
    [299, 1],
    [301, 10],
  ])(
    'takes an environment away after 300 idle seconds: of ten calls, %d s apart, %d are cold',
    (apart, cold) => {
      const figures = simulate({
        ...SCENARIO,
        platform: { ...UNLIMITED, idleSeconds: 300 },
        upstream: seconds(0),
        authorizer: { start: seconds(0.4), work: seconds(0) },
        relay: { start: seconds(0.5), work: seconds(0.001) },
        betweenCalls: seconds(apart),
        from: 0,
        until: apart * 10.5,
      });
      expect(figures.calls).toBe(10);
      expect(figures.cold).toBe(cold);
      expect(figures.added[0]).toBeCloseTo(901);
      expect(figures.added[9]).toBeCloseTo(cold === 1 ? 1 : 901);
    },
  );

  it('holds an environment for each open stream', () => {
    const { relay } = simulate({
      ...SCENARIO,
      betweenCalls: never,
      streams: { clients: 50, openSeconds: 60, againSeconds: 1 },
      from: 610,
      until: 1_220,
    });
    expect(relay.meanConcurrency).toBeCloseTo((50 * 60) / 61, 0);
  });

  it('serves as many calls as the partition of their one item serves reads', () => {
    const { answered, unread, calls } = simulate({
      ...SCENARIO,
      store: { ...SCENARIO.store, hotItemReadsPerSecond: 30 },
    });
    expect(answered / calls).toBeCloseTo(0.3, 2);
    expect(answered + unread).toBe(calls);
  });

  it('reads at most once in `cacheSeconds` for each environment of the authorizer', () => {
    const { hotItemReads, authorizer } = simulate({
      ...SCENARIO,
      authorizer: { start: seconds(0), work: seconds(0.05) },
      store: { ...SCENARIO.store, cacheSeconds: 5 },
    });
    expect(hotItemReads).toBeLessThanOrEqual((authorizer.mostConcurrency * 1_000) / 5);
    expect(hotItemReads).toBeGreaterThan((authorizer.meanConcurrency * 1_000) / 10);
  });

  it('gives the same figures for the same seed', () => {
    const run = (seed: number) =>
      simulate({ ...SCENARIO, betweenCalls: distributions(seed).exponential(0.01), until: 20 });
    expect(run(0.1)).toEqual(run(0.1));
    expect(run(0.2)).not.toEqual(run(0.1));
  });
});

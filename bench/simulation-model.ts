import { randomExponential, randomLcg, randomLogNormal } from 'd3-random';
import FlatQueue from 'flatqueue';

/** Draws how many seconds something takes. */
export type Seconds = () => number;

/** A log-normal distribution, as times are measured. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** What Lambda gives to an account in one region. */
export interface Platform {
  /** Executions at once, of all functions together. */
  readonly concurrency: number;
  /** Requests a second, of all functions together, for each unit of concurrency. */
  readonly requestsPerUnit: number;
  /** How many environments a function may get at once, and how many more each second. */
  readonly newAtOnce: number;
  readonly newPerSecond: number;
  /** After how long without a request an environment is taken away. */
  readonly idleSeconds: number;
}

/** A function: each of its environments serves one request at a time. */
interface SimulatedFunction {
  /** What the first request of an environment waits for, besides its work. */
  readonly start: Seconds;
  /** The function's own part of a request, without store and MCP server. */
  readonly work: Seconds;
}

interface Store {
  /** One BatchGetItem. */
  readonly read: Seconds;
  /** How many strongly consistent reads a second the partition serves whose item every call needs. */
  readonly hotItemReadsPerSecond: number;
  /** The deployment option: how long an environment of the authorizer reuses what it read. */
  readonly cacheSeconds: number;
}

export interface Scenario {
  readonly platform: Platform;
  readonly authorizer: SimulatedFunction;
  readonly relay: SimulatedFunction;
  readonly store: Store;
  /** What the MCP server takes for a call. */
  readonly upstream: Seconds;
  readonly betweenCalls: Seconds;
  readonly streams: {
    /** Clients that always want one open. */
    readonly clients: number;
    readonly openSeconds: number;
    /** Until a client whose stream has ended, or was refused, asks again. */
    readonly againSeconds: number;
  };
  /** The calls that arrive in this time are counted, in seconds after the first; there is no environment before it. */
  readonly from: number;
  readonly until: number;
}

interface FunctionFigures {
  /** Busy environments, over the time that is counted. */
  readonly meanConcurrency: number;
  readonly mostConcurrency: number;
}

export interface Figures {
  readonly calls: number;
  readonly answered: number;
  /** Answered, and an environment was started for it. */
  readonly cold: number;
  /** Lambda had no environment for it: the client got 500. */
  readonly throttled: number;
  /** The store did not serve the hot item: the client got 500. */
  readonly unread: number;
  /** Of the answered calls, milliseconds without the MCP server's. */
  readonly added: readonly number[];
  readonly hotItemReads: number;
  readonly authorizer: FunctionFigures;
  readonly relay: FunctionFigures;
}

/** Distributions that draw from one source, so that a seed gives the same figures each time. @param seed 0 ≤ seed < 1 */
export function distributions(seed: number) {
  const source = randomLcg(seed);
  return {
    exponential: (mean: number): Seconds => randomExponential.source(source)(1 / mean),
    logNormal: (percentiles: Percentiles): Seconds =>
      randomLogNormal.source(source)(Math.log(percentiles.p50), deviationOf(percentiles)),
  };
}

/** The mean of a log-normal distribution. */
export const meanOf = (percentiles: Percentiles): number =>
  percentiles.p50 * Math.exp(deviationOf(percentiles) ** 2 / 2);

/** The 99th percentile of the standard normal distribution. */
const NORMAL_P99 = 2.3263;
const deviationOf = ({ p50, p99 }: Percentiles): number => Math.log(p99 / p50) / NORMAL_P99;

/** Plays a scenario, event by event. */
export function simulate(scenario: Scenario): Figures {
  const { platform, store, streams, from, until } = scenario;
  const calendar = new Calendar();
  const account = { busy: 0, requests: new TokenBucket(platform.concurrency * platform.requestsPerUnit) };
  const authorizer = new LambdaFunction(calendar, account, platform, scenario.authorizer);
  const relay = new LambdaFunction(calendar, account, platform, scenario.relay);
  const hotItem = new TokenBucket(store.hotItemReadsPerSecond);
  const counted = { calls: 0, answered: 0, cold: 0, throttled: 0, unread: 0, hotItemReads: 0 };
  const added: number[] = [];

  /** The authorizer, then the relay for as long as the MCP server takes. */
  function request(
    upstreamSeconds: number,
    ended: (end: 'answered' | 'throttled' | 'unread', isCold: boolean) => void,
  ) {
    let isRead = true;
    const decide = (environment: Environment): number => {
      if (calendar.now - environment.readAt < store.cacheSeconds) return scenario.authorizer.work();
      // What a BatchGetItem leaves unprocessed is asked for once more.
      isRead = hotItem.take(calendar.now) || hotItem.take(calendar.now);
      if (isRead) environment.readAt = calendar.now;
      if (calendar.now >= from) counted.hotItemReads++;
      return scenario.authorizer.work() + store.read();
    };
    const forward = (isAuthorizerCold: boolean) => {
      if (!isRead) return ended('unread', isAuthorizerCold);
      const isTaken = relay.invoke(
        () => scenario.relay.work() + upstreamSeconds,
        (isRelayCold) => ended('answered', isAuthorizerCold || isRelayCold),
      );
      if (!isTaken) ended('throttled', isAuthorizerCold);
    };
    if (!authorizer.invoke(decide, forward)) ended('throttled', false);
  }

  function call(): void {
    const arrived = calendar.now;
    const upstreamSeconds = scenario.upstream();
    request(upstreamSeconds, (end, isCold) => {
      if (arrived < from) return;
      counted.calls++;
      counted[end]++;
      if (end !== 'answered') return;
      if (isCold) counted.cold++;
      added.push((calendar.now - arrived - upstreamSeconds) * 1_000);
    });
    repeatIn(scenario.betweenCalls(), call);
  }

  function openStream(): void {
    request(streams.openSeconds, () => repeatIn(streams.againSeconds, openStream));
  }

  /** Nothing begins after the time that is counted; what has begun then ends. */
  function repeatIn(seconds: number, action: () => void): void {
    if (calendar.now + seconds < until) calendar.in(seconds, action);
  }

  repeatIn(scenario.betweenCalls(), call);
  for (let n = 0; n < streams.clients; n++) repeatIn(n / streams.clients, openStream);
  for (const { concurrency } of [authorizer, relay]) {
    calendar.in(from, () => concurrency.start(calendar.now));
    calendar.in(until, () => concurrency.stop(calendar.now));
  }
  calendar.run();
  return {
    ...counted,
    added,
    authorizer: authorizer.concurrency.figures(),
    relay: relay.concurrency.figures(),
  };
}

/** What is to happen, in the order of its time. */
class Calendar {
  now = 0;
  readonly #actions = new FlatQueue<() => void>();

  in(seconds: number, action: () => void): void {
    this.#actions.push(action, this.now + seconds);
  }

  run(): void {
    for (let time = this.#actions.peekValue(); time !== undefined; time = this.#actions.peekValue()) {
      this.now = time;
      this.#actions.pop()?.();
    }
  }
}

/** So many at once, and so many more each second. */
class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;
  #filledAt = 0;

  constructor(perSecond: number, most: number = perSecond) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#tokens = most;
  }

  take(now: number): boolean {
    if (this.#most === Number.POSITIVE_INFINITY) return true;
    this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#filledAt) * this.#perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

interface Environment {
  freedAt: number;
  readAt: number;
}

class LambdaFunction {
  readonly concurrency = new Gauge();
  readonly #calendar: Calendar;
  readonly #account: { busy: number; readonly requests: TokenBucket };
  readonly #platform: Platform;
  readonly #scaling: TokenBucket;
  readonly #start: Seconds;
  /** The one that was used last is at the end, and is used next. */
  readonly #idle: Environment[] = [];

  constructor(
    calendar: Calendar,
    account: { busy: number; readonly requests: TokenBucket },
    platform: Platform,
    { start }: SimulatedFunction,
  ) {
    this.#calendar = calendar;
    this.#account = account;
    this.#platform = platform;
    this.#scaling = new TokenBucket(platform.newPerSecond, platform.newAtOnce);
    this.#start = start;
  }

  /**
   * @param run gives the seconds that an environment takes for the request
   * @returns whether Lambda took the request; it queues none that somebody waits for
   */
  invoke(run: (environment: Environment) => number, ended: (isCold: boolean) => void): boolean {
    const { now } = this.#calendar;
    if (this.#account.busy >= this.#platform.concurrency || !this.#account.requests.take(now)) return false;
    while (this.#idle[0] !== undefined && now - this.#idle[0].freedAt > this.#platform.idleSeconds)
      this.#idle.shift();
    const warm = this.#idle.pop();
    if (warm === undefined && !this.#scaling.take(now)) return false;
    const environment = warm ?? { freedAt: now, readAt: Number.NEGATIVE_INFINITY };
    const isCold = warm === undefined;
    this.#account.busy++;
    this.concurrency.add(1, now);
    this.#calendar.in((isCold ? this.#start() : 0) + run(environment), () => {
      this.#account.busy--;
      this.concurrency.add(-1, this.#calendar.now);
      environment.freedAt = this.#calendar.now;
      this.#idle.push(environment);
      ended(isCold);
    });
    return true;
  }
}

/** A level over time. */
class Gauge {
  #level = 0;
  #most = 0;
  #area = 0;
  #since = 0;
  #started = 0;
  #stopped = Number.POSITIVE_INFINITY;

  add(difference: number, now: number): void {
    this.#account(now);
    this.#level += difference;
    if (now < this.#stopped) this.#most = Math.max(this.#most, this.#level);
  }

  start(now: number): void {
    this.#started = now;
    this.#since = now;
    this.#area = 0;
    this.#most = this.#level;
  }

  stop(now: number): void {
    this.#account(now);
    this.#stopped = now;
  }

  figures(): FunctionFigures {
    return {
      meanConcurrency: this.#area / (this.#stopped - this.#started),
      mostConcurrency: this.#most,
    };
  }

  #account(now: number): void {
    if (now > this.#stopped) return;
    this.#area += this.#level * (now - this.#since);
    this.#since = now;
  }
}

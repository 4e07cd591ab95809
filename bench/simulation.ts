import { quantile } from './gateway.ts';
import {
  AUTHORIZER,
  DEFAULT_CONCURRENCY,
  NEW_CONCURRENCY,
  PARTITION_READS_PER_SECOND,
  platform,
  RAISED_CONCURRENCY,
  RELAY,
  STORE_READ,
  STREAM_AGAIN_SECONDS,
  STREAM_SECONDS,
  STREAMS_PER_CALL_A_SECOND,
  UPSTREAM,
} from './simulation-assumptions.ts';
import {
  distributions,
  type Figures,
  meanOf,
  type Percentiles,
  type Scenario,
  simulate,
} from './simulation-model.ts';

const SEED = 0.28;
/** What takes a seed to the next: no two come near each other. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** After it, every environment that a load does not keep busy has been taken away, and the most that it needs were made. */
const SETTLED_SECONDS = 600;
const COLD_SECONDS = 10;
/** So many calls of cold starts are counted, of as many starts as it takes. */
const COLD_CALLS = 20_000;
/** So long is counted where the load is steady: an hour, or fewer seconds of a load that has calls enough. */
const STEADY_SECONDS = 3_600;
const CALLS_ENOUGH = 600_000;

interface Load {
  readonly callsPerSecond: number;
  readonly concurrency: number;
  readonly withStreams: boolean;
}

const LOADS: readonly Load[] = [
  { callsPerSecond: 10, concurrency: NEW_CONCURRENCY },
  ...[10, 100, 1_000, 10_000].map((callsPerSecond) => ({ callsPerSecond, concurrency: DEFAULT_CONCURRENCY })),
  { callsPerSecond: 10_000, concurrency: RAISED_CONCURRENCY },
].flatMap((load) => [false, true].map((withStreams) => ({ ...load, withStreams })));

/**
 * Authorizer and relay on Lambda, simulated: docs/scaling.md says by what assumptions. Nothing of it was measured on AWS.
 * @returns Markdown tables
 */
export function simulation(): string {
  return [
    `The first ${COLD_SECONDS} s of a load that meets no environment:`,
    '',
    table((load) =>
      Array.from({ length: Math.ceil(COLD_CALLS / (COLD_SECONDS * load.callsPerSecond)) }, (_, n) =>
        simulate({ ...scenarioOf(load, (SEED + n * GOLDEN) % 1), from: 0, until: COLD_SECONDS }),
      ),
    ),
    '',
    `The same load, ${SETTLED_SECONDS} s later:`,
    '',
    table((load) => {
      const until = SETTLED_SECONDS + Math.min(STEADY_SECONDS, CALLS_ENOUGH / load.callsPerSecond);
      return [simulate({ ...scenarioOf(load), from: SETTLED_SECONDS, until })];
    }),
    '',
    `One project, whose config item every call needs, in an account with ${RAISED_CONCURRENCY.toLocaleString('en')} units:`,
    '',
    hotProject(),
  ].join('\n');
}

/** @param play gives what a load comes to, of one run or of several */
function table(play: (load: Load) => readonly Figures[]): string {
  const rows = LOADS.map((load) => {
    const runs = play(load);
    const sum = (count: (figures: Figures) => number) => runs.reduce((total, run) => total + count(run), 0);
    const concurrency = (of: 'authorizer' | 'relay') =>
      `${(sum((run) => run[of].meanConcurrency) / runs.length).toFixed(1)} (${Math.max(...runs.map((run) => run[of].mostConcurrency))})`;
    const added = runs.flatMap((run) => run.added);
    return [
      load.callsPerSecond.toLocaleString('en'),
      load.concurrency.toLocaleString('en'),
      Math.round(streamClients(load)).toLocaleString('en'),
      percent(
        sum(({ cold }) => cold),
        sum(({ answered }) => answered),
      ),
      percent(
        sum(({ throttled }) => throttled),
        sum(({ calls }) => calls),
      ),
      quantile(added, 50).toFixed(0),
      quantile(added, 99).toFixed(0),
      concurrency('authorizer'),
      concurrency('relay'),
      formula(load),
    ].join(' | ');
  });
  return [
    '| calls a second | units | streams | cold | 500 | added p50, ms | added p99, ms | authorizer, mean (most) | relay, mean (most) | relay by rate × duration |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

/** The relay's concurrency by Lambda's own formula, if every request is served by a warm environment. */
function formula(load: Load): string {
  const calls = load.callsPerSecond * (meanOf(UPSTREAM) + meanOf(RELAY.work));
  return (
    calls / 1_000 +
    (streamClients(load) * STREAM_SECONDS) / (STREAM_SECONDS + STREAM_AGAIN_SECONDS)
  ).toFixed(1);
}

const streamClients = ({ callsPerSecond, withStreams }: Load): number =>
  withStreams ? callsPerSecond * STREAMS_PER_CALL_A_SECOND : 0;

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;

function hotProject(): string {
  const rows = [
    { callsPerSecond: 1_000, cacheSeconds: 0 },
    { callsPerSecond: 3_000, cacheSeconds: 0 },
    { callsPerSecond: 10_000, cacheSeconds: 0 },
    { callsPerSecond: 10_000, cacheSeconds: 1 },
    { callsPerSecond: 10_000, cacheSeconds: 5 },
  ].map(({ callsPerSecond, cacheSeconds }) => {
    const load = { callsPerSecond, concurrency: RAISED_CONCURRENCY, withStreams: false };
    const [from, until] = [60, 90];
    const scenario = scenarioOf(load);
    const store = { ...scenario.store, hotItemReadsPerSecond: PARTITION_READS_PER_SECOND, cacheSeconds };
    const figures = simulate({ ...scenario, store, from, until });
    return [
      callsPerSecond.toLocaleString('en'),
      String(cacheSeconds),
      (figures.hotItemReads / (until - from)).toFixed(0),
      percent(figures.unread, figures.calls),
      quantile(figures.added, 50).toFixed(1),
    ].join(' | ');
  });
  return [
    '| calls a second | `cacheSeconds` | reads of the item a second | 500 | added p50, ms |',
    '|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

function scenarioOf(load: Load, seed: number = SEED): Omit<Scenario, 'from' | 'until'> {
  const { exponential, logNormal } = distributions(seed);
  const seconds = ({ p50, p99 }: Percentiles) => logNormal({ p50: p50 / 1_000, p99: p99 / 1_000 });
  return {
    platform: platform(load.concurrency),
    authorizer: { start: seconds(AUTHORIZER.start), work: seconds(AUTHORIZER.work) },
    relay: { start: seconds(RELAY.start), work: seconds(RELAY.work) },
    store: { read: seconds(STORE_READ), hotItemReadsPerSecond: Number.POSITIVE_INFINITY, cacheSeconds: 0 },
    upstream: seconds(UPSTREAM),
    betweenCalls: exponential(1 / load.callsPerSecond),
    streams: {
      clients: streamClients(load),
      openSeconds: STREAM_SECONDS,
      againSeconds: STREAM_AGAIN_SECONDS,
    },
  };
}

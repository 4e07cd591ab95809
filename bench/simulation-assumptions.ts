import { FUNCTIONS } from '../infra/functions.ts';
import type { Percentiles, Platform } from './simulation-model.ts';

/**
 * What the simulation rests on. What says "measured" was measured here, on the machine of docs/performance.md; what has an address
 * was read there in November 2026; what says "assumed" is neither. Times are milliseconds.
 */

/**
 * Measured (docs/performance.md, "One call in the functions"): the CPU of a call with a valid key, and of one whose payload is not
 * stored. In the authorizer's wall time is the store's part, which stands by itself below. Of one in a hundred: assumed, so many
 * times as much as the wall time was in "What attribution adds".
 */
const AUTHORIZER_WORK = { p50: 0.64, p99: 0.64 * (2.096 / 0.917) };
const RELAY_WORK = { p50: 0.367, p99: 0.367 * (0.722 / 0.336) };
/** Measured (docs/performance.md, "Bundles"): the module's load beyond that of an empty one, 24 ms at 2.03 and 2.12 times. */
const AUTHORIZER_LOAD = 25;
const RELAY_LOAD = 27;
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: the memory that buys one processor. */
const MEGABYTES_OF_A_PROCESSOR = 1_769;
/** Assumed: that of a microVM, which Lambda's logs do not show. https://firecracker-microvm.github.io/ has at most 125. */
const ENVIRONMENT_MADE = 125;
/** An empty Node function. https://gist.github.com/adriantanasa/d9cb9f7313f985f180c0aec98e482f2b: mean 171 of 100, most 248. */
const RUNTIME_START = 171;
/**
 * The first request to an AWS service.
 * https://speedrun.nobackspacecrew.com/blog/2025/07/21/the-fastest-node-22-lambda-coldstart-configuration.html
 */
const FIRST_AWS_REQUEST = 125;
/** Assumed: a server's address and TLS. */
const FIRST_UPSTREAM_REQUEST = 40;
/** Assumed: how much slower one start in a hundred is; 248 to 171 in the source of `RUNTIME_START`. */
const SLOW_START = 1.5;

/** Assumed. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Introduction.html says single-digit milliseconds. */
export const STORE_READ = { p50: 5, p99: 20 };
/** Assumed: a server that answers in 100 ms, as in docs/cost.md. */
export const UPSTREAM = { p50: 100, p99: 400 };

export const AUTHORIZER = {
  start: startOf(AUTHORIZER_LOAD + FIRST_AWS_REQUEST),
  work: on(AUTHORIZER_WORK, FUNCTIONS.authorizer.memoryMegabytes),
};
/** The server has headers: DynamoDB is asked for it, and KMS to open them. */
export const RELAY = {
  start: startOf(RELAY_LOAD + 2 * FIRST_AWS_REQUEST + FIRST_UPSTREAM_REQUEST),
  work: on(RELAY_WORK, FUNCTIONS.mcp.memoryMegabytes),
};

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: an account's default; a new one has less. */
export const DEFAULT_CONCURRENCY = 1_000;
/** What new accounts are found to have; AWS does not say. */
export const NEW_CONCURRENCY = 10;
/** What an operator has asked for. */
export const RAISED_CONCURRENCY = 5_000;

export const platform = (concurrency: number): Platform => ({
  concurrency,
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html: "across all functions in your account".
  requestsPerUnit: 10,
  // https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html: 1,000 every ten seconds, refilled continuously.
  newAtOnce: 1_000,
  newPerSecond: 100,
  // Assumed, and soon: who tried found 5 minutes to an hour. AWS does not say.
  idleSeconds: 300,
});

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html */
export const PARTITION_READS_PER_SECOND = 3_000;

/** Assumed: a client at work makes a call a second, and one in ten has a stream open. */
export const STREAMS_PER_CALL_A_SECOND = 0.1;
/** The deployment option `streamIdleSeconds`, as it is left out: nothing comes, and the relay ends the stream. */
export const STREAM_SECONDS = 60;
/** Assumed: a client waits so long before it asks for a stream again. */
export const STREAM_AGAIN_SECONDS = 1;

function startOf(own: number): Percentiles {
  const p50 = ENVIRONMENT_MADE + RUNTIME_START + own;
  return { p50, p99: p50 * SLOW_START };
}

/** A time that is all computing, where the memory buys a part of a processor. */
function on({ p50, p99 }: Percentiles, megabytes: number): Percentiles {
  const factor = MEGABYTES_OF_A_PROCESSOR / megabytes;
  return { p50: p50 * factor, p99: p99 * factor };
}

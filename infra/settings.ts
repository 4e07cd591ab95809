import type { Node } from 'constructs';
import {
  MAX_CACHE_SECONDS,
  MAX_LOG_RETENTION_DAYS,
  MAX_STREAM_IDLE_SECONDS,
  MAX_THROTTLE_BURST,
  MAX_THROTTLE_RATE,
} from '../functions/environment.ts';

/** What a deployer may choose: `cdk deploy -c portcullis:stage=dev -c portcullis:cacheSeconds=5`. */
export interface Settings {
  /** Names the API stage and the stack. `prod` keeps its table when the stack is deleted, any other does not. */
  readonly stage: string;
  /** Whole seconds, 0…300, that an authorizer instance may reuse what it read. 0: every request reads. */
  readonly cacheSeconds: number;
  /** Whole seconds, 1…299, that a GET stream may be silent before it is ended. */
  readonly streamIdleSeconds: number;
  /** Whole days, 1…365, that rows of calls, usage and refused callers are kept. */
  readonly logRetentionDays: number;
  /** Whole requests a second, 1…10000, that the stage takes in the long run, of all clients together. */
  readonly throttleRate: number;
  /** Whole requests, 1…5000, that it takes at once. */
  readonly throttleBurst: number;
}

export const PRODUCTION = 'prod';

const STAGE_CONTEXT = 'portcullis:stage';
const CACHE_SECONDS_CONTEXT = 'portcullis:cacheSeconds';
const STREAM_IDLE_SECONDS_CONTEXT = 'portcullis:streamIdleSeconds';
const LOG_RETENTION_DAYS_CONTEXT = 'portcullis:logRetentionDays';
const THROTTLE_RATE_CONTEXT = 'portcullis:throttleRate';
const THROTTLE_BURST_CONTEXT = 'portcullis:throttleBurst';

/**
 * @param node the app's node, which carries the context
 * @throws Error that names the context key when its value cannot be used
 */
export function settingsFrom(node: Node): Settings {
  return {
    stage: stage(node.tryGetContext(STAGE_CONTEXT) ?? PRODUCTION),
    cacheSeconds: wholeNumber(node, CACHE_SECONDS_CONTEXT, {
      minimum: 0,
      maximum: MAX_CACHE_SECONDS,
      otherwise: 0,
    }),
    streamIdleSeconds: wholeNumber(node, STREAM_IDLE_SECONDS_CONTEXT, {
      minimum: 1,
      maximum: MAX_STREAM_IDLE_SECONDS,
      otherwise: 60,
    }),
    logRetentionDays: wholeNumber(node, LOG_RETENTION_DAYS_CONTEXT, {
      minimum: 1,
      maximum: MAX_LOG_RETENTION_DAYS,
      otherwise: 30,
    }),
    throttleRate: wholeNumber(node, THROTTLE_RATE_CONTEXT, {
      minimum: 1,
      maximum: MAX_THROTTLE_RATE,
      otherwise: 1_000,
    }),
    throttleBurst: wholeNumber(node, THROTTLE_BURST_CONTEXT, {
      minimum: 1,
      maximum: MAX_THROTTLE_BURST,
      otherwise: 2_000,
    }),
  };
}

function stage(value: unknown): string {
  if (typeof value === 'string' && /^[a-z0-9]{1,32}$/.test(value)) return value;
  throw new Error(
    `Context ${STAGE_CONTEXT} must be 1 to 32 lower-case letters and digits, not ${JSON.stringify(value)}`,
  );
}

function wholeNumber(
  node: Node,
  key: string,
  { minimum, maximum, otherwise }: { minimum: number; maximum: number; otherwise: number },
): number {
  const value: unknown = node.tryGetContext(key) ?? otherwise;
  // `-c key=value` on the command line gives text, cdk.json gives a number.
  const text = typeof value === 'number' ? String(value) : value;
  const number = typeof text === 'string' && /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= minimum && number <= maximum) return number;
  throw new Error(
    `Context ${key} must be a whole number from ${minimum} to ${maximum}, not ${JSON.stringify(value)}`,
  );
}

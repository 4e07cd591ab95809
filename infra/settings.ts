import type { Node } from 'constructs';
import { MAX_CACHE_SECONDS } from '../functions/environment.ts';

/** What a deployer may choose: `cdk deploy -c portcullis:stage=dev -c portcullis:cacheSeconds=5`. */
export interface Settings {
  /** Names the API stage and the stack. `prod` keeps its table when the stack is deleted, any other does not. */
  readonly stage: string;
  /** Whole seconds, 0…300, that an authorizer instance may reuse what it read. 0: every request reads. */
  readonly cacheSeconds: number;
}

export const PRODUCTION = 'prod';

const STAGE_CONTEXT = 'portcullis:stage';
const CACHE_SECONDS_CONTEXT = 'portcullis:cacheSeconds';

/**
 * @param node the app's node, which carries the context
 * @throws Error that names the context key when its value cannot be used
 */
export function settingsFrom(node: Node): Settings {
  return {
    stage: stage(node.tryGetContext(STAGE_CONTEXT) ?? PRODUCTION),
    cacheSeconds: cacheSeconds(node.tryGetContext(CACHE_SECONDS_CONTEXT) ?? 0),
  };
}

function stage(value: unknown): string {
  if (typeof value === 'string' && /^[a-z0-9]{1,32}$/.test(value)) return value;
  throw new Error(
    `Context ${STAGE_CONTEXT} must be 1 to 32 lower-case letters and digits, not ${JSON.stringify(value)}`,
  );
}

function cacheSeconds(value: unknown): number {
  // `-c key=value` on the command line gives text, cdk.json gives a number.
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && /^[0-9]{1,3}$/.test(text) && Number(text) <= MAX_CACHE_SECONDS) {
    return Number(text);
  }
  throw new Error(
    `Context ${CACHE_SECONDS_CONTEXT} must be a whole number from 0 to ${MAX_CACHE_SECONDS}, not ${JSON.stringify(value)}`,
  );
}

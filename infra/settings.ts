import type { Node } from 'constructs';
import { PRODUCTION, stageProblem, WHOLE_NUMBERS, type WholeNumber, wholeNumberProblem } from './options.ts';

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

/**
 * @param node the app's node, which carries the context
 * @throws Error that names the context key when its value cannot be used
 */
export function settingsFrom(node: Node): Settings {
  return {
    stage: stage(node),
    cacheSeconds: wholeNumber(node, 'cacheSeconds'),
    streamIdleSeconds: wholeNumber(node, 'streamIdleSeconds'),
    logRetentionDays: wholeNumber(node, 'logRetentionDays'),
    throttleRate: wholeNumber(node, 'throttleRate'),
    throttleBurst: wholeNumber(node, 'throttleBurst'),
  };
}

const contextKey = (name: keyof Settings): string => `portcullis:${name}`;

function stage(node: Node): string {
  const key = contextKey('stage');
  const value: unknown = node.tryGetContext(key) ?? PRODUCTION;
  const problem = stageProblem(value);
  if (problem !== undefined) throw new Error(`Context ${key} ${problem}`);
  return String(value);
}

function wholeNumber(node: Node, name: WholeNumber): number {
  const key = contextKey(name);
  const value: unknown = node.tryGetContext(key) ?? WHOLE_NUMBERS[name].otherwise;
  // `-c key=value` on the command line gives text, cdk.json gives a number.
  const number = typeof value === 'string' && /^[0-9]{1,5}$/.test(value) ? Number(value) : value;
  const problem = wholeNumberProblem(name, number);
  if (problem !== undefined) throw new Error(`Context ${key} ${problem}`);
  return Number(number);
}

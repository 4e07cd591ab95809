/**
 * The environment variables that the stack sets and the functions read: each name is written here once.
 * Whoever grants a resource sets its variable in the same method (infra), so a forgotten grant fails when the
 * function's module loads, with the variable's name in the message.
 */
export const ENVIRONMENT = {
  /** Name of the one DynamoDB table. */
  tableName: 'PORTCULLIS_TABLE_NAME',
  /** Whole seconds, 0…300, that an authorizer instance may reuse what it read. 0: every request reads. */
  cacheSeconds: 'PORTCULLIS_CACHE_SECONDS',
  /** `true` lets an upstream be a loopback address over http. Set by the local gateway alone, never by the stack. */
  allowLoopbackUpstreams: 'PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS',
} as const;

/** The longest that a deployer may let an answer be stale, in seconds. */
export const MAX_CACHE_SECONDS = 300;

/**
 * @param name one of {@link ENVIRONMENT}
 * @returns its value, never empty
 * @throws Error that names the variable when it is missing or empty: call it while the module loads
 */
export function requiredVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`Environment variable ${name} is not set`);
  return value;
}

/**
 * @returns how many seconds an authorizer instance may reuse what it read, 0…300
 * @throws Error when the variable is missing or anything else: no default may widen the promise of no stale answer
 */
export function cacheSecondsFromEnvironment(): number {
  const value = requiredVariable(ENVIRONMENT.cacheSeconds);
  const seconds = /^\d{1,3}$/.test(value) ? Number(value) : Number.NaN;
  if (!(seconds <= MAX_CACHE_SECONDS)) {
    throw new Error(`${ENVIRONMENT.cacheSeconds} must be a whole number from 0 to ${MAX_CACHE_SECONDS}`);
  }
  return seconds;
}

/** Whether an upstream may be a loopback address over http: only where the local gateway says so. */
export const allowsLoopbackUpstreams = (): boolean =>
  process.env[ENVIRONMENT.allowLoopbackUpstreams] === 'true';

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
  /** ARN of the KMS key that seals the upstream headers of servers. */
  kmsKeyId: 'PORTCULLIS_KMS_KEY_ID',
  /** ARN of the root secret in Secrets Manager. */
  rootSecretId: 'PORTCULLIS_ROOT_SECRET_ID',
  /** Names of the log groups whose records are stored, with commas between them. */
  recordLogGroups: 'PORTCULLIS_RECORD_LOG_GROUPS',
  /** Whole days, 1…365, that rows, usage and refused callers are kept. */
  logRetentionDays: 'PORTCULLIS_LOG_RETENTION_DAYS',
  /** Name of the function that removes the data of deleted projects. */
  projectPurgeFunction: 'PORTCULLIS_PROJECT_PURGE_FUNCTION',
  /** Whole seconds, 1…299, that a GET stream may be silent. */
  streamIdleSeconds: 'PORTCULLIS_STREAM_IDLE_SECONDS',
  /** Whole requests a second, 1…10000, that the stage takes in the long run, of all clients together. */
  throttleRate: 'PORTCULLIS_THROTTLE_RATE',
  /** Whole requests, 1…5000, that it takes at once. */
  throttleBurst: 'PORTCULLIS_THROTTLE_BURST',
  /** What the metrics of calls are told apart by: the name of the gateway, which no other of the account has. */
  serviceName: 'PORTCULLIS_SERVICE_NAME',
  /** Origins that every MCP server allows, with commas between them; not set: none. */
  allowedOrigins: 'PORTCULLIS_ALLOWED_ORIGINS',
  /** `true` lets an upstream be a loopback address over http. Set by the local gateway alone, never by the stack. */
  allowLoopbackUpstreams: 'PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS',
} as const;

/** The longest that a deployer may let an answer be stale, in seconds. */
export const MAX_CACHE_SECONDS = 300;

/** The longest that a silent GET stream may be kept, in seconds: after 300 the platform itself cuts it. */
export const MAX_STREAM_IDLE_SECONDS = 299;

/** The longest that rows of calls can be kept, in days. */
export const MAX_LOG_RETENTION_DAYS = 365;

/** What API Gateway grants an account and region, in requests a second and at once: a stage cannot have more. */
export const MAX_THROTTLE_RATE = 10_000;
export const MAX_THROTTLE_BURST = 5_000;

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
export const cacheSecondsFromEnvironment = (): number =>
  wholeNumberFromEnvironment(ENVIRONMENT.cacheSeconds, { minimum: 0, maximum: MAX_CACHE_SECONDS });

/**
 * @returns after how many seconds without a byte a GET stream is ended, 1…299
 * @throws Error when the variable is missing or anything else
 */
export const streamIdleSecondsFromEnvironment = (): number =>
  wholeNumberFromEnvironment(ENVIRONMENT.streamIdleSeconds, { minimum: 1, maximum: MAX_STREAM_IDLE_SECONDS });

/**
 * @returns how many days rows of calls, usage and refused callers are kept, 1…365
 * @throws Error when the variable is missing or anything else
 */
export const logRetentionDaysFromEnvironment = (): number =>
  wholeNumberFromEnvironment(ENVIRONMENT.logRetentionDays, { minimum: 1, maximum: MAX_LOG_RETENTION_DAYS });

/**
 * @returns what the stage takes, of all clients together: requests a second in the long run, and at once
 * @throws Error when a variable is missing or anything else
 */
export const throttleFromEnvironment = () => ({
  requestsPerSecond: wholeNumberFromEnvironment(ENVIRONMENT.throttleRate, {
    minimum: 1,
    maximum: MAX_THROTTLE_RATE,
  }),
  burst: wholeNumberFromEnvironment(ENVIRONMENT.throttleBurst, { minimum: 1, maximum: MAX_THROTTLE_BURST }),
});

/**
 * @param isValid whether an item of the list may be one
 * @returns the items, none where the variable is not set
 * @throws Error that names the variable when an item may not be one
 */
export function listFromEnvironment(name: string, isValid: (item: string) => boolean): readonly string[] {
  const items = process.env[name]?.split(',') ?? [];
  if (!items.every(isValid)) throw new Error(`${name} has an item that cannot be used`);
  return items;
}

function wholeNumberFromEnvironment(name: string, range: { minimum: number; maximum: number }): number {
  const value = requiredVariable(name);
  const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= range.minimum && number <= range.maximum)) {
    throw new Error(`${name} must be a whole number from ${range.minimum} to ${range.maximum}`);
  }
  return number;
}

/** Whether an upstream may be a loopback address over http: only where the local gateway says so. */
export const allowsLoopbackUpstreams = (): boolean =>
  process.env[ENVIRONMENT.allowLoopbackUpstreams] === 'true';

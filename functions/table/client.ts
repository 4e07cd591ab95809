import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isClockSkewCorrectedError, StandardRetryStrategy } from '@smithy/core/retry';
import { CLIENT_LIMITS, PATIENT_CLIENT_LIMITS, PATIENT_COMMAND_TIMEOUT_MS } from '../domain/call-limits.ts';
import { storeConnections } from './connections.ts';
import { SIGNED_AT_ANOTHER_TIME } from './signed-calls.ts';

interface Limits {
  readonly maxAttempts: number;
  readonly requestHandler: Readonly<Record<string, unknown>>;
}

/** A function's client. Credentials, region and endpoint come from the environment, as on Lambda. */
export const documentClient = (limits: Limits = CLIENT_LIMITS): DynamoDBDocumentClient => {
  const { httpAgent, httpsAgent, closeIdle } = storeConnections();
  return documents({
    maxAttempts: limits.maxAttempts,
    retryStrategy: new SentAnew(limits.maxAttempts, closeIdle),
    requestHandler: { ...limits.requestHandler, httpAgent, httpsAgent },
  });
};

/** The table for a function whose answer nobody waits for. */
export const patientTable = (name: string): Table => ({
  client: documentClient(PATIENT_CLIENT_LIMITS),
  name,
  commandTimeoutMs: PATIENT_COMMAND_TIMEOUT_MS,
});

/**
 * The table for a function that changes what people have set. A change is sent once, on a new connection: what is sent into one that
 * was closed meanwhile is lost, and cannot be told from what was carried out.
 */
export const tableForChanges = (name: string): Table => ({
  client: documentClient(),
  changes: documents({
    maxAttempts: CLIENT_LIMITS.maxAttempts,
    retryStrategy: new SentOnce(CLIENT_LIMITS.maxAttempts),
    requestHandler: {
      ...CLIENT_LIMITS.requestHandler,
      httpAgent: NEW_CONNECTIONS,
      httpsAgent: NEW_CONNECTIONS,
    },
  }),
  name,
});

/** Without a limit: what waits for a connection would be given one that was used. */
const NEW_CONNECTIONS = { keepAlive: false, maxSockets: Number.POSITIVE_INFINITY };

type Refresh = StandardRetryStrategy['refreshRetryTokenForRetry'];

class SentAnew extends StandardRetryStrategy {
  readonly #closeIdle: () => void;

  constructor(maxAttempts: number, closeIdle: () => void) {
    super(maxAttempts);
    this.#closeIdle = closeIdle;
  }

  override async refreshRetryTokenForRetry(...given: Parameters<Refresh>) {
    const [, { error, errorType }] = given;
    if (errorType === 'TRANSIENT' && error?.$response === undefined) this.#closeIdle();
    return super.refreshRetryTokenForRetry(...given);
  }
}

/** What Node was doing when it failed. */
const BEFORE_SENDING: readonly string[] = ['getaddrinfo', 'connect'];

/**
 * Sends again only what was not carried out: what found no connection, was throttled, or was signed at another time by a wrong clock,
 * which the SDK has set right by then. All else might be carried out twice, and late, when it could undo a later change.
 */
class SentOnce extends StandardRetryStrategy {
  override async refreshRetryTokenForRetry(...given: Parameters<Refresh>) {
    const [, { error, errorType }] = given;
    const isOfClock = error?.name === SIGNED_AT_ANOTHER_TIME && isClockSkewCorrectedError(error);
    const isUnsent =
      error !== undefined && 'syscall' in error && BEFORE_SENDING.includes(String(error.syscall));
    if (errorType !== 'THROTTLING' && !isOfClock && !isUnsent) throw error;
    return super.refreshRetryTokenForRetry(...given);
  }
}

const documents = (configuration: DynamoDBClientConfig): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient(configuration), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** What a store needs to reach the table. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  /** Sends changes of what people have set; {@link client} when left out. */
  readonly changes?: DynamoDBDocumentClient;
  readonly name: string;
  /** All attempts of one command together; the usual deadline when left out. */
  readonly commandTimeoutMs?: number;
}

/** @returns what sends a change */
export const changesOf = ({ client, changes = client }: Table): DynamoDBDocumentClient => changes;

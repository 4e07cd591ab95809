import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isClockSkewCorrectedError, StandardRetryStrategy } from '@smithy/core/retry';
import { CLIENT_LIMITS, PATIENT_CLIENT_LIMITS, PATIENT_COMMAND_TIMEOUT_MS } from '../domain/call-limits.ts';
import { SIGNED_AT_ANOTHER_TIME } from './signed-calls.ts';

/**
 * The one client of a function. Credentials, region and endpoint come from the environment, as on Lambda.
 * @param maxAttempts how often a command is sent at most: 1 where a repeat that arrives late could undo a later change
 */
export function documentClient(maxAttempts: number = CLIENT_LIMITS.maxAttempts): DynamoDBDocumentClient {
  const once = maxAttempts === 1 && { retryStrategy: new SentOnce(CLIENT_LIMITS.maxAttempts) };
  return documents(new DynamoDBClient({ ...CLIENT_LIMITS, maxAttempts, ...once }));
}

/** Sends again only what was not carried out, since the clock here had signed it at another time; the SDK has set it right by then. */
class SentOnce extends StandardRetryStrategy {
  override async refreshRetryTokenForRetry(
    ...given: Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>
  ) {
    const [, { error }] = given;
    if (error?.name !== SIGNED_AT_ANOTHER_TIME || !isClockSkewCorrectedError(error)) throw error;
    return super.refreshRetryTokenForRetry(...given);
  }
}

/** The table for a function whose answer nobody waits for. */
export const patientTable = (name: string): Table => ({
  client: documents(new DynamoDBClient(PATIENT_CLIENT_LIMITS)),
  name,
  commandTimeoutMs: PATIENT_COMMAND_TIMEOUT_MS,
});

const documents = (client: DynamoDBClient): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

/** What a store needs to reach the table. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
  /** All attempts of one command together; the usual deadline when left out. */
  readonly commandTimeoutMs?: number;
}

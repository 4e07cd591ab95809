import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** How long one attempt may take, and how many there are: the store stands in front of every call, so it fails fast. */
const ATTEMPT_TIMEOUT_MS = 1_000;
const CONNECTION_TIMEOUT_MS = 500;
const MAX_ATTEMPTS = 2;

/** All attempts of one command together, reading the answer's body included. */
const COMMAND_TIMEOUT_MS = 2_200;

/**
 * The one client of a function. Credentials, region and endpoint come from the environment, as on Lambda.
 * @param maxAttempts how often a command is sent at most: 1 where a repeat that arrives late could undo a later change
 */
export function documentClient(maxAttempts = MAX_ATTEMPTS): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: ATTEMPT_TIMEOUT_MS,
      // Without this the handler only prints a warning and waits on.
      throwOnRequestTimeout: true,
    },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** What a store needs to reach the table. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

/** Options of one `send`: a deadline over all its attempts. */
export const withinDeadline = (): { abortSignal: AbortSignal } => ({
  abortSignal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
});

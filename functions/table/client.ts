import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CLIENT_LIMITS, PATIENT_CLIENT_LIMITS, PATIENT_COMMAND_TIMEOUT_MS } from '../domain/call-limits.ts';

/**
 * The one client of a function. Credentials, region and endpoint come from the environment, as on Lambda.
 * @param maxAttempts how often a command is sent at most: 1 where a repeat that arrives late could undo a later change
 */
export function documentClient(maxAttempts: number = CLIENT_LIMITS.maxAttempts): DynamoDBDocumentClient {
  return documents(new DynamoDBClient({ ...CLIENT_LIMITS, maxAttempts }));
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

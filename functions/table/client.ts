import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CLIENT_LIMITS } from '../domain/call-limits.ts';

/**
 * The one client of a function. Credentials, region and endpoint come from the environment, as on Lambda.
 * @param maxAttempts how often a command is sent at most: 1 where a repeat that arrives late could undo a later change
 */
export function documentClient(maxAttempts: number = CLIENT_LIMITS.maxAttempts): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ ...CLIENT_LIMITS, maxAttempts });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** What a store needs to reach the table. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

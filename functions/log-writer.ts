import { gunzipSync } from 'node:zlib';
import type { CloudWatchLogsDecodedData, CloudWatchLogsEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { type KeyUse, readKeyUse } from './domain/key-use.ts';
import { ENVIRONMENT, requiredVariable } from './environment.ts';
import { documentClient } from './table/client.ts';
import { storeLastUse } from './table/last-use-store.ts';

const table = { client: documentClient(), name: requiredVariable(ENVIRONMENT.tableName) };
/** Whoever can write to another log group must not be able to write records. */
const recordLogGroups = requiredVariable(ENVIRONMENT.recordLogGroups).split(',');

const envelope = z.object({
  messageType: z.string(),
  logGroup: z.string(),
  logEvents: z.array(z.object({ message: z.string() })),
}) satisfies z.ZodMiniType<Pick<CloudWatchLogsDecodedData, 'messageType' | 'logGroup'>>;

/** Gets what the authorizer printed, from the log subscription, and stores when each key was last used. */
export async function handler(event: CloudWatchLogsEvent): Promise<void> {
  const batch = envelope.parse(JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString()));
  if (batch.messageType !== 'DATA_MESSAGE') return; // CloudWatch Logs looks whether anybody is here.
  if (!recordLogGroups.includes(batch.logGroup)) throw new Error(`Records from the log group ${batch.logGroup}`);
  const latest = new Map<string, KeyUse>();
  for (const { message } of batch.logEvents) {
    const use = readKeyUse(message.trimEnd());
    if (use === undefined) continue;
    const known = latest.get(use.keyId);
    if (known === undefined || known.usedAt < use.usedAt) latest.set(use.keyId, use);
  }
  for (const use of latest.values()) await storeLastUse(table, use);
}

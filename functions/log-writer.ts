import { gunzipSync } from 'node:zlib';
import type { CloudWatchLogsDecodedData, CloudWatchLogsEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { inParallel } from './domain/in-parallel.ts';
import type { KeyUse } from './domain/key-use.ts';
import { DAY_MS } from './domain/time.ts';
import { ENVIRONMENT, logRetentionDaysFromEnvironment, requiredVariable } from './environment.ts';
import { callMetrics } from './records/metrics.ts';
import { type ReadRecord, readRecord } from './records/read.ts';
import { patientTable } from './table/client.ts';
import { countCalls } from './table/journal.ts';
import { storeLastUse } from './table/last-use-store.ts';
import { storeRows } from './table/log-store.ts';

const table = patientTable(requiredVariable(ENVIRONMENT.tableName));
/** Whoever can write to another log group must not be able to write records. */
const recordLogGroups = requiredVariable(ENVIRONMENT.recordLogGroups).split(',');
const retentionDays = logRetentionDaysFromEnvironment();
const measure = callMetrics(requiredVariable(ENVIRONMENT.serviceName), (error) =>
  console.error('A batch is stored, but not in the metrics', error),
);

/** How many keys' last uses are written at the same time. */
const PARALLEL = 25;

const envelope = z.object({
  messageType: z.string(),
  logGroup: z.string(),
  logEvents: z.array(z.object({ message: z.string() })),
}) satisfies z.ZodMiniType<Pick<CloudWatchLogsDecodedData, 'messageType' | 'logGroup'>>;

/**
 * Gets what the authorizer and the relay printed, from the log subscription, and stores rows, counts, and when each key was
 * last used. The same records may come again, otherwise split or in another order: that changes nothing.
 * @throws when something could not be stored, so that the batch comes again; what could be is
 */
export async function handler(event: CloudWatchLogsEvent): Promise<void> {
  const batch = envelope.parse(JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString()));
  if (batch.messageType !== 'DATA_MESSAGE') return; // CloudWatch Logs looks whether anybody is here.
  if (!recordLogGroups.includes(batch.logGroup))
    throw new Error(`Records from the log group ${batch.logGroup}`);
  const now = Date.now();
  const records = batch.logEvents
    .flatMap(({ message }) => readRecord(message.trimEnd()) ?? [])
    .filter((record) => timeOf(record) < now + DAY_MS); // No function's clock is a day ahead.
  const calls = records
    .flatMap((record) => (record.kind === 'call' ? [record.call] : []))
    .filter(({ at }) => at > now - retentionDays * DAY_MS); // Older ones would not be shown any more.
  const stored = await Promise.allSettled([
    storeRows(table, calls, retentionDays),
    countCalls(table, calls, retentionDays),
    storeLastUses(latestUses(records)),
  ]);
  const failure = stored.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
  measure(records);
}

function timeOf(record: ReadRecord): number {
  switch (record.kind) {
    case 'call':
      return record.call.at;
    case 'key_use':
      return record.use.usedAt;
    case 'unknown_address':
      return record.at;
  }
}

/** The latest use of each key, one for each. */
function latestUses(records: readonly ReadRecord[]): KeyUse[] {
  const latest = new Map<string, KeyUse>();
  for (const record of records) {
    const use = useOf(record);
    if (use === undefined) continue;
    const name = `${use.projectId}#${use.keyId}`;
    const known = latest.get(name);
    if (known === undefined || known.usedAt < use.usedAt) latest.set(name, use);
  }
  return [...latest.values()];
}

function useOf(record: ReadRecord): KeyUse | undefined {
  if (record.kind === 'key_use') return record.use;
  if (record.kind !== 'call' || record.call.api_key_id === null) return undefined;
  const { project_id: projectId, api_key_id: keyId, at: usedAt } = record.call;
  return { projectId, keyId, usedAt };
}

const storeLastUses = (uses: readonly KeyUse[]): Promise<void> =>
  inParallel(uses, PARALLEL, (use) => storeLastUse(table, use));

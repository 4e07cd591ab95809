import { randomUUID } from 'node:crypto';
import {
  CreateBackupCommand,
  DeleteTableCommand,
  DynamoDBClient,
  RestoreTableFromBackupCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { TIME_TO_LIVE } from '../../functions/table/layout.ts';
import { initialize, send } from '../support/gateway.ts';
import { check, timed } from './checks.ts';

const KEYS_PATH = '/api/v3/org/project/api_keys';

export interface Deployed {
  /** Of the emulator. */
  readonly endpoint: string;
  readonly tableName: string;
  readonly url: string;
  readonly mcpUrl: string;
  readonly projectId: string;
  /** A key with every right, of a project whose gate is up. */
  readonly ownerKey: string;
  /** Makes an organization key in the place of the one that is there. */
  readonly replaceOrganizationKey: () => Promise<string>;
}

/**
 * `docs/operations.md`, "Back up and restore" and the drill of an owner who is locked out: the table is lost, and comes back under
 * its own name as it was before a key was revoked; then all keys are lost too.
 */
export async function checkRestore(deployed: Deployed): Promise<void> {
  const { endpoint, tableName: TableName } = deployed;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const waiting = { client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 };
  const call = async (key?: string) =>
    (await initialize(deployed.mcpUrl, key === undefined ? {} : { 'x-api-key': key })).status;

  const kept = await newKey(deployed);
  const revoked = await newKey(deployed);
  const { BackupDetails } = await timed('backup', () =>
    client.send(new CreateBackupCommand({ TableName, BackupName: 'before' })),
  );
  await request(deployed, 'DELETE', `${KEYS_PATH}/${revoked.id}`);
  check('a key that is revoked after the backup opens nothing', (await call(revoked.key)) === 401);

  await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists(waiting, { TableName });
  check('without a table nobody passes', (await call()) === 500 && (await call(kept.key)) === 500);

  await timed('restore under the name of the table', async () => {
    const BackupArn = BackupDetails?.BackupArn;
    await client.send(new RestoreTableFromBackupCommand({ TargetTableName: TableName, BackupArn }));
    await waitUntilTableExists(waiting, { TableName });
  });
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: TIME_TO_LIVE, Enabled: true },
    }),
  );
  await client.send(
    new UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    }),
  );
  await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true }));
  check('the restored table is that of the stack: a kept key opens', (await call(kept.key)) === 200);
  check('the gate is as it was at the backup: up', (await call()) === 401);
  check('and a key that was revoked since lives again, as the page says', (await call(revoked.key)) === 200);

  await timed('rotation of every key', async () => {
    const { items } = await request(deployed, 'GET', `${KEYS_PATH}?limit=100`);
    for (const { id, status } of items) {
      if (status === 'active' && id !== (await ownId(deployed)))
        await request(deployed, 'POST', `${KEYS_PATH}/${id}/rotate`, {});
    }
  });
  check(
    'after the rotation of every key none of before opens',
    (await call(revoked.key)) === 401 && (await call(kept.key)) === 401,
  );

  await timed('the way back of an owner who has no key at all', async () => {
    const organizationKey = await deployed.replaceOrganizationKey();
    const path = `/api/v3/org/owner/project/${deployed.projectId}/api_keys`;
    const headers = { 'content-type': 'application/json', 'x-org-api-key': organizationKey };
    const made = await send('POST', deployed.url + path, headers, JSON.stringify({ name: 'Recovery' }));
    check('with a new organization key there is a new key', made.status === 201);
    check('which opens', (await call(JSON.parse(made.body).key)) === 200);
  });
  client.destroy();
}

async function newKey(deployed: Deployed): Promise<{ readonly id: string; readonly key: string }> {
  return request(deployed, 'POST', KEYS_PATH, { name: randomUUID() });
}

async function ownId(deployed: Deployed): Promise<string> {
  return (await request(deployed, 'GET', '/api/v3/auth/session/info')).api_key.id;
}

async function request({ url, ownerKey }: Deployed, method: string, path: string, body?: object) {
  const headers = { 'x-api-key': ownerKey, ...(body && { 'content-type': 'application/json' }) };
  const answer = await send(method, url + path, headers, body && JSON.stringify(body));
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
  return answer.body === '' ? undefined : JSON.parse(answer.body);
}

import * as z from 'zod';
import { type ItemKey, itemKey } from '../../../functions/table/layout.ts';
import type { RunningGateway } from '../../../local/gateway.ts';
import { initialize } from '../../support/gateway.ts';
import { KEYS, managementClient, PROJECTS, SERVERS, serverPath } from '../../support/management.ts';
import { until } from '../../support/until.ts';
import type { Recorder } from './recorder.ts';

interface Surroundings {
  readonly gateway: RunningGateway;
  /** An MCP server that has sessions. */
  readonly upstreamUrl: string;
  readonly recorder: Recorder;
  /** Sets a time that is stored to one an hour ago. */
  longAgo(key: ItemKey, attribute: string): Promise<void>;
}

const CONFIG = '/api/v3/org/project/config';
const LOGS = '/api/v3/org/project/logs';
const READINESS = '/api/v3/org/project/mcp_api_key_readiness';

/** Refusals that have rows of their own within a minute of the clock are five: even over two minutes some share a row. */
const REFUSALS = 12;
const calls = z.looseObject({ items: z.array(z.looseObject({ id: z.string(), count: z.int() })) });

/** Does what has a request of its own to AWS, each at least once. */
export async function useEverything({
  gateway,
  upstreamUrl,
  recorder,
  longAgo,
}: Surroundings): Promise<void> {
  const bootstrap = String(gateway.output('BootstrapFunctionName'));
  const first = bootstrapped.parse(await gateway.invoke(bootstrap, {}));
  const { org_api_key: orgKey } = bootstrapped.parse(
    await gateway.invoke(bootstrap, { replace_organization_key: true }),
  );
  const client = managementClient({ url: gateway.url, orgKey });
  const { organization } = client;

  // The organization's plane, one request come twice, one refused.
  const [project, other] = [await client.newProject(), await client.newProject()];
  const again = { 'idempotency-key': 'again' };
  const named = { name: 'Once', should_create_api_key: true };
  for (const _ of [1, 2]) await client.call(`POST ${PROJECTS}/new`, organization, named, again);
  await client.must(`POST ${PROJECTS}/${project.id}/api_keys`, organization, { name: 'Lost' });
  await client.call(`POST ${PROJECTS}/${project.id}/api_keys`, organization, { name: 'Lost' }, again);
  await client.must(`GET ${PROJECTS}/${project.id}`, organization);
  await client.must(`GET ${PROJECTS}/list`, organization);
  await client.must(`GET ${PROJECTS}/list?status=deleting`, organization);

  // Servers.
  const headers = { authorization: 'Bearer of-the-upstream' };
  const server = await client.newServer(project.key, {
    upstream: { kind: 'http', url: upstreamUrl, headers },
  });
  const body = { name: 'Again', upstream: { kind: 'http', url: upstreamUrl } };
  for (const _ of [1, 2]) await client.call(`POST ${SERVERS}`, project.key, body, again);
  await client.call(`POST ${SERVERS}`, project.key, body, { 'idempotency-key': 'taken' });
  await client.must(`PATCH ${CONFIG}`, project.key, { mask_secret_keys_in_connected_account: false });
  const servers = await client.must(`GET ${SERVERS}`, project.key);
  await client.must(`PATCH ${serverPath(server.id)}`, project.key, { name: 'Renamed' });
  await client.must(`POST ${serverPath(server.id)}/rotate_url`, project.key);
  const { mcp_url: mcpUrl } = await client.must(`GET ${serverPath(server.id)}`, project.key);
  await client.must(`DELETE ${serverPath(servers.items[1]?.id ?? '')}`, project.key);

  // Keys.
  const key = await client.newKey(project.key, { mcp_server_ids: [server.id] });
  for (const _ of [1, 2]) await client.call(`POST ${KEYS}`, project.key, { name: 'Again' }, again);
  await client.call(`POST ${KEYS}`, project.key, { name: 'Again' }, { 'idempotency-key': 'taken' });
  await client.must(`PATCH ${KEYS}/${key.id}`, project.key, { name: 'Renamed' });
  await client.must(`POST ${KEYS}/${key.id}/rotate`, project.key, { overlap_seconds: 0 });
  await longAgo(itemKey.projectKey(project.id, key.id), 'secrets[1].ends_at');
  await client.must(`POST ${KEYS}/${key.id}/rotate`, project.key);
  await client.must(`DELETE ${KEYS}/${key.id}`, project.key);
  await client.must(`GET ${KEYS}`, project.key);

  // Calls, some of them refused.
  await initialize(mcpUrl, { 'x-api-key': project.key });
  await client.must(`PATCH ${CONFIG}`, project.key, { require_mcp_api_key: true });
  for (let n = 0; n < REFUSALS; n++) await initialize(mcpUrl, { 'x-api-key': first.api_key ?? '' });
  const { items: rows } = await until(
    async () => calls.parse(await client.must(`GET ${LOGS}`, project.key)),
    ({ items }) => items.reduce((sum, { count }) => sum + count, 0) === REFUSALS + 1,
  );
  await until(
    () => client.must(`GET ${READINESS}`, project.key),
    (answer) => JSON.stringify(answer).includes(server.id),
  );

  // Lists that have a next page, whose cursor is signed.
  await client.newServer(project.key);
  for (const list of [SERVERS, KEYS, LOGS]) await client.must(`GET ${list}?limit=1`, project.key);
  await client.must(`GET ${PROJECTS}/list?limit=1`, organization);

  // Who asks for what was recorded, and for changes that are not confirmed yet.
  await client.must(`PATCH ${CONFIG}`, project.key, { require_mcp_api_key: false });
  await client.must(`PATCH ${CONFIG}`, project.key, { require_mcp_api_key: true });
  await client.must(`POST ${READINESS}/dismissals`, project.key, { ip: '192.0.2.1' });
  await client.must(`GET ${LOGS}/${rows[0]?.id}`, project.key);
  await client.must('GET /api/v3/org/project/usage?group_by=day', project.key);
  recorder.isLost = (_sent, body) => body.includes('#APPLIED');
  await client.call(`POST ${KEYS}`, project.key, { name: 'Not confirmed' });
  await client.call(`POST ${SERVERS}`, project.key, { ...body, name: 'Not confirmed' });
  recorder.isLost = ({ action }, body) => action === 'dynamodb:PutItem' && body.includes('PROJECT_KEYS#');
  await client.call(`POST ${KEYS}`, project.key, { name: 'Not made' });
  recorder.isLost = () => false;
  await client.must('GET /api/v3/org/project/audit', project.key);
  await client.must('GET /api/v3/auth/session/info', project.key);
  await client.must('GET /api/v3/org/owner/audit', organization);

  // A project is deleted, and everybody who was changing it has ended.
  for (const _ of [1, 2]) await client.must(`DELETE ${PROJECTS}/${project.id}`, organization);
  await longAgo(itemKey.organizationDeletion(project.id), 'requested_at');
  await client.must(`DELETE ${PROJECTS}/${other.id}`, organization);
  await until(
    () => client.must(`GET ${PROJECTS}/list?status=deleting`, organization),
    ({ data }) => data.every(({ id }) => id !== project.id),
  );
}

const bootstrapped = z.looseObject({ org_api_key: z.string(), api_key: z.string().optional() });

import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { keyHash, maskKey } from '../functions/domain/api-key.ts';
import type { ApiRoute } from '../functions/domain/api-routes.ts';
import { type AuditRow, listAudit, ORGANIZATION } from '../functions/table/audit-store.ts';
import type { Table } from '../functions/table/client.ts';
import { PARTITIONS } from '../functions/table/layout.ts';
import { startTestAwsServices, type TestAwsServices } from './support/aws-services.ts';
import { startTestStore, type TestStore } from './support/dynamodb.ts';
import { apiEvent, storeKey, storeProject } from './support/fixtures.ts';

const NOW = Date.parse('2026-11-25T08:00:00Z');
const KEYS = '/api/v3/org/project/api_keys';
const SERVERS = '/api/v3/mcp/servers';
const SERVER = '/api/v3/mcp/{id}';

let store: TestStore;
let services: TestAwsServices;
let table: Table;
let handlers: Record<string, (event: never, context: never) => Promise<APIGatewayProxyResult>>;

beforeAll(async () => {
  store = await startTestStore();
  services = await startTestAwsServices();
  process.env.PORTCULLIS_PROJECT_PURGE_FUNCTION = 'not called here';
  process.env.AWS_ENDPOINT_URL_LAMBDA = 'http://127.0.0.1:9';
  table = { client: store.client, name: store.tableName };
  const { handler: keys } = await import('../functions/api-keys.ts');
  const { handler: servers } = await import('../functions/mcp-servers.ts');
  const { handler: config } = await import('../functions/project-config.ts');
  const { handler: organization } = await import('../functions/organization.ts');
  handlers = {
    '/org/project/api_keys': keys,
    '/mcp/': servers,
    '/project/config': config,
    '/owner/': organization,
  };
});
afterAll(async () => {
  services.close();
  await store.close();
});

type Asked = { readonly id?: string; readonly body?: object; readonly idempotencyKey?: string };

/** Whoever can do everything in a project, and a clock of theirs: no two of their requests arrive at once. */
async function owner() {
  const projectId = await storeProject(table);
  const key = await storeKey(table, projectId, { scopes: ['*'], name: 'Owner' });
  let now = NOW;
  const ask = async (route: ApiRoute, asked: Asked = {}) => {
    const authorizer: Record<string, string> = route.includes('/owner/')
      ? { outcome: 'organization' }
      : { outcome: 'project', projectId, keyId: key.id, keyName: 'Owner', scopes: '*' };
    const [, handler] = Object.entries(handlers).find(([path]) => route.includes(path)) ?? [];
    const answer = await handler?.(
      apiEvent(route, { authorizer, now: now++, ...asked }) as never,
      {} as never,
    );
    if (answer === undefined || answer.statusCode >= 300) throw new Error(`${route}: ${answer?.body}`);
    return answer.body === '' ? {} : JSON.parse(answer.body);
  };
  /** What was changed since, oldest first. */
  const rows = async (trail = projectId): Promise<AuditRow[]> => {
    const page = await listAudit(table, trail, { from: NOW }, { limit: 100, after: undefined }, NOW + 60_000);
    return page.rows.toReversed();
  };
  return { projectId, key, ask, rows };
}

const told = (rows: readonly AuditRow[]) => rows.map(({ action, changes }) => [action, changes]);

describe('the audit trail', () => {
  it('tells who raised the gate, when and from where', async () => {
    const { projectId, key, ask, rows } = await owner();
    await ask('PATCH /api/v3/org/project/config', {
      body: { require_mcp_api_key: true, is_2FA_enabled: true },
    });
    expect(await rows()).toEqual([
      {
        id: expect.stringMatching(/^chg_[0-9A-Za-z]{23}$/),
        at: NOW,
        actor: { kind: 'api_key', id: key.id, name: 'Owner' },
        action: 'config.update',
        target: { kind: 'config', id: projectId, name: 'Test' },
        changes: { require_mcp_api_key: { from: false, to: true } },
        request_id: '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
        ip: '203.0.113.7',
      },
    ]);
  });

  it('has one row for each change of a key, and none for what changes nothing', async () => {
    const { ask, rows } = await owner();
    const asked = { body: { name: 'New' }, idempotencyKey: 'once' };
    const { id } = await ask(`POST ${KEYS}`, asked);
    await ask(`POST ${KEYS}`, asked);
    await ask(`PATCH ${KEYS}/{id}`, { id, body: {} });
    await ask(`PATCH ${KEYS}/{id}`, { id, body: { name: 'New' } });
    await ask(`PATCH ${KEYS}/{id}`, { id, body: { name: 'Newer', allowed_tools: ['read'] } });
    await ask(`POST ${KEYS}/{id}/rotate`, { id, body: { overlap_seconds: 60 } });
    await ask(`DELETE ${KEYS}/{id}`, { id });
    await ask(`DELETE ${KEYS}/{id}`, { id });
    await ask('PATCH /api/v3/org/project/config', { body: {} });
    await ask('PATCH /api/v3/org/project/config', { body: { require_mcp_api_key: false } });
    const masked = expect.stringMatching(/^ak_\*\*[0-9A-Za-z]{4}$/);
    expect(told(await rows())).toEqual([
      [
        'api_key.create',
        {
          name: { from: null, to: 'New' },
          status: { from: null, to: 'active' },
          scopes: { from: null, to: ['mcp:invoke'] },
          key: { from: null, to: masked },
        },
      ],
      ['api_key.update', { name: { from: 'New', to: 'Newer' }, allowed_tools: { from: null, to: ['read'] } }],
      [
        'api_key.rotate',
        {
          key: { from: masked, to: masked },
          replaced_secrets_end_at: { from: null, to: new Date(NOW + 5 + 60_000).toISOString() },
        },
      ],
      ['api_key.revoke', { status: { from: 'active', to: 'revoked' } }],
    ]);
  });

  it('tells which upstream headers were replaced, also by a value that looks alike, and not those that were not', async () => {
    const { ask, rows } = await owner();
    const url = 'https://mcp.example.invalid/mcp?token=hidden-in-the-query';
    const headers = { authorization: 'Bearer hidden-one', 'x-pin': 'hidden' };
    const { id } = await ask(`POST ${SERVERS}`, {
      body: { name: 'S', upstream: { kind: 'http', url, headers } },
    });
    await ask(`PATCH ${SERVER}`, { id, body: { upstream: { headers } } });
    await ask(`PATCH ${SERVER}`, {
      id,
      body: { upstream: { headers: { ...headers, authorization: 'Bearer hidden-two' } } },
    });
    await ask(`PATCH ${SERVER}`, { id, body: {} });
    await ask(`POST ${SERVER}/rotate_url`, { id });
    await ask(`DELETE ${SERVER}`, { id });
    const masked = expect.stringMatching(/^mcp_\*\*[0-9A-Za-z]{4}$/);
    const shown = {
      name: 'S',
      'upstream.url': 'https://mcp.example.invalid/mcp?token=...',
      'upstream.headers.authorization': 'Bear...',
      'upstream.headers.x-pin': '...',
      allowed_origins: [],
      slug: masked,
    };
    const each = (of: (value: unknown) => object) =>
      Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, of(value)]));
    expect(told(await rows())).toEqual([
      ['mcp_server.create', each((to) => ({ from: null, to }))],
      [
        'mcp_server.update',
        { 'upstream.headers.authorization': { from: 'Bear...', to: 'Bear... (changed)' } },
      ],
      ['mcp_server.rotate_url', { slug: { from: masked, to: masked } }],
      ['mcp_server.delete', each((from) => ({ from, to: null }))],
    ]);
  });

  it('tells of a project to the organization, and of its new first key to the project', async () => {
    const { ask, rows } = await owner();
    const made = await ask('POST /api/v3/org/owner/project/new', {
      body: { name: 'New', should_create_api_key: true },
    });
    const key = await ask('POST /api/v3/org/owner/project/{id}/api_keys', { id: made.id });
    await ask('DELETE /api/v3/org/owner/project/{id}', { id: made.id });
    const ofProject = (await rows(ORGANIZATION)).filter(({ target }) => target.id === made.id);
    expect(ofProject.map(({ action, actor }) => [action, actor])).toEqual([
      ['project.create', { kind: 'organization' }],
      ['project.delete', { kind: 'organization' }],
    ]);
    expect((await rows(made.id)).map(({ action, actor, target }) => [action, actor, target.id])).toEqual([
      ['api_key.create', { kind: 'organization' }, expect.stringMatching(/^key_/)],
      ['api_key.create', { kind: 'organization' }, key.id],
    ]);
  });

  it('tells what bootstrap made, by the id of its invocation', async () => {
    const { handler } = await import('../functions/bootstrap.ts');
    const made = await handler({}, { awsRequestId: 'invocation-1' });
    if (made.status !== 'created') throw new Error('Nothing was made');
    const byBootstrap = async (trail: string) => {
      const { rows } = await listAudit(table, trail, {}, { limit: 100, after: undefined }, Date.now());
      return rows.filter(({ actor }) => actor.kind === 'bootstrap');
    };
    const by = { request_id: 'invocation-1', ip: null };
    expect(await byBootstrap(made.project_id)).toMatchObject([{ action: 'api_key.create', ...by }]);
    const ofOrganization = await byBootstrap(ORGANIZATION);
    expect(ofOrganization).toHaveLength(2);
    expect(ofOrganization).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'project.create', ...by }),
        expect.objectContaining({ action: 'organization_key.create', ...by }),
      ]),
    );

    const replaced = await handler({ replace_organization_key: true }, { awsRequestId: 'invocation-2' });
    if (replaced.status !== 'replaced') throw new Error('Nothing was replaced');
    const [row] = await byBootstrap(ORGANIZATION);
    expect(row).toMatchObject({ action: 'organization_key.replace', request_id: 'invocation-2' });
    expect(row?.changes.key).toEqual({
      from: maskKey('oak_', made.org_api_key),
      to: maskKey('oak_', replaced.org_api_key),
    });
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
    const trail = JSON.stringify(Items.filter(({ pk }) => pk === PARTITIONS.audit + ORGANIZATION));
    for (const secret of [made.org_api_key, replaced.org_api_key]) {
      expect(trail).not.toContain(secret.slice(4, -4));
      expect(trail).not.toContain(keyHash(secret));
    }
  });

  it('tells of the organization key again, once it is replaced, where bootstrap broke off before its last write', async () => {
    const { handler } = await import('../functions/bootstrap.ts');
    let puts = 0;
    store.fault = ({ operation, body }) =>
      operation === 'PutItem' && JSON.stringify(body).includes('#APPLIED') && ++puts > 1
        ? 'reset'
        : undefined;
    await expect(
      handler({ replace_organization_key: true }, { awsRequestId: 'broke-off' }),
    ).rejects.toThrow();
    store.fault = undefined;
    await handler({ replace_organization_key: true }, { awsRequestId: 'next' });
    const { rows } = await listAudit(table, ORGANIZATION, {}, { limit: 3, after: undefined }, Date.now());
    expect(rows.map(({ request_id }) => request_id)).toEqual(expect.arrayContaining(['broke-off', 'next']));
  });

  it('holds no secret, nor what one is looked up by', async () => {
    const { projectId, ask } = await owner();
    const created = await ask(`POST ${KEYS}`, { body: { name: 'New' } });
    const rotated = await ask(`POST ${KEYS}/{id}/rotate`, { id: created.id });
    const url = 'https://mcp.example.invalid/mcp?token=hidden-in-the-query';
    const headers = { authorization: 'Bearer hidden-in-a-header' };
    const server = await ask(`POST ${SERVERS}`, {
      body: { name: 'S', upstream: { kind: 'http', url, headers } },
    });
    const moved = await ask(`POST ${SERVER}/rotate_url`, { id: server.id });
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
    const trail = JSON.stringify(Items.filter(({ pk }) => String(pk).startsWith(PARTITIONS.audit)));
    const others = JSON.stringify(Items.filter(({ pk }) => !String(pk).startsWith(PARTITIONS.audit)));
    expect(trail).toContain(projectId);
    for (const secret of [created.key, rotated.key, server.slug, moved.slug]) {
      expect(trail).not.toContain(secret.slice(0, -4));
    }
    expect(trail).not.toMatch(/hidden|kms1\.|"[0-9a-f]{64}"/);
    expect(others).toContain(moved.slug);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CONFIG_PATH,
  type Gateway,
  initialize,
  patchConfig,
  send,
  startGateway,
} from '../support/gateway.ts';
import { KEYS, type ManagementClient, managementClient, masked, SERVERS } from '../support/management.ts';
import { until } from '../support/until.ts';
import { startUpstream, type TestUpstream } from '../support/upstream.ts';

const LOGS = '/api/v3/org/project/logs';
const USAGE = '/api/v3/org/project/usage';
const READINESS = '/api/v3/org/project/mcp_api_key_readiness';
const AUDIT = '/api/v3/org/project/audit';
const SESSION = '/api/v3/auth/session/info';
const UNKNOWN_KEY = 'ak_Jwe8JQdt5SyBlBms1RPrn9JRgZberl0OUaE7';

let gateway: Gateway;
let client: ManagementClient;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
});
afterAll(() => gateway.stop());

/** A project with a server of its own, so that no test sees another's rows. */
async function tenant(config: object = {}) {
  const project = await client.newProject(config);
  const server = await client.newServer(project.key, {
    upstream: { kind: 'http', url: gateway.upstreamUrl },
  });
  return { ...project, serverId: server.id, mcpUrl: `${gateway.url}/${server.slug}` };
}
type Tenant = Awaited<ReturnType<typeof tenant>>;

// biome-ignore lint/suspicious/noExplicitAny: what a route answers, read field by field and compared as a whole
type Rows = any[];

const logs = async ({ key }: Tenant, query = ''): Promise<Rows> =>
  (await client.must(`GET ${LOGS}?limit=100${query}`, key)).items as unknown as Rows;

const rowsOf = (of: Tenant, count: number, query = '') =>
  until(
    () => logs(of, query),
    (rows) => rows.length >= count,
  );

const toolCall = (mcpUrl: string, headers: Record<string, string>, args: object = { text: 'hello' }) =>
  send(
    'POST',
    mcpUrl,
    { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    JSON.stringify({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: { name: 'echo', arguments: args },
    }),
  );

describe('a row for every MCP request', () => {
  it('says who called what, and what became of it', async () => {
    const of = await tenant();
    const { id, key } = await client.newKey(of.key);
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'acceptance', version: '1' },
      },
    });
    const answer = await initialize(of.mcpUrl, { 'x-api-key': key });
    const [row, ...others] = await rowsOf(of, 1);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      api_key_id: id,
      mcp_server_id: of.serverId,
      http_method: 'POST',
      method: 'initialize',
      tool: null,
      outcome: 'allowed',
      reason: null,
      credential: 'valid',
      status: 200,
      bytes_in: Buffer.byteLength(body),
      bytes_out: Buffer.byteLength(answer.body),
      client: 'acceptance/1',
      ip: '127.0.0.1',
      protocol_version: '2025-06-18',
      request_id: answer.headers['x-request-id'],
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(Date.parse(row.timestamp)).toBeGreaterThan(Date.now() - 60_000);
    expect(row.duration_ms).toBeGreaterThanOrEqual(row.upstream_ms);
    expect(await client.must(`GET ${LOGS}/${row.id}`, of.key)).toEqual(row);
  });

  it('has the tool and, while the project stores data, what was asked and answered', async () => {
    const of = await tenant();
    await toolCall(of.mcpUrl, { 'x-api-key': of.key }, { text: 'hello', password: 'hunter2', note: of.key });
    const [row] = await rowsOf(of, 1);
    expect(row).toMatchObject({ method: 'tools/call', tool: 'echo', api_key_id: of.keyId });
    expect(row.data.arguments).toMatchObject({ name: 'echo', arguments: { text: 'hello' } });
    expect(JSON.stringify(row)).not.toContain('hunter2');
    expect(JSON.stringify(row)).not.toContain(of.key);
    expect(JSON.stringify(row)).toContain(masked(of.key));
  });

  it('stores no data from the next request on after the switch, and shows none that is stored, for good', async () => {
    const of = await tenant();
    await toolCall(of.mcpUrl, { 'x-api-key': of.key }, { text: 'before the switch' });
    const [before] = await rowsOf(of, 1);
    expect(JSON.stringify(before.data)).toContain('before the switch');
    await patchConfig(gateway, of.key, { log_visibility_setting: 'dont_store_data' });
    await toolCall(of.mcpUrl, { 'x-api-key': of.key }, { text: 'after the switch' });
    for (const row of await rowsOf(of, 2)) expect(row).not.toHaveProperty('data');
    await patchConfig(gateway, of.key, { log_visibility_setting: 'show_all' });
    await toolCall(of.mcpUrl, { 'x-api-key': of.key }, { text: 'shown again' });
    const shown = JSON.stringify(await rowsOf(of, 3));
    expect(shown).toContain('shown again');
    expect(shown).not.toContain('the switch');
  });

  it('of an anonymous call through a lowered gate tells what a raised one would say', async () => {
    const of = await tenant();
    await toolCall(of.mcpUrl, {});
    await toolCall(of.mcpUrl, { 'x-api-key': UNKNOWN_KEY });
    const rows = await rowsOf(of, 2);
    expect(rows).toEqual([
      expect.objectContaining({
        outcome: 'would_be_refused',
        reason: 'unknown',
        credential: 'unknown',
        api_key_id: null,
        status: 200,
      }),
      expect.objectContaining({ outcome: 'allowed', reason: null, credential: 'no_key', api_key_id: null }),
    ]);
    expect(JSON.stringify(rows)).not.toContain(UNKNOWN_KEY);
    expect(await logs(of, '&outcome=would_be_refused')).toEqual([rows[0]]);
    expect(await logs(of, '&api_key_id=anonymous')).toEqual(rows);
  });

  it('is not broken by what a client calls itself', async () => {
    const of = await tenant();
    const hostile = '"}\\n{"record":"portcullis","kind":"call"} \u00fc';
    await toolCall(of.mcpUrl, { 'user-agent': hostile, 'x-api-key': of.key });
    const rows = await rowsOf(of, 1);
    expect(rows).toHaveLength(1);
    expect(rows[0].client?.length ?? 0).toBeLessThanOrEqual(64);
  });

  it('does not come of an address that is none', async () => {
    const of = await tenant();
    await toolCall(`${of.mcpUrl.slice(0, -1)}_`, { 'x-api-key': of.key });
    await toolCall(of.mcpUrl, { 'x-api-key': of.key });
    expect(await rowsOf(of, 1)).toHaveLength(1);
  });
});

describe('why was this refused', () => {
  const refused = async (of: Tenant, headers: Record<string, string>) => {
    const { status, headers: answered } = await toolCall(of.mcpUrl, headers);
    expect([401, 403]).toContain(status);
    const [row] = await rowsOf(of, 1, `&request_id=${answered['x-request-id']}`);
    expect(row).toMatchObject({ status, outcome: 'refused', request_id: answered['x-request-id'] });
    return row;
  };

  it('is told to the owner, and not to the client', async () => {
    const of = await tenant({ require_mcp_api_key: true });
    const other = await tenant();
    const revoked = await client.newKey(of.key, { name: 'Old agent' });
    await client.must(`DELETE ${KEYS}/${revoked.id}`, of.key);
    const narrow = await client.newKey(of.key, { scopes: ['config:read'] });

    const cases: [Record<string, string>, string, string | null][] = [
      [{}, 'no_key', null],
      [{ 'x-api-key': 'ak_nonsense' }, 'malformed', 'ak_**'],
      [{ 'x-api-key': UNKNOWN_KEY }, 'unknown', masked(UNKNOWN_KEY)],
      [{ 'x-api-key': other.key }, 'other_project', masked(other.key)],
      [{ 'x-api-key': revoked.key }, 'revoked', masked(revoked.key)],
      [{ 'x-api-key': narrow.key }, 'out_of_scope', masked(narrow.key)],
    ];
    for (const [headers, reason, presented] of cases) {
      const row = await refused(of, headers);
      expect(row).toMatchObject({ reason, credential: reason, refusal: { reason, presented } });
      expect(JSON.stringify(row)).not.toContain(other.keyId);
    }
    const row = await refused(of, { 'x-api-key': revoked.key });
    expect(row.refusal).toMatchObject({
      key: { id: revoked.id, name: 'Old agent' },
      revoked_by: { id: of.keyId },
      revoked_at: expect.stringMatching(/^\d{4}-/),
    });
  });

  it('of a flood, the first have rows of their own, and the others are counted in one', async () => {
    const of = await tenant({ require_mcp_api_key: true });
    await Promise.all(Array.from({ length: 60 }, () => toolCall(of.mcpUrl, {})));
    const rows = await until(
      () => logs(of),
      (found) => found.reduce((sum, { count }) => sum + count, 0) >= 60,
    );
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(60);
    expect(rows.length).toBeLessThan(10);
    expect(rows.filter(({ count }) => count > 1)).toEqual([
      expect.objectContaining({
        outcome: 'refused',
        reason: 'no_key',
        first_seen: expect.any(String),
        last_seen: expect.any(String),
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      }),
    ]);
  });
});

describe('usage', () => {
  it('counts what the rows say, by key, tool, server and day', async () => {
    const of = await tenant();
    const agent = await client.newKey(of.key);
    for (let n = 0; n < 3; n++) await toolCall(of.mcpUrl, { 'x-api-key': agent.key });
    await toolCall(of.mcpUrl, { 'x-api-key': UNKNOWN_KEY });
    const usage = async (by: string): Promise<Rows> =>
      (await client.must(`GET ${USAGE}?group_by=${by}`, of.key)).items as unknown as Rows;
    const [day] = await until(
      () => usage('day'),
      ([found]) => found?.calls >= 4,
    );
    expect(day).toMatchObject({
      day: new Date().toISOString().slice(0, 10),
      calls: 4,
      outcomes: { allowed: 3, would_be_refused: 1, refused: 0 },
    });
    expect(day.p50_ms).toBeGreaterThan(0);
    expect(day.p95_ms).toBeGreaterThanOrEqual(day.p50_ms);
    const rows = await logs(of);
    expect(day.bytes_in).toBe(rows.reduce((sum, { bytes_in }) => sum + bytes_in, 0));
    expect(day.bytes_out).toBe(rows.reduce((sum, { bytes_out }) => sum + bytes_out, 0));
    expect(await usage('tool')).toEqual([expect.objectContaining({ tool: 'echo', calls: 4 })]);
    expect(await usage('mcp_server')).toEqual([
      expect.objectContaining({ mcp_server_id: of.serverId, calls: 4 }),
    ]);
    expect(await usage('api_key')).toContainEqual(
      expect.objectContaining({ api_key_id: agent.id, calls: 3 }),
    );
  });
});

describe('readiness', () => {
  const readiness = (of: Tenant) => client.must(`GET ${READINESS}`, of.key) as unknown as Promise<Rows[0]>;

  it('names who would be refused, and what the owner dismisses does not hold it back', async () => {
    const of = await tenant();
    expect(await readiness(of)).toMatchObject({ ready: false, missing: ['traffic'], callers: [] });
    await toolCall(of.mcpUrl, { 'user-agent': 'stray/2.0' });
    for (let n = 0; n < 10; n++) await toolCall(of.mcpUrl, { 'x-api-key': of.key });
    const report = await until(
      () => readiness(of),
      ({ traffic, callers }) => traffic.calls_with_valid_key >= 10 && callers.length > 0,
    );
    expect(report).toMatchObject({
      ready: false,
      missing: ['callers'],
      callers: [
        {
          mcp_server_id: of.serverId,
          client: 'stray/2.0',
          ip: '127.0.0.1',
          reason: 'no_key',
          count: 1,
          dismissed: false,
          what_to_do: expect.stringMatching(/\w/),
          sample_request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      ],
    });
    const down = await patchConfig(gateway, of.key, { require_mcp_api_key: false });
    expect(down.headers).not.toHaveProperty('x-mcp-api-key-readiness');
    const raised = await patchConfig(gateway, of.key, { require_mcp_api_key: true });
    expect(raised).toMatchObject({ status: 200, headers: { 'x-mcp-api-key-readiness': 'not_ready' } });

    const made = await client.call(`POST ${READINESS}/dismissals`, of.key, { client: 'stray/2.0' });
    expect(made.status).toBe(201);
    expect(await readiness(of)).toMatchObject({ ready: true, missing: [], callers: [{ dismissed: true }] });
    const again = await patchConfig(gateway, of.key, { require_mcp_api_key: true });
    expect(again.headers['x-mcp-api-key-readiness']).toBe('ready');

    await client.must(`DELETE ${READINESS}/dismissals/${JSON.parse(made.body).id}`, of.key);
    expect(await readiness(of)).toMatchObject({ ready: false });
  });
});

describe('audit', () => {
  it('has who raised the gate, and every other change, from what to what', async () => {
    const of = await tenant();
    const admin = await client.newKey(of.key, { name: 'Admin', scopes: ['config:write'] });
    const patched = await patchConfig(gateway, admin.key, { require_mcp_api_key: true });
    await client.must(`DELETE ${KEYS}/${admin.id}`, of.key);
    const rows = (await client.must(`GET ${AUDIT}?limit=100`, of.key)).items as unknown as Rows;
    expect(rows.map(({ action }) => action)).toEqual([
      'api_key.revoke',
      'config.update',
      'api_key.create',
      'mcp_server.create',
      'api_key.create',
    ]);
    const owner = (await client.must('GET /api/v3/org/owner/audit?limit=100', client.organization)).items;
    expect(owner).toContainEqual(
      expect.objectContaining({ action: 'project.create', target: expect.objectContaining({ id: of.id }) }),
    );
    expect(rows[1]).toMatchObject({
      actor: { id: admin.id, name: 'Admin' },
      changes: { require_mcp_api_key: { from: false, to: true } },
      request_id: patched.headers['x-request-id'],
      ip: '127.0.0.1',
    });
    for (const key of [of.key, admin.key]) expect(JSON.stringify(rows)).not.toContain(key);
  });

  it('has no row of a change that was refused, or that changed nothing', async () => {
    const of = await tenant();
    const audit = async () => (await client.must(`GET ${AUDIT}?limit=100`, of.key)).items.length;
    const before = await audit();
    await patchConfig(gateway, of.key, {});
    await patchConfig(gateway, of.key, { require_mcp_api_key: 'yes' });
    await client.call(`PATCH ${CONFIG_PATH}`, of.key, { display_name: 'X' }, { 'if-match': '"999"' });
    await client.call(`POST ${SERVERS}`, of.key, { name: '' });
    expect(await audit()).toBe(before);
  });
});

describe('the session', () => {
  it('says to any key what it is', async () => {
    const of = await tenant();
    const agent = await client.newKey(of.key, { name: 'Agent' });
    expect(await client.must(`GET ${SESSION}`, agent.key)).toMatchObject({
      project: { id: of.id, name: of.name },
      api_key: { id: agent.id, name: 'Agent', scopes: ['mcp:invoke'] },
    });
  });
});

describe('what a server behind the gate sees', () => {
  let upstream: TestUpstream;
  const seen: unknown[] = [];
  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.answer = (request, response) => {
      seen.push(request.headers.traceparent);
      response.setHeader('content-type', 'application/json').end('{"jsonrpc":"2.0","id":7,"result":{}}');
    };
  });
  afterAll(() => upstream.close());

  it('is a trace context: that of the client, or else the one of the row', async () => {
    const project = await client.newProject();
    const server = await client.newServer(project.key, { upstream: { kind: 'http', url: upstream.url } });
    const of: Tenant = { ...project, serverId: server.id, mcpUrl: `${gateway.url}/${server.slug}` };
    const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await toolCall(of.mcpUrl, { 'x-api-key': of.key, traceparent: given });
    expect(seen.at(-1)).toBe(given);
    await toolCall(of.mcpUrl, { 'x-api-key': of.key });
    const made = String(seen.at(-1));
    expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    const traces = (await rowsOf(of, 2)).map(({ trace_id }) => trace_id);
    expect(traces).toEqual([made.split('-')[1], given.split('-')[1]]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONFIG_PATH, type Gateway, initialize, patchConfig, startGateway } from '../support/gateway.ts';
import {
  KEYS,
  type ManagementClient,
  managementClient,
  masked,
  type Page,
  PROJECTS,
  parsed,
  type RequestHeaders,
  refusal,
} from '../support/management.ts';
import { addServer } from '../support/upstream.ts';

const NOT_FOUND = { status: 404, body: '{"error": "MCP server not found"}' };
const NOT_VALID = { status: 401, body: '{"error": "API key is not valid for this MCP server"}' };

let gateway: Gateway;
let client: ManagementClient;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
});
afterAll(() => gateway.stop());

const organization = (method: string, path: string, body?: unknown, headers?: RequestHeaders) =>
  client.call(`${method} ${PROJECTS}${path}`, client.organization, body, headers);
const config = (key: string) => client.call(`GET ${CONFIG_PATH}`, key);

const create = async (
  name: string,
  more: object = {},
): Promise<{ id: string; created_at: string; api_key: string }> =>
  parsed(await organization('POST', '/new', { name, ...more }), 201);
const remove = (id: string) => organization('DELETE', `/${id}`);
const page = async (query: string): Promise<Page> => parsed(await organization('GET', `/list${query}`));

/** The whole list, in pages of that size. */
const pages = (limit: number, more = '', cursor: string | null = '') =>
  client.pages(`${PROJECTS}/list${more}`, client.organization, limit, cursor);
const rows = (read: readonly Page[]) => read.flatMap(({ data }) => data);
const ids = (read: readonly Page[]) => rows(read).map(({ id }) => id);

/** A project with a key and a server, and a raised gate or not. */
async function served(require_mcp_api_key: boolean) {
  const more = { config: { require_mcp_api_key }, should_create_api_key: true };
  const { id, api_key: key } = await create('Served', more);
  return { id, key, mcpUrl: await addServer(gateway, key, gateway.upstreamUrl) };
}

describe('the list of projects', () => {
  it('is in the order of creation, in pages, the last of which alone has no next', async () => {
    const made = [];
    for (const name of ['b', 'a', 'd', 'c']) {
      const { id, created_at } = await create(name);
      made.push({ id, name, created_at });
    }
    const read = await pages(2);
    expect(rows(read).slice(-4)).toEqual(made);
    expect(
      read.slice(0, -1).every(({ data, next_cursor }) => data.length === 2 && next_cursor !== null),
    ).toBe(true);
    expect(read.at(-1)?.next_cursor).toBeNull();
    expect(read.at(-1)?.data.length).toBeGreaterThan(0);
  });

  it('loses and repeats nothing when projects are created and deleted between two pages', async () => {
    const made = [];
    for (let n = 0; n < 5; n++) made.push(await create(`Project ${n}`));
    const [, second, third, fourth, fifth] = made.map(({ id }) => id);
    const all = await pages(100);
    const [last] = all.filter(({ data }) => data.some(({ id }) => id === second));
    const before = last && all[all.indexOf(last) - 1]?.next_cursor;
    const limit = ids(last ? [last] : []).indexOf(String(second)) + 1;
    const first = await page(`?limit=${limit}${before ? `&cursor=${before}` : ''}`);
    expect(first.data.at(-1)?.id).toBe(second);

    // The row that the cursor stands on goes, and one that is to come.
    for (const id of [second, fourth]) expect((await remove(String(id))).status).toBe(202);
    const late = await create('Late');
    const rest = await pages(2, '', first.next_cursor);
    expect(ids(rest)).toEqual([third, fifth, late.id]);
  });
});

describe('a project', () => {
  it('is read with the settings that it has by now', async () => {
    const { api_key, ...made } = await create('Read', { should_create_api_key: true });
    expect(parsed(await organization('GET', `/${made.id}`))).toEqual(made);
    const changed = parsed(await patchConfig(gateway, api_key, { display_name: 'Changed' }));
    expect(parsed(await organization('GET', `/${made.id}`))).toEqual({ ...made, config: changed });
  });

  it('whose keys were lost gets a new first key, which can do everything in it', async () => {
    const { id, mcpUrl } = await served(true);
    const made = parsed(await organization('POST', `/${id}/api_keys`), 201);
    expect(made).toEqual({
      id: expect.stringMatching(/^key_/),
      name: expect.any(String),
      key: expect.stringMatching(/^ak_[0-9A-Za-z]{36}$/),
      scopes: ['*'],
      mcp_server_ids: null,
      allowed_tools: null,
      expires_at: null,
      created_at: expect.any(String),
      last_used_at: null,
      status: 'active',
    });
    expect((await initialize(mcpUrl, { 'x-api-key': made.key })).status).toBe(200);
    parsed(await patchConfig(gateway, made.key, { require_mcp_api_key: false }));
    expect((await initialize(mcpUrl)).status).toBe(200);
  });

  it('gets one first key of a request that comes twice, shown the first time alone', async () => {
    const { id, key } = await served(true);
    const once = { 'idempotency-key': 'first-key' };
    const made = parsed(await organization('POST', `/${id}/api_keys`, { name: 'Rescue' }, once), 201);
    const again = await organization('POST', `/${id}/api_keys`, { name: 'Rescue' }, once);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(parsed(again, 201)).toEqual({ ...made, key: masked(made.key) });
    const listed = await client.call(`GET ${KEYS}`, key);
    expect(parsed(listed).items.map(({ name }: { name: string }) => name)).toEqual(['First key', 'Rescue']);
  });
});

describe('a new project with an Idempotency-Key', () => {
  const body = { name: 'Once', should_create_api_key: true };
  const once = (key: string, asked: object = body) =>
    organization('POST', '/new', asked, { 'idempotency-key': key });

  it('is made once, and its key is shown once', async () => {
    const key = crypto.randomUUID();
    const first = await once(key);
    const again = await once(key);
    const { api_key, ...project } = parsed(first, 201);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(parsed(again, 201)).toEqual(project);
    expect((await config(api_key)).status).toBe(200);
    expect(rows(await pages(100)).filter(({ name }) => name === 'Once')).toHaveLength(1);
  });

  it('is a conflict with another body, and two projects without the header', async () => {
    const key = crypto.randomUUID();
    const { id } = parsed(await once(key), 201);
    const other = `Other ${key}`;
    expect(refusal(await once(key, { ...body, name: other }))).toEqual([409, 10409]);
    const others = [(await create('Once')).id, (await create('Once')).id];
    expect(new Set([id, ...others]).size).toBe(3);
    expect(rows(await pages(100)).filter(({ name }) => name === other)).toEqual([]);
  });
});

describe.each([
  ['whose gate is up', true],
  ['whose gate is down', false],
])('a deleted project %s', (_name, isUp) => {
  it('has no server, no key and no settings any more, at once', async () => {
    const { id, key, mcpUrl } = await served(isUp);
    expect((await initialize(mcpUrl, { 'x-api-key': key })).status).toBe(200);
    expect((await remove(id)).status).toBe(202);
    expect(await initialize(mcpUrl, { 'x-api-key': key })).toMatchObject(NOT_FOUND);
    expect(await initialize(mcpUrl)).toMatchObject(NOT_FOUND);
    expect(refusal(await config(key))).toEqual([401, 801]);
    expect(refusal(await patchConfig(gateway, key, { require_mcp_api_key: false }))).toEqual([401, 801]);
    expect(refusal(await organization('GET', `/${id}`))).toEqual([404, 10404]);
    expect(refusal(await organization('POST', `/${id}/api_keys`))).toEqual([404, 10404]);
  });

  it('is in the list of those that are going alone, and can be deleted again meanwhile', async () => {
    const { id } = await served(isUp);
    const before = Date.now();
    const deletion = parsed(await remove(id), 202);
    expect(deletion).toEqual({
      id,
      name: 'Served',
      created_at: expect.any(String),
      status: 'deleting',
      deleted_at: expect.any(String),
    });
    expect(Date.parse(deletion.deleted_at)).toBeGreaterThanOrEqual(before);
    expect(ids(await pages(100))).not.toContain(id);
    expect(ids(await pages(100, '?status=active'))).not.toContain(id);
    expect(rows(await pages(2, '?status=deleting'))).toContainEqual(deletion);
    expect(parsed(await remove(id), 202)).toMatchObject({ id, status: 'deleting' });
    expect(ids(await pages(2, '?status=deleting')).filter((other) => other === id)).toHaveLength(1);
  });

  it('leaves every other project as it is, and its keys open none of them', async () => {
    const { id, key } = await served(isUp);
    const other = await served(true);
    const settings = (await config(other.key)).body;
    expect((await remove(id)).status).toBe(202);
    expect((await config(other.key)).body).toBe(settings);
    expect((await initialize(other.mcpUrl, { 'x-api-key': other.key })).status).toBe(200);
    expect(await initialize(other.mcpUrl, { 'x-api-key': key })).toMatchObject(NOT_VALID);
    expect(parsed(await organization('GET', `/${other.id}`)).id).toBe(other.id);
    expect(ids(await pages(100))).toContain(other.id);
  });
});

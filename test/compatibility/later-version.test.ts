import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { OPERATIONS } from '../support/api-document.ts';
import { CONFIG_PATH, type Gateway, initialize, patchConfig, startGateway } from '../support/gateway.ts';
import {
  KEYS,
  type ManagementClient,
  managementClient,
  PROJECTS,
  type Resource,
  serverPath,
  type TestProject,
} from '../support/management.ts';
import { until } from '../support/until.ts';
import { startUpstream, type TestUpstream } from '../support/upstream.ts';
import { type Item, withKeptTable } from './kept-store.ts';

/** An attribute of a later version, of which nothing is known here. */
const LATER = { unheard_of: { says: ['something', 1] } };
const IS_OF_LATER = /unheard_of|something/;

/** Members that hold values by names of somebody else's, not attributes. */
const BY_NAME = new Set(['masked_headers', 'outcomes', 'changes']);

/** That attribute in an item, and in every object within. */
function withLater(value: unknown, member = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => withLater(one));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const members = Object.entries(value).map(([name, one]) => [name, withLater(one, name)]);
  return { ...Object.fromEntries(members), ...(!BY_NAME.has(member) && LATER) };
}

const stateDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
const AUDIT = '/api/v3/org/project/audit';
const LOGS = '/api/v3/org/project/logs';
const DISMISSALS = '/api/v3/org/project/mcp_api_key_readiness/dismissals';
let upstream: TestUpstream;
let gateway: Gateway;
let client: ManagementClient;

/** A project of its own for what would stop a whole project. */
interface Place {
  readonly project: TestProject;
  readonly server: { readonly id: string; readonly slug: string };
  readonly key: { readonly id: string; readonly key: string };
}
/** One that the additive place had. */
let revokedKey: Resource;
/** Rows of its audit trail, one of which will be of a later version. */
let changesOfHistory: number;
const places: Record<string, Place> = {};
const NAMES = [
  'additive',
  'status',
  'scope',
  'mixed',
  'stronger',
  'kind',
  'gate',
  'key',
  'server',
  'config',
  'history',
  'doomed',
];
const place = (name: string): Place => {
  const found = places[name];
  if (found === undefined) throw new Error(`No place ${name}`);
  return found;
};

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');
/** The items of a place: its config, copy of server and key, and their originals. */
function itemsOf(items: readonly Item[], { project, server, key }: Place): Item[] {
  const keys: [pk: string, sk: string][] = [
    [`CONFIG#${project.id}`, 'CONFIG'],
    [`SERVER#${server.slug}`, 'SERVER'],
    [`KEY#${hashOf(key.key)}`, 'KEY'],
    [`PROJECT_SERVERS#${project.id}`, server.id],
    [`PROJECT_KEYS#${project.id}`, key.id],
  ];
  return keys.map(([pk, sk]) => itemAt(items, pk, sk));
}

function itemAt(items: readonly Item[], pk: string, sk: string): Item {
  const found = items.find((item) => item.pk === pk && item.sk === sk);
  if (found === undefined) throw new Error(`No item ${pk} ${sk}`);
  return found;
}

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.answer = (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  gateway = await startGateway({ stateDir });
  client = managementClient(gateway);
  for (const name of NAMES) {
    const project = await client.newProject();
    const server = await client.newServer(project.key, { upstream: { kind: 'http', url: upstream.url } });
    const key = await client.newKey(project.key, { scopes: ['mcp:invoke', 'config:read'] });
    places[name] = { project, server, key };
  }
  const additive = place('additive');
  for (const reason of ['no_key', 'malformed'])
    await client.must(`POST ${DISMISSALS}`, additive.project.key, { reason });
  revokedKey = await client.newKey(additive.project.key);
  await client.must(`DELETE ${KEYS}/${revokedKey.id}`, additive.project.key);
  await calls(additive);
  await initialize(`${gateway.url}/${additive.server.slug}`, { 'x-api-key': revokedKey.key });
  const { project, server, key } = place('history');
  await initialize(`${gateway.url}/${server.slug}`, { 'x-api-key': key.key });
  await logged(additive, 3);
  await logged(place('history'), 1);
  changesOfHistory = (await client.all(AUDIT, project.key)).length;
  await gateway.stop();
  await withKeptTable(stateDir, async (table) => {
    const all = (await table.items()).map((item) => withLater(item) as Item);
    await table.put([...all, ...asLaterVersion(all)]);
  });
  gateway = await startGateway({ stateDir });
  client = managementClient(gateway);
}, 120_000);
afterAll(async () => {
  upstream.close();
  await gateway.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

const logged = ({ project }: Place, count: number) =>
  until(
    () => client.all(LOGS, project.key),
    ({ length }) => length === count,
  );

/** @returns items as a later version could have written them, beside what is only more */
function asLaterVersion(all: readonly Item[]): object[] {
  const changed = (name: string, change: (items: Item[]) => object[]) => change(itemsOf(all, place(name)));
  const both = (name: string, attributes: object) => () =>
    itemsOf(all, place(name)).map((item, n) => (n === 2 || n === 4 ? { ...item, ...attributes } : item));
  const { project } = place('additive');
  return [
    ...all
      .filter(({ pk, sk }) => pk.startsWith(`LOGS#${project.id}`) && sk.startsWith('all#'))
      .map((row) => ({ ...row, flood: { count: 2, first_seen: row.at, last_seen: row.at, ...LATER } })),
    // Partitions and items that this version has no name for.
    { pk: `LATER#${project.id}`, sk: 'X', ...LATER },
    ...['CONFIG', 'PROJECT_KEYS', 'PROJECT_SERVERS', 'NAMES', 'AUDIT'].map((partition) => ({
      ...{ pk: `${partition}#${project.id}`, sk: '~LATER', ...LATER },
      // Whatever stands in the trail is a row of it.
      ...(partition === 'AUDIT' && {
        action: 'later.create',
        actor: { kind: 'later' },
        target: { kind: 'later' },
      }),
    })),
    ...changed('status', both('status', { status: 'suspended' })),
    ...changed('scope', both('scope', { scopes: ['later:act'] })),
    ...changed('mixed', both('mixed', { scopes: ['mcp:invoke', 'later:act'] })),
    ...changed('stronger', both('stronger', { scopes: ['mcp:invoke', 'later:act'] })),
    ...changed('kind', (items) =>
      items.map((item, n) =>
        n === 1 || n === 3 ? { ...item, upstream: { ...(item.upstream as object), kind: 'later' } } : item,
      ),
    ),
    ...changed('gate', (items) =>
      items.map((item, n) =>
        n === 0
          ? { ...item, settings: { ...(item.settings as object), require_mcp_api_key: 'later' } }
          : item,
      ),
    ),
    ...changed('key', both('key', { min_reader: 2, only_from: '192.0.2.0/24' })),
    ...changed('server', (items) =>
      items.map((item, n) => (n === 1 || n === 3 ? { ...item, min_reader: 2 } : item)),
    ),
    ...changed('config', (items) => items.map((item, n) => (n === 0 ? { ...item, min_reader: 2 } : item))),
    ...all
      .filter(({ pk, sk }) => pk === `AUDIT#${place('history').project.id}` && !sk.endsWith('#APPLIED'))
      .slice(0, 1)
      .map((item) => ({ ...item, action: 'later.create' })),
    ...all
      .filter(
        ({ pk, sk }) => pk.startsWith(`LOGS#${place('history').project.id}`) && !sk.startsWith('request#'),
      )
      .map((item) => ({ ...item, outcome: 'later' })),
  ];
}

/** What a call is answered, with the gate as it is, without a key and with that of the place. */
async function calls({ server, key }: Place): Promise<[none: number, key: number]> {
  const url = `${gateway.url}/${server.slug}`;
  const [none, own] = [await initialize(url), await initialize(url, { 'x-api-key': key.key })];
  return [none.status, own.status];
}

async function callsWithGate(name: string) {
  const { project } = place(name);
  const lowered = await calls(place(name));
  expect((await patchConfig(gateway, project.key, { require_mcp_api_key: true })).status).toBe(200);
  const raised = await calls(place(name));
  return { lowered, raised };
}

describe('what this version does not know of a later one', () => {
  it('as one more attribute, partition or item stops nothing', async () => {
    expect(await callsWithGate('additive')).toEqual({ lowered: [200, 200], raised: [401, 200] });
  });

  it('as one more attribute, whatever it is in, is shown by no route', async () => {
    const { project, server, key } = place('additive');
    const { items: dismissals } = await client.must(`GET ${DISMISSALS}`, project.key);
    await client.must(`DELETE ${DISMISSALS}/${dismissals[1]?.id}`, project.key);
    await client.must(`DELETE ${PROJECTS}/${place('doomed').project.id}`, client.organization);
    const rows = await client.all(LOGS, project.key);
    const queries: Record<string, string[]> = {
      [`${PROJECTS}/list`]: ['', '?status=deleting'],
      '/api/v3/org/project/usage': ['api_key', 'tool', 'mcp_server', 'day'].map((by) => `?group_by=${by}`),
    };
    const ids: Record<string, string[]> = {
      [`${PROJECTS}/{id}`]: [project.id],
      [`${KEYS}/{id}`]: [key.id, revokedKey.id],
      [serverPath('{id}')]: [server.id],
      [`${serverPath('{id}')}/clients`]: [server.id],
      [`${LOGS}/{id}`]: rows.map(({ id }) => id),
    };
    const asked = [...OPERATIONS.keys()].flatMap((operation) => {
      const path = /^GET (\/api\/.*)$/.exec(operation)?.[1];
      if (path === undefined) return [];
      if (!path.includes('{id}')) return (queries[path] ?? ['']).map((query) => path + query);
      return (ids[path] ?? ['of nothing yet']).map((id) => path.replace('{id}', id));
    });
    expect(asked.length).toBeGreaterThan(20);
    for (const path of asked) {
      const isOfOrganization = path.startsWith('/api/v3/org/owner/');
      const { status, body } = await client.call(
        `GET ${path}`,
        isOfOrganization ? client.organization : project.key,
      );
      expect([path, status, body]).toEqual([path, 200, expect.not.stringMatching(IS_OF_LATER)]);
    }
  });

  it.each([
    ['a status of a key', 'status', { lowered: [200, 500], raised: [401, 500] }],
    ['the one scope of a key', 'scope', { lowered: [200, 200], raised: [401, 403] }],
    ['one more scope of a key', 'mixed', { lowered: [200, 200], raised: [401, 200] }],
    ['a key that asks for a later reader', 'key', { lowered: [200, 500], raised: [401, 500] }],
    ['a kind of upstream', 'kind', { lowered: [500, 500], raised: [500, 500] }],
    ['a server that asks for a later reader', 'server', { lowered: [500, 500], raised: [500, 500] }],
  ])('as %s never lets a request pass by it', async (_, name, statuses) => {
    expect(await callsWithGate(name)).toEqual(statuses);
  });

  it.each([
    ['a state of the gate', 'gate'],
    ['a config that asks for a later reader', 'config'],
  ])('as %s stops all calls of the project, and can be seen by nobody', async (_, name) => {
    expect(await calls(place(name))).toEqual([500, 500]);
    const { status } = await client.call(`GET ${CONFIG_PATH}`, place(name).project.key);
    expect(status).toBe(500);
  });

  it('as a server that asks for a later reader is none that a key could be held to', async () => {
    const { project, server } = place('server');
    const body = { name: 'Held', mcp_server_ids: [server.id] };
    expect((await client.call(`POST ${KEYS}`, project.key, body)).status).toBe(500);
  });

  it('as a scope is more than a key has who has not got it', async () => {
    const { project, key } = place('stronger');
    const manager = await client.newKey(project.key, {
      scopes: ['mcp:invoke', 'config:read', 'keys:manage', 'servers:manage', 'config:write', 'logs:read'],
    });
    const { status, body } = await client.call(`POST ${KEYS}/${key.id}/rotate`, manager.key);
    expect([status, body]).toEqual([403, expect.stringContaining('the scope later:act')]);
    expect((await client.call(`POST ${KEYS}/${key.id}/rotate`, project.key)).status).toBe(200);
  });

  it('as rows of the past hides those rows alone', async () => {
    const { project } = place('history');
    expect(await client.all(AUDIT, project.key)).toHaveLength(changesOfHistory - 1);
    expect(await client.all(LOGS, project.key)).toEqual([]);
  });
});

test('what this version writes keeps what it does not know, in every copy that it makes', async () => {
  const { project, server, key } = place('additive');
  await client.must(`PATCH ${KEYS}/${key.id}`, project.key, { name: 'Renamed' });
  const rotated = await client.must(`POST ${KEYS}/${key.id}/rotate`, project.key, { overlap_seconds: 3600 });
  await client.must(`PATCH ${serverPath(server.id)}`, project.key, {
    name: 'Renamed',
    upstream: { url: `${upstream.url}/other` },
  });
  const moved = await client.must(`POST ${serverPath(server.id)}/rotate_url`, project.key);
  await client.must(`PATCH ${CONFIG_PATH}`, project.key, { display_name: 'Renamed' });
  await client.must(`POST ${DISMISSALS}`, project.key, { reason: 'unknown' });
  await client.newKey(project.key, { scopes: ['*'] });
  await gateway.stop();

  const all = await withKeptTable(stateDir, (table) => table.items());
  const at = (pk: string, sk: string) => itemAt(all, pk, sk);
  const config = at(`CONFIG#${project.id}`, 'CONFIG');
  const original = at(`PROJECT_KEYS#${project.id}`, key.id);
  const ofServer = at(`PROJECT_SERVERS#${project.id}`, server.id);
  const dismissals = at(`DISMISSALS#${project.id}`, 'LIST');
  expect({
    config,
    settings: config.settings,
    original,
    secretOfBefore: (original.secrets as unknown[])[1],
    copyOfBefore: at(`KEY#${hashOf(key.key)}`, 'KEY'),
    copyOfNow: at(`KEY#${hashOf(rotated.key)}`, 'KEY'),
    ofServer,
    upstream: ofServer.upstream,
    address: at(`SERVER#${moved.slug}`, 'SERVER'),
    upstreamOfAddress: at(`SERVER#${moved.slug}`, 'SERVER').upstream,
    lasting: at(`PROJECT_KEYS#${project.id}`, 'LASTING'),
    dismissals,
    dismissal: (dismissals.dismissals as unknown[])[0],
    unnamed: at(`LATER#${project.id}`, 'X'),
  }).toMatchObject({
    ...{ config: LATER, settings: LATER, original: LATER, secretOfBefore: LATER },
    ...{ copyOfBefore: LATER, copyOfNow: LATER, ofServer: LATER, upstream: LATER },
    ...{ address: LATER, upstreamOfAddress: LATER, lasting: LATER, dismissals: LATER, dismissal: LATER },
    unnamed: LATER,
  });
}, 120_000);

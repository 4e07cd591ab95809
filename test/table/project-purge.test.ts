import { BatchWriteCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Context } from 'aws-lambda';
import type { ApiRoute } from '../../functions/domain/api-routes.ts';
import { newKeyId, newServerId } from '../../functions/domain/ids.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { FIRST_KEY_POWER, newKey, newSecret } from '../../functions/domain/new-key.ts';
import { type Table, tableForChanges } from '../../functions/table/client.ts';
import { createOnce } from '../../functions/table/creations.ts';
import type { Deletion, NewServer } from '../../functions/table/items.ts';
import { countCalls } from '../../functions/table/journal.ts';
import { storeLastUse } from '../../functions/table/last-use-store.ts';
import { itemKey, PARTITIONS } from '../../functions/table/layout.ts';
import { storeRows } from '../../functions/table/log-store.ts';
import { createNamedKey, createNamedServer } from '../../functions/table/names.ts';
import { purgeProject } from '../../functions/table/project-purge.ts';
import {
  deleteProject,
  findProject,
  listDeletions,
  listProjects,
  patchSettings,
} from '../../functions/table/project-store.ts';
import { changeServer } from '../../functions/table/server-store.ts';
import { putNew } from '../../functions/table/writes.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { apiEvent, requestAt, storeProject } from '../support/fixtures.ts';
import { Caller, CRASHES, sampled } from '../support/interleaving.ts';
import { callOf } from '../support/records.ts';

const NOW = 1_795_420_800_000;
const MINUTE = 60_000;
const FIRST_PAGE = { limit: 100, after: undefined };
const REQUEST = requestAt(NOW);
const never = () => false;

let store: TestStore;
/** Past the wire, and past every caller. */
let table: Table;
/** As a function has it. */
let callersTable: Table;
let apiKeys: typeof import('../../functions/api-keys.ts').handler;
let servers: typeof import('../../functions/mcp-servers.ts').handler;
let organization: typeof import('../../functions/organization.ts').handler;
let purge: typeof import('../../functions/project-purge.ts').handler;

beforeAll(async () => {
  store = await startTestStore();
  process.env.PORTCULLIS_ROOT_SECRET_ID = 'not read here';
  process.env.PORTCULLIS_KMS_KEY_ID = 'not used here';
  process.env.PORTCULLIS_PROJECT_PURGE_FUNCTION = 'not called here';
  table = { client: store.client, name: store.tableName };
  callersTable = tableForChanges(store.tableName);
  ({ handler: apiKeys } = await import('../../functions/api-keys.ts'));
  ({ handler: servers } = await import('../../functions/mcp-servers.ts'));
  ({ handler: organization } = await import('../../functions/organization.ts'));
  ({ handler: purge } = await import('../../functions/project-purge.ts'));
});
// What a test leaves would make every later look at the whole table longer.
beforeEach(async () => {
  const items = await everything();
  for (let n = 0; n < items.length; n += 25) {
    const deletes = items.slice(n, n + 25).map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
    await store.client.send(new BatchWriteCommand({ RequestItems: { [store.tableName]: deletes } }));
  }
});
afterAll(() => store.close());

async function everything(): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await store.client.send(
      new ScanCommand({ TableName: store.tableName, ...(start && { ExclusiveStartKey: start }) }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

/** Every item that names the project, by its id or in a slug. The audit trail is not taken away: its rows expire. */
const itemsOf = async (projectId: string): Promise<Record<string, unknown>[]> =>
  (await everything()).filter(
    (item) =>
      !String(item.pk).startsWith(PARTITIONS.audit) &&
      JSON.stringify(item).includes(projectId.slice('pr_'.length)),
  );

/** Nothing is left but what says that the project is gone, or that a slug is. */
async function expectOnlyTombstones(projectId: string): Promise<Record<string, unknown>[]> {
  const left = await itemsOf(projectId);
  for (const item of left) {
    expect(item).toHaveProperty('deleted_at');
    expect(String(item.pk)).toMatch(/^(CONFIG|SERVER)#/);
  }
  return left;
}

/** Nothing is left but what says that the project is gone, and which slugs were out of use before it went. */
async function expectNothingLeft(projectId: string, retiredSlugs: readonly string[]): Promise<void> {
  const left = await expectOnlyTombstones(projectId);
  expect(new Set(left.map(({ pk }) => pk))).toEqual(
    new Set([itemKey.config(projectId).pk, ...retiredSlugs.map((slug) => itemKey.server(slug).pk)]),
  );
}

const newServer = (projectId: string, id = newServerId(NOW)): NewServer => ({
  ...{ project_id: projectId, server_id: id, slug: newSlug(projectId), name: id, revision: 1 },
  upstream: { kind: 'http', url: 'https://mcp.example.invalid', sealed_headers: null, masked_headers: {} },
  ...{ allowed_tools: null, allowed_origins: [], created_at: '2026-11-23T08:00:00.000Z' },
  ...{ updated_at: '2026-11-23T08:00:00.000Z', settled_revision: 1, retired_slugs: [], is_deleted: false },
  probe: {},
});

const freshKey = (projectId: string) => {
  const id = newKeyId(NOW);
  return newKey({ id, projectId, name: id, power: FIRST_KEY_POWER, now: NOW - MINUTE }).stored;
};

/** A project that has one of everything: two keys, one with an older secret, and a server that has changed its slug. */
async function storeAll() {
  const projectId = await storeProject(table);
  const [own, other] = [freshKey(projectId), freshKey(projectId)];
  await createNamedKey(table, own, requestAt(NOW - MINUTE));
  const older = { hash: newSecret().hash, ends_at: NOW + MINUTE };
  await createNamedKey(table, { ...other, secrets: [...other.secrets, older] }, requestAt(NOW - MINUTE));
  await storeLastUse(table, { projectId, keyId: own.key_id, usedAt: NOW - 1 });
  const server = newServer(projectId);
  await createNamedServer(table, server, requestAt(NOW - MINUTE));
  const rotation = {
    projectId,
    id: server.server_id,
    action: 'mcp_server.rotate_url',
    request: REQUEST,
  } as const;
  await changeServer(table, rotation, (old) => ({
    ...old,
    slug: newSlug(projectId),
    retired_slugs: [old.slug],
  }));
  await createOnce(
    table,
    { idempotencyKey: 'k', owner: projectId, caller: own.key_id, route: 'POST /r', body: {}, now: NOW },
    { newId: () => other.key_id, find: async () => undefined, create: async (id) => id },
  );
  return { projectId, own, other, server, retiredSlugs: [server.slug] };
}

async function deleted(projectId: string, now = NOW): Promise<Deletion> {
  const deletion = await deleteProject(table, projectId, requestAt(now));
  if (deletion === undefined) throw new Error('There is no such project');
  return deletion;
}

const isQueued = async (projectId: string): Promise<boolean> =>
  (await listDeletions(table, FIRST_PAGE)).rows.some(({ project_id }) => project_id === projectId);
const isListed = async (projectId: string): Promise<boolean> =>
  (await listProjects(table, FIRST_PAGE)).rows.some(({ project_id }) => project_id === projectId);

describe('a purge', () => {
  it('leaves nothing of a project but tombstones, and every item of another one as it was', async () => {
    const other = await storeAll();
    const { projectId, retiredSlugs } = await storeAll();
    expect((await itemsOf(projectId)).length).toBeGreaterThanOrEqual(15);
    const before = await itemsOf(other.projectId);
    expect(await purgeProject(table, await deleted(projectId), NOW + MINUTE, never)).toBe('gone');
    await expectNothingLeft(projectId, retiredSlugs);
    expect(await itemsOf(other.projectId)).toEqual(before);
    expect([await isQueued(projectId), await isListed(projectId)]).toEqual([false, false]);
  });

  it('takes what a later version wrote, whatever that asks of its readers', async () => {
    const { projectId, retiredSlugs } = await storeAll();
    const originals = [itemKey.projectServer(projectId, '').pk, itemKey.projectKey(projectId, '').pk];
    for (const item of (await itemsOf(projectId)).filter(({ pk }) => originals.includes(String(pk)))) {
      const Item = { ...item, min_reader: 2, upstream: { kind: 'later' } };
      await store.client.send(new PutCommand({ TableName: store.tableName, Item }));
    }
    for (const pk of originals) await putNew(table, { pk, sk: '~LATER' }, { later: projectId });
    expect(await purgeProject(table, await deleted(projectId), NOW + MINUTE, never)).toBe('gone');
    await expectNothingLeft(projectId, retiredSlugs);
  });

  it('takes rows, payloads, counts, journals and dismissals, also when it runs out of time between them', async () => {
    const other = await storeAll();
    const { projectId, own, retiredSlugs } = await storeAll();
    for (const project_id of [projectId, other.projectId]) {
      const calls = Array.from({ length: 80 }, (_, n) =>
        callOf({
          ...{
            project_id,
            api_key_id: own.key_id,
            source: `source${n % 8}`.padEnd(8, 'A'),
            n: n + 1,
            at: NOW,
          },
          ...{ request_id: `${project_id.slice(3)}-${n}`, data: { result: n } },
          ...(n % 4 === 3 && {
            credential: 'no_key',
            outcome: 'refused',
            reason: 'no_key',
            api_key_id: null,
          }),
          ...(n % 8 === 7 && { flood_since: NOW, data: null }),
        }),
      );
      await storeRows(table, calls, 30);
      await countCalls(table, calls, 30);
      await putNew(table, itemKey.dismissals(project_id), { dismissals: [] });
    }
    const partitions = new Set((await itemsOf(projectId)).map(({ pk }) => String(pk).replace(/#.*/, '#')));
    for (const kind of ['logs', 'logData', 'usage', 'callers', 'journal', 'dismissals'] as const) {
      expect(partitions).toContain(PARTITIONS[kind]);
    }
    const before = await itemsOf(other.projectId);
    const deletion = await deleted(projectId);
    let runs = 1;
    for (
      let pages = 0;
      (await purgeProject(table, deletion, NOW + MINUTE, () => pages++ === 20)) === 'left';
    ) {
      runs++;
      pages = 0;
    }
    expect(runs).toBeGreaterThan(1);
    await expectNothingLeft(projectId, retiredSlugs);
    expect(await itemsOf(other.projectId)).toEqual(before);
  });

  it.each(CRASHES)('that %s a write leaves nothing either once it is called again', async (_, fault) => {
    // A purge of one project is a run of many alike writes: some of them stand for all.
    let crashes = 0;
    for (let nth = 1; ; nth += fault.isLast ? 1 : 4) {
      const { projectId, retiredSlugs } = await storeAll();
      const deletion = await deleted(projectId);
      const caller = new Caller(() => purgeProject(callersTable, deletion, NOW + MINUTE, never));
      if (!(await caller.stopBefore('write', nth))) break;
      await caller.fail(fault);
      await expect(caller.finish()).rejects.toThrow();
      crashes++;
      if (!(fault.isMade && !(await isQueued(projectId)))) {
        expect(await purgeProject(table, deletion, NOW + MINUTE, never)).toBe('gone');
      }
      await expectNothingLeft(projectId, retiredSlugs);
    }
    expect(crashes).toBeGreaterThanOrEqual(fault.isLast ? 15 : 4);
  });

  it('within a minute of the deletion takes the copies, and leaves the originals: somebody may still write', async () => {
    const { projectId, retiredSlugs } = await storeAll();
    const before = await itemsOf(projectId);
    const deletion = await deleted(projectId);
    for (const now of [NOW, NOW + MINUTE - 1]) {
      expect(await purgeProject(table, deletion, now, never)).toBe('left');
    }
    const left = (await itemsOf(projectId))
      .filter((item) => !('deleted_at' in item))
      .map(({ pk, sk }) => `${pk} ${sk}`);
    const isCopy = ({ pk }: Record<string, unknown>) => /^(KEY|SERVER)#/.test(String(pk));
    const isOfPurge = ({ pk }: Record<string, unknown>) => /^(CONFIG#|ORG_PROJECTS)/.test(String(pk));
    const originals = before
      .filter((item) => !isCopy(item) && !isOfPurge(item))
      .map(({ pk, sk }) => `${pk} ${sk}`);
    const { pk, sk } = itemKey.organizationDeletion(projectId);
    expect(new Set(left)).toEqual(new Set([...originals, `${pk} ${sk}`]));
    expect(originals.length).toBeGreaterThanOrEqual(9);

    expect(await purgeProject(table, deletion, NOW + MINUTE, never)).toBe('gone');
    await expectNothingLeft(projectId, retiredSlugs);
  });

  it('that runs out of time stops between two pages, and ends when it is called again', async () => {
    const { projectId, retiredSlugs } = await storeAll();
    for (let page = 0; page < 12; page++) {
      const puts = Array.from({ length: 25 }, (_, n) => ({
        PutRequest: { Item: { ...itemKey.lastUse(projectId, `key_${page}_${n}`), used_at: NOW } },
      }));
      await store.client.send(new BatchWriteCommand({ RequestItems: { [store.tableName]: puts } }));
    }
    const deletion = await deleted(projectId);
    let pages = 0;
    expect(await purgeProject(table, deletion, NOW + MINUTE, () => pages++ === 4)).toBe('left');
    expect(await isQueued(projectId)).toBe(true);
    const rest = (await itemsOf(projectId)).length;
    expect(rest).toBeGreaterThanOrEqual(50);
    expect(rest).toBeLessThan(300);
    expect(await purgeProject(table, deletion, NOW + MINUTE, never)).toBe('gone');
    await expectNothingLeft(projectId, retiredSlugs);
  });

  it('does not take a deletion off the list that was asked for again meanwhile', async () => {
    const { projectId } = await storeAll();
    const { pk, sk } = itemKey.organizationDeletion(projectId);
    const first: Deletion = { project_id: projectId, name: 'Test', created_at: 'then', requested_at: NOW };
    expect(await putNew(table, { pk, sk }, { ...first, requested_at: NOW + 1 })).toBe(true);
    expect(await purgeProject(table, first, NOW + MINUTE, never)).toBe('not_deleted');
    expect(await isQueued(projectId)).toBe(true);
    expect(await findProject(table, projectId)).toBeDefined();
  });
});

describe('a deletion', () => {
  it('that broke off before it had an effect is given up after a minute, and takes nothing', async () => {
    const { projectId } = await storeAll();
    const before = await itemsOf(projectId);
    const caller = new Caller(() => deleteProject(callersTable, projectId, REQUEST));
    expect(await caller.stopBefore('write', 2)).toBe(true);
    await caller.fail({ isMade: false, isLast: true });
    const deletion = (await listDeletions(table, FIRST_PAGE)).rows.find(
      (row) => row.project_id === projectId,
    );
    if (deletion === undefined) throw new Error('Nothing stands in the list of deletions');

    expect(await purgeProject(table, deletion, NOW + MINUTE - 1, never)).toBe('not_deleted');
    expect(await isQueued(projectId)).toBe(true);
    expect(await purgeProject(table, deletion, NOW + MINUTE, never)).toBe('not_deleted');
    expect(await isQueued(projectId)).toBe(false);
    expect(await itemsOf(projectId)).toEqual(before);
  });

  it.each(CRASHES)('that %s a write can be asked for again, and ends', async (_, fault) => {
    let crashes = 0;
    for (; ; crashes++) {
      const { projectId, retiredSlugs } = await storeAll();
      const caller = new Caller(() => deleteProject(callersTable, projectId, REQUEST));
      if (!(await caller.stopBefore('write', crashes + 1))) break;
      await caller.fail(fault);
      await expect(caller.finish()).rejects.toThrow();
      const deletion = await deleteProject(table, projectId, requestAt(NOW + 1));
      if (deletion === undefined) throw new Error('It is not known any more');
      expect(await findProject(table, projectId)).toBeUndefined();
      expect([await isQueued(projectId), await isListed(projectId)]).toEqual([true, false]);
      expect(await purgeProject(table, deletion, NOW + 2 * MINUTE, never)).toBe('gone');
      await expectNothingLeft(projectId, retiredSlugs);
    }
    expect(crashes).toBe(4);
  });

  it.each(CRASHES)(
    'that %s a write and is not asked for again ends, or leaves the project whole',
    async (_, fault) => {
      for (let nth = 1; ; nth++) {
        const { projectId, retiredSlugs } = await storeAll();
        const before = await itemsOf(projectId);
        const caller = new Caller(() => deleteProject(callersTable, projectId, REQUEST));
        if (!(await caller.stopBefore('write', nth))) break;
        await caller.fail(fault);
        await expect(caller.finish()).rejects.toThrow();
        const queued = (await listDeletions(table, FIRST_PAGE)).rows.find(
          (row) => row.project_id === projectId,
        );
        const outcome = queued && (await purgeProject(table, queued, NOW + MINUTE, never));
        if (outcome === 'gone') await expectNothingLeft(projectId, retiredSlugs);
        else expect(await itemsOf(projectId)).toEqual(before);
      }
    },
  );
});

type Stored = Awaited<ReturnType<typeof storeAll>>;

const ask =
  (
    handler: typeof apiKeys,
    route: ApiRoute,
    request: (stored: Stored) => { id?: string; body?: object; idempotencyKey?: string },
  ) =>
  (stored: Stored) => {
    const { projectId, own } = stored;
    const authorizer: Record<string, string> = route.includes('/owner/')
      ? { outcome: 'organization' }
      : { outcome: 'project', projectId, keyId: own.key_id, keyName: 'Caller', scopes: '*' };
    return handler(apiEvent(route, { authorizer, now: NOW - 1, ...request(stored) }), {} as Context);
  };

const KEY = '/api/v3/org/project/api_keys/{id}';
const OTHER_KEY = ({ other }: Stored) => ({ id: other.key_id });
const OWN_SERVER = ({ server }: Stored) => ({ id: server.server_id });

/** Whatever writes something of a project. */
const writers = (): readonly (readonly [string, (stored: Stored) => Promise<unknown>])[] => [
  [
    'a new key',
    ask(apiKeys, 'POST /api/v3/org/project/api_keys', () => ({
      body: { name: 'New', scopes: ['*'] },
      idempotencyKey: 'new',
    })),
  ],
  [
    'a new first key',
    ask(organization, 'POST /api/v3/org/owner/project/{id}/api_keys', ({ projectId }) => ({
      id: projectId,
      idempotencyKey: 'new',
    })),
  ],
  ['a rotated key', ask(apiKeys, `POST ${KEY}/rotate`, OTHER_KEY)],
  [
    'a renamed key',
    ask(apiKeys, `PATCH ${KEY}`, (stored) => ({ ...OTHER_KEY(stored), body: { name: 'New' } })),
  ],
  ['a revoked key', ask(apiKeys, `DELETE ${KEY}`, OTHER_KEY)],
  [
    'a new server',
    ({ projectId }) => createNamedServer(callersTable, newServer(projectId), requestAt(NOW - 1)),
  ],
  ['a new address of a server', ask(servers, 'POST /api/v3/mcp/{id}/rotate_url', OWN_SERVER)],
  [
    'a renamed server',
    ask(servers, 'PATCH /api/v3/mcp/{id}', (stored) => ({ ...OWN_SERVER(stored), body: { name: 'New' } })),
  ],
  ['a deleted server', ask(servers, 'DELETE /api/v3/mcp/{id}', OWN_SERVER)],
  [
    'new settings',
    ({ projectId }) => patchSettings(callersTable, projectId, { require_mcp_api_key: true }, REQUEST),
  ],
  [
    'the last use of a key',
    ({ projectId, own }) => storeLastUse(callersTable, { projectId, keyId: own.key_id, usedAt: NOW }),
  ],
];
const WRITERS = [
  ...['a new key', 'a new first key', 'a rotated key', 'a renamed key', 'a revoked key', 'a new server'],
  ...[
    'a new address of a server',
    'a renamed server',
    'a deleted server',
    'new settings',
    'the last use of a key',
  ],
];

/** Which of them this run tries. */
const TRIED = sampled(WRITERS);

describe('a project that is deleted while something of it is written', () => {
  let interleavings = 0;

  it.each(TRIED)('leaves nothing: %s, stopped at any request', async (name) => {
    const run = new Map(writers()).get(name);
    if (run === undefined) throw new Error(`No writer makes ${name}`);
    for (let nth = 1; ; nth++) {
      const stored = await storeAll();
      const caller = new Caller(() => run(stored));
      if (!(await caller.stopBefore('any', nth))) break;
      interleavings++;
      const deletion = await deleted(stored.projectId);
      expect(await purgeProject(table, deletion, NOW + 1, never)).toBe('left');
      await caller.finish().catch(() => {});
      expect(await findProject(table, stored.projectId)).toBeUndefined();
      expect(await isListed(stored.projectId)).toBe(false);
      expect(await purgeProject(table, deletion, NOW + MINUTE, never)).toBe('gone');
      await expectOnlyTombstones(stored.projectId);
    }
  });

  it.each(TRIED)('leaves nothing, if that died before: %s, at any write', async (name) => {
    const run = new Map(writers()).get(name);
    if (run === undefined) throw new Error(`No writer makes ${name}`);
    for (let nth = 1; ; nth++) {
      const stored = await storeAll();
      const caller = new Caller(() => run(stored));
      if (!(await caller.stopBefore('write', nth))) break;
      await caller.fail({ isMade: true, isLast: true });
      const deletion = await deleted(stored.projectId);
      expect(await purgeProject(table, deletion, NOW + MINUTE, never)).toBe('gone');
      await expectOnlyTombstones(stored.projectId);
    }
  });

  it('was deleted at every read and write of each of them', () => {
    console.log(`${interleavings} interleavings of a writer and a deletion`);
    expect(interleavings).toBeGreaterThanOrEqual(TRIED.length * 5);
  });
});

describe('the purge function', () => {
  const TIME_LEFT = { getRemainingTimeInMillis: () => 10 * MINUTE };
  const someTimeAgo = () => Date.now() - MINUTE - 1;

  // The deletions of the tests above end now or later, by the clock of this machine.
  beforeAll(() => purge({}, TIME_LEFT));

  it('removes what is of every deleted project whose writers are gone, and keeps the others for later', async () => {
    const [first, second, recent] = [await storeAll(), await storeAll(), await storeAll()];
    await deleted(first.projectId, someTimeAgo());
    await deleted(second.projectId, someTimeAgo());
    await deleted(recent.projectId, Date.now() + MINUTE);
    const { deletions, ended } = await purge({}, TIME_LEFT);
    expect(deletions).toBeGreaterThanOrEqual(3);
    expect(ended).toBe(2);
    await expectNothingLeft(first.projectId, first.retiredSlugs);
    await expectNothingLeft(second.projectId, second.retiredSlugs);
    expect(await isQueued(recent.projectId)).toBe(true);
  });

  it('begins nothing that it has no time for', async () => {
    const { projectId } = await storeAll();
    await deleted(projectId, someTimeAgo());
    const before = await itemsOf(projectId);
    expect(await purge({}, { getRemainingTimeInMillis: () => 5_000 })).toMatchObject({ ended: 0 });
    expect(await itemsOf(projectId)).toEqual(before);
    expect(await purge({}, TIME_LEFT)).toMatchObject({ ended: 1 });
  });

  it('fails when one deletion does, after it has ended the others', async () => {
    const [broken, whole] = [await storeAll(), await storeAll()];
    await deleted(broken.projectId, someTimeAgo());
    await deleted(whole.projectId, someTimeAgo());
    store.fault = ({ operation, body }) =>
      operation === 'Query' && JSON.stringify(body).includes(broken.projectId)
        ? { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException' } }
        : undefined;
    await expect(purge({}, TIME_LEFT)).rejects.toThrow();
    store.fault = undefined;
    await expectNothingLeft(whole.projectId, whole.retiredSlugs);
    expect(await isQueued(broken.projectId)).toBe(true);
    expect(await purge({}, TIME_LEFT)).toMatchObject({ ended: 1 });
    await expectNothingLeft(broken.projectId, broken.retiredSlugs);
  });
});

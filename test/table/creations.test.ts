import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import { keyHash } from '../../functions/domain/api-key.ts';
import { ApiError } from '../../functions/domain/errors.ts';
import { newKeyId, newProjectId } from '../../functions/domain/ids.ts';
import { FIRST_KEY_POWER, newKey } from '../../functions/domain/new-key.ts';
import { findKey } from '../../functions/table/access-facts.ts';
import { type Table, tableForChanges } from '../../functions/table/client.ts';
import { type CreationRequest, createOnce } from '../../functions/table/creations.ts';
import { createKey, listKeys } from '../../functions/table/key-store.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { deleteProject, findProject, listProjects } from '../../functions/table/project-store.ts';
import { getItem, itemsOf } from '../../functions/table/reads.ts';
import { putNew } from '../../functions/table/writes.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { apiEvent, requestAt } from '../support/fixtures.ts';
import { Caller, CRASHES } from '../support/interleaving.ts';

const NOW = 1_795_420_800_000;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let store: TestStore;
/** Past the wire, and past every caller. */
let table: Table;
/** As a function has it. */
let callersTable: Table;
let apiKeys: typeof import('../../functions/api-keys.ts').handler;
let organization: typeof import('../../functions/organization.ts').handler;

beforeAll(async () => {
  store = await startTestStore();
  process.env.PORTCULLIS_ROOT_SECRET_ID = 'not read here';
  process.env.PORTCULLIS_PROJECT_PURGE_FUNCTION = 'not called here';
  table = { client: store.client, name: store.tableName };
  callersTable = tableForChanges(store.tableName);
  ({ handler: apiKeys } = await import('../../functions/api-keys.ts'));
  ({ handler: organization } = await import('../../functions/organization.ts'));
});
afterAll(() => store.close());

let owner: string;
let made: string[];
beforeEach(() => {
  owner = newProjectId();
  made = [];
});

const place = (id: string) => itemKey.lastUse(owner, id);

/** Creates something of one write once. @returns `created`, `replayed`, the kind of an ApiError, or `fault`; and its id */
async function create(
  change: Partial<CreationRequest> = {},
  fails?: ApiError,
): Promise<{ outcome: string; id: string | undefined }> {
  const request = { idempotencyKey: 'k', owner, caller: 'key_1', route: 'POST /r', body: { a: 1 }, now: NOW };
  try {
    const { resource, isReplayed } = await createOnce(
      callersTable,
      { ...request, ...change },
      {
        newId: () => `id_${Math.random()}`,
        find: async (id) => ((await getItem(callersTable, place(id))) === undefined ? undefined : id),
        create: async (id) => {
          if (fails !== undefined) throw fails;
          if (!(await putNew(callersTable, place(id), {}))) throw new ApiError('conflict');
          made.push(id);
          return id;
        },
      },
    );
    return { outcome: isReplayed ? 'replayed' : 'created', id: resource };
  } catch (error) {
    return { outcome: error instanceof ApiError ? error.kind : 'fault', id: undefined };
  }
}

describe('a request to create with an Idempotency-Key', () => {
  it('creates once: the same again is answered with what was created', async () => {
    const first = await create();
    expect(first.outcome).toBe('created');
    expect(await create({ now: NOW + DAY - 1_000 })).toEqual({ outcome: 'replayed', id: first.id });
    expect(made).toHaveLength(1);
  });

  it('creates once wherever it comes a second time in between: that is refused as under way, or answered', async () => {
    const outcomes = new Set<string>();
    let stops = 0;
    for (; ; stops++) {
      owner = newProjectId();
      made = [];
      const caller = new Caller(() => create());
      if (!(await caller.stopBefore('any', stops + 1))) break;
      const second = await create();
      const first = await caller.finish();
      outcomes.add(`${first.outcome}, ${second.outcome}`);
      expect(made).toHaveLength(1);
      expect(await create()).toEqual({ outcome: 'replayed', id: made[0] });
    }
    expect(stops).toBeGreaterThanOrEqual(2);
    expect(outcomes).toEqual(new Set(['replayed, created', 'created, conflict', 'created, replayed']));
  });

  it('is refused with another body, and creates nothing then', async () => {
    await create();
    expect((await create({ body: { a: 2 } })).outcome).toBe('conflict');
    expect((await create({ body: { a: 2 }, now: NOW + 10 * MINUTE })).outcome).toBe('conflict');
    expect(made).toHaveLength(1);
  });

  it.each([
    ['of another caller', { caller: 'key_2' }],
    ['to another route', { route: 'POST /s' }],
    ['with another Idempotency-Key', { idempotencyKey: 'l' }],
    ['without one', { idempotencyKey: undefined }],
    ['a day later', { now: NOW + DAY }],
    ['a day later, with another body', { now: NOW + DAY, body: { a: 2 } }],
  ])('is another one %s', async (_, change) => {
    await create();
    expect((await create(change)).outcome).toBe('created');
    expect(new Set(made).size).toBe(2);
  });

  it('without one creates each time', async () => {
    await create({ idempotencyKey: undefined });
    await create({ idempotencyKey: undefined });
    expect(made).toHaveLength(2);
  });

  it('is another one of another owner', async () => {
    await create();
    const first = made;
    owner = newProjectId();
    made = [];
    expect((await create()).outcome).toBe('created');
    expect(made).not.toEqual(first);
  });

  it('that was refused may come again at once', async () => {
    expect((await create({}, new ApiError('conflict'))).outcome).toBe('conflict');
    expect((await create()).outcome).toBe('created');
    expect((await create()).outcome).toBe('replayed');
  });

  it('that was refused may come again with another body', async () => {
    await create({}, new ApiError('bad_request'));
    expect((await create({ body: { a: 2 } })).outcome).toBe('created');
  });

  it('shows what it created in no record, and the Idempotency-Key neither', async () => {
    store.requests.length = 0;
    await create({ idempotencyKey: 'a-secret-of-the-client', body: { name: 'a-name-of-the-client' } });
    expect(JSON.stringify(store.requests)).not.toMatch(/of-the-client/);
  });
});

describe.each(CRASHES)('a creation that %s a write', (how, fault) => {
  it('is completed by the same request a minute later, and made once', async () => {
    let stops = 0;
    for (; ; stops++) {
      owner = newProjectId();
      const caller = new Caller(() => create());
      if (!(await caller.stopBefore('write', stops + 1))) break;
      await caller.fail(fault);
      await caller.finish();
      const early = await create({ now: NOW + MINUTE - 1 });
      expect(['created', 'replayed', 'conflict']).toContain(early.outcome);
      const late = await create({ now: NOW + MINUTE });
      expect(['created', 'replayed']).toContain(late.outcome);
      if (early.id !== undefined) expect(late).toEqual({ outcome: 'replayed', id: early.id });
      expect((await create({ now: NOW + MINUTE })).id).toBe(late.id);
    }
    expect(stops).toBeGreaterThanOrEqual(2);
  });

  it('of the resource may be sent again at once where the process lives on', async () => {
    const caller = new Caller(() => create());
    expect(await caller.stopBefore('write', 2)).toBe(true);
    await caller.fail(fault);
    expect((await caller.finish()).outcome).toBe('fault');
    const again = await create();
    // Whoever died could not say so: a minute long it may be another one that is slow.
    const expected = { before: 'conflict', after: 'replayed' }[how.replace(/^dies /, '')];
    expect(again.outcome).toBe(expected ?? (fault.isMade ? 'replayed' : 'created'));
  });
});

describe('a creation that died', () => {
  it('is completed by exactly one of two that come a minute later at the same time', async () => {
    for (let nth = 1; ; nth++) {
      owner = newProjectId();
      made = [];
      const dead = new Caller(() => create());
      expect(await dead.stopBefore('write', 2)).toBe(true);
      await dead.fail({ isMade: false, isLast: true });
      const caller = new Caller(() => create({ now: NOW + MINUTE }));
      if (!(await caller.stopBefore('any', nth))) break;
      await create({ now: NOW + MINUTE });
      await caller.finish();
      expect(made).toHaveLength(1);
    }
  });
});

/** A new key, asked for by a key that can do everything. */
async function project() {
  const projectId = newProjectId();
  const own = newKey({ id: newKeyId(NOW), projectId, name: 'Own', power: FIRST_KEY_POWER, now: NOW });
  await createKey(table, own.stored, requestAt(NOW));
  const ask = async (now = NOW) => {
    const { statusCode, headers, body }: APIGatewayProxyResult = await apiKeys(
      apiEvent('POST /api/v3/org/project/api_keys', {
        authorizer: {
          outcome: 'project',
          projectId,
          keyId: own.stored.key_id,
          keyName: 'Caller',
          scopes: '*',
        },
        body: { name: 'CI', scopes: ['*'] },
        idempotencyKey: 'k',
        now,
      }),
      {} as Context,
    );
    return {
      status: statusCode,
      isReplayed: headers?.['idempotent-replayed'] === 'true',
      key: JSON.parse(body),
    };
  };
  const keysNamed = async () => {
    const { rows } = await listKeys(table, projectId, NOW, { limit: 100, after: undefined });
    return rows.filter(({ name }) => name === 'CI').map(({ key_id }) => key_id);
  };
  return { ask, keysNamed };
}

describe('a new key', () => {
  it('is made once for one Idempotency-Key, and its secret shown once', async () => {
    const { ask, keysNamed } = await project();
    const first = await ask();
    expect(await findKey(itemsOf(table), keyHash(first.key.key))).toMatchObject({
      id: first.key.id,
      status: 'active',
    });
    const second = await ask();
    expect([first.isReplayed, second.isReplayed]).toEqual([false, true]);
    expect(second.key).toEqual({ ...first.key, key: expect.stringMatching(/^ak_\*\*/) });
    expect(await keysNamed()).toEqual([first.key.id]);
  });

  it('is made once, wherever the same request comes in between', async () => {
    let stops = 0;
    for (; ; stops++) {
      const { ask, keysNamed } = await project();
      const caller = new Caller(() => ask());
      if (!(await caller.stopBefore('any', stops + 1))) break;
      const second = await ask();
      const first = await caller.finish();
      for (const { status } of [first, second]) expect([201, 409]).toContain(status);
      const shown = [first, second].filter(({ status, isReplayed }) => status === 201 && !isReplayed);
      expect(shown).toHaveLength(1);
      expect(await keysNamed()).toEqual([shown[0]?.key.id]);
      expect(await findKey(itemsOf(table), keyHash(shown[0]?.key.key))).toMatchObject({ status: 'active' });
    }
    expect(stops).toBeGreaterThanOrEqual(7);
  });

  it.each(CRASHES)(
    'whose creation %s a write is there once when the same request comes a minute later',
    async (...[, fault]) => {
      let stops = 0;
      for (; ; stops++) {
        const { ask, keysNamed } = await project();
        const caller = new Caller(() => ask());
        if (!(await caller.stopBefore('write', stops + 1))) break;
        await caller.fail(fault);
        expect([201, 500]).toContain((await caller.finish()).status);
        expect([201, 409]).toContain((await ask()).status);
        const late = await ask(NOW + MINUTE);
        expect(late.status).toBe(201);
        expect(await keysNamed()).toEqual([late.key.id]);
        if (!late.isReplayed)
          expect(await findKey(itemsOf(table), keyHash(late.key.key))).toMatchObject({ status: 'active' });
      }
      expect(stops).toBeGreaterThanOrEqual(5);
    },
  );
});

describe('a new project', () => {
  const ask = async (idempotencyKey: string, now = NOW) => {
    const { statusCode, body } = await organization(
      apiEvent('POST /api/v3/org/owner/project/new', {
        authorizer: { outcome: 'organization' },
        body: { name: 'New', should_create_api_key: true },
        idempotencyKey,
        now,
      }),
      {} as Context,
    );
    return { status: statusCode, project: JSON.parse(body) };
  };
  const listedIds = async () =>
    (await listProjects(table, { limit: 100, after: undefined })).rows.map(({ project_id }) => project_id);

  it.each(CRASHES)(
    'whose creation %s a write is there once, and listed, when the same request comes a minute later',
    async (how, fault) => {
      let stops = 0;
      for (; ; stops++) {
        const before = await listedIds();
        const idempotencyKey = `${how} ${stops}`.replaceAll(' ', '-');
        const caller = new Caller(() => ask(idempotencyKey));
        if (!(await caller.stopBefore('write', stops + 1))) break;
        await caller.fail(fault);
        expect([201, 500]).toContain((await caller.finish()).status);
        const { status, project: shown } = await ask(idempotencyKey, NOW + MINUTE);
        expect(status).toBe(201);
        expect(await findProject(table, shown.id)).toMatchObject({ id: shown.id });
        expect((await listedIds()).filter((id) => !before.includes(id))).toEqual([shown.id]);
      }
      expect(stops).toBeGreaterThanOrEqual(5);
    },
  );

  it.each([
    ['', false],
    [', also if the note that it was created was lost', true],
  ])('that was deleted does not come back by a repeat of its creation%s', async (name, isNoteLost) => {
    const key = `deleted${name.length}`;
    const caller = new Caller(() => ask(key));
    if (isNoteLost) {
      const writes = store.requests.length;
      await new Caller(() => ask('to-count')).finish();
      const count = store.requests
        .slice(writes)
        .filter(({ operation }) => /^(Put|Update|Delete)Item$/.test(operation)).length;
      expect(await caller.stopBefore('write', count)).toBe(true);
      await caller.fail({ isMade: false, isLast: false });
    }
    const { status, project: shown } = await caller.finish();
    expect(status).toBe(201);
    await deleteProject(table, shown.id, requestAt(NOW));
    const again = await ask(key, NOW + 2 * MINUTE);
    if (again.status === 201) expect(await findProject(table, again.project.id)).toBeDefined();
    expect(await listedIds()).not.toContain(shown.id);
  });
});

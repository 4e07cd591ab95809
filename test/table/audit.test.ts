import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditAction } from '../../functions/domain/audit.ts';
import { newProjectId } from '../../functions/domain/ids.ts';
import {
  type AuditFilter,
  type AuditRow,
  confirm,
  intend,
  listAudit,
  ORGANIZATION,
} from '../../functions/table/audit-store.ts';
import { addDismissal, readDismissals, removeDismissal } from '../../functions/table/dismissal-store.ts';
import { itemKey, PARTITIONS } from '../../functions/table/layout.ts';
import { purgeProject } from '../../functions/table/project-purge.ts';
import {
  createProject,
  deleteProject,
  findProject,
  patchSettings,
} from '../../functions/table/project-store.ts';
import { getItem } from '../../functions/table/reads.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { SETTINGS, storeProject } from '../support/fixtures.ts';
import { Caller } from '../support/interleaving.ts';
import { by, NOW, startAudit } from './audit-model.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let store: TestStore;
let audit: ReturnType<typeof startAudit>;
let owner: string;

beforeAll(async () => {
  store = await startTestStore();
  audit = startAudit(store);
});
beforeEach(() => {
  owner = newProjectId();
  store.fault = undefined;
});
afterAll(() => store.close());

/** A row of a change that was made. */
async function row(
  now: number,
  { who = 'a', action = 'api_key.update', id = 'key_1', changes = {} } = {},
): Promise<string> {
  const [kind] = action.split('.');
  const target = { kind: kind as AuditRow['target']['kind'], id };
  const change = { action: action as AuditAction, target, changes };
  const changeId = await intend(audit.table, owner, by(who, now), change);
  await confirm(audit.table, owner, changeId);
  return changeId;
}

async function walk(filter: AuditFilter, limit = 100, now = NOW + MINUTE) {
  const pages: string[][] = [];
  let after: string | undefined;
  do {
    const page = await listAudit(audit.table, owner, filter, { limit, after }, now);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    pages.push(page.rows.map(({ id }) => id));
    after = page.last;
  } while (after !== undefined);
  return pages;
}

describe('the rows of a trail', () => {
  it('come newest first, page by page, each once', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 23; n++) ids.push(await row(NOW - n * 1_000));
    for (const limit of [1, 2, 7, 22, 23, 24, 100]) {
      const pages = await walk({}, limit);
      expect(pages.flat()).toEqual(ids);
      expect(pages.length).toBe(Math.ceil(23 / limit));
    }
  });

  it('that are of one moment come each once too', async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 9; n++) ids.add(await row(NOW));
    for (const limit of [1, 2, 4]) {
      const seen = (await walk({}, limit)).flat();
      expect(seen).toHaveLength(9);
      expect(new Set(seen)).toEqual(ids);
    }
  });

  it('are found by all filters together', async () => {
    const rows: { id: string; now: number; who: string; action: string; target: string }[] = [];
    for (let n = 0; n < 32; n++) {
      const [who, target] = [n % 2 === 0 ? 'a' : 'b', n % 4 < 2 ? 'x' : 'y'];
      const action = n % 8 < 4 ? 'api_key.update' : 'mcp_server.update';
      const now = NOW - n * 1_000;
      rows.push({ id: await row(now, { who, action, id: target }), now, who, action, target });
    }
    const filters = (n: number): AuditFilter => ({
      ...(n & 1 && { actorKeyId: 'key_a' }),
      ...(n & 2 && { targetId: 'x' }),
      ...(n & 4 && { action: 'api_key.update' }),
      ...(n & 8 && { targetKind: 'api_key' }),
      ...(n & 16 && { from: NOW - 20_000 }),
      ...(n & 32 && { to: NOW - 5_000 }),
    });
    for (let n = 0; n < 64; n++) {
      const filter = filters(n);
      const expected = rows.filter(
        ({ now, who, action, target }) =>
          (filter.actorKeyId === undefined || who === 'a') &&
          (filter.targetId === undefined || target === 'x') &&
          ((filter.action ?? filter.targetKind) === undefined || action === 'api_key.update') &&
          now >= (filter.from ?? 0) &&
          now <= (filter.to ?? NOW),
      );
      expect((await walk(filter, 3)).flat()).toEqual(expected.map(({ id }) => id));
    }
  });

  it.each([
    [{ from: 0, to: 0 }],
    [{ from: NOW + 1 }],
    [{ to: NOW - 2 }],
    [{ from: NOW, to: NOW - 1 }],
    [{ from: Number.MAX_SAFE_INTEGER }],
    [{ from: -5, to: -1 }],
  ])('are none outside of what is asked for: %j', async (filter) => {
    await row(NOW);
    expect(await walk(filter)).toEqual([[]]);
  });

  it('are there whatever bounds hold them', async () => {
    const id = await row(NOW);
    for (const filter of [{ from: NOW, to: NOW }, { to: Number.MAX_SAFE_INTEGER }, { from: -1 }]) {
      expect(await walk(filter)).toEqual([[id]]);
    }
  });

  it('are kept for 400 days, to the millisecond, whatever DynamoDB has deleted', async () => {
    const id = await row(NOW);
    const item = await getItem(audit.table, itemKey.audit(owner, id));
    expect(item?.expires).toBe((NOW + 400 * DAY) / 1_000);
    const confirmation = await getItem(audit.table, itemKey.audit(owner, `${id}#APPLIED`));
    expect(confirmation?.expires).toBe(item?.expires);
    expect(await walk({}, 100, NOW + 400 * DAY - 1)).toEqual([[id]]);
    expect(await walk({}, 100, NOW + 400 * DAY)).toEqual([[]]);
  });

  it('come in pages of at most 1 MB', async () => {
    const tools = Array.from({ length: 300 }, (_, n) => `${n}${'x'.repeat(96)}`);
    const ids: string[] = [];
    for (let n = 0; n < 45; n++)
      ids.push(await row(NOW - n, { changes: { tools: { from: null, to: tools } } }));
    const pages = await walk({});
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat()).toEqual(ids);
  });

  it('are looked for in bounded steps: a page of none has a next one', async () => {
    const wanted = await row(NOW - 5_000, { id: 'key_old' });
    for (let n = 0; n < 1_100; n += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, m) => row(NOW - n - m)));
    }
    store.requests.length = 0;
    const reads = () => store.requests.filter(({ operation }) => operation === 'Query').length;
    const first = await listAudit(
      audit.callersTable,
      owner,
      { targetId: 'key_old' },
      { limit: 20, after: undefined },
      NOW,
    );
    expect([first.rows, typeof first.last]).toEqual([[], 'string']);
    expect(reads()).toBeLessThanOrEqual(8);
    const next = await listAudit(
      audit.callersTable,
      owner,
      { targetId: 'key_old' },
      { limit: 20, after: first.last },
      NOW,
    );
    expect(next.rows.map(({ id }) => id)).toEqual([wanted]);
  });

  it('are not those of another trail', async () => {
    await row(NOW);
    owner = newProjectId();
    expect(await walk({})).toEqual([[]]);
  });
});

describe('what is written to the trail', () => {
  it('is put, never over something that is there, and nothing else is ever sent to it', async () => {
    store.requests.length = 0;
    const { callersTable, KINDS } = audit;
    for (const kind of Object.values(KINDS)) {
      for (const operation of Object.values(kind.operations)) {
        const thing = await audit.create(kind);
        await operation(thing, by('somebody'));
        for (const trail of thing.owners) {
          await listAudit(callersTable, trail, {}, { limit: 5, after: undefined }, NOW);
        }
      }
    }
    const sent = store.requests.filter(({ body }) => JSON.stringify(body).includes(`"${PARTITIONS.audit}`));
    const writes = sent.filter(({ operation }) => !/^(Query|BatchGetItem)$/.test(operation));
    expect(new Set(writes.map(({ operation }) => operation))).toEqual(new Set(['PutItem']));
    for (const { body } of writes) expect(body.ConditionExpression).toBe('attribute_not_exists(pk)');
    expect(writes.length).toBeGreaterThan(20);
  });
});

describe('the trail of the organization', () => {
  it('tells of a project that was made and deleted, also when nothing else of it is left', async () => {
    owner = ORGANIZATION;
    const id = newProjectId();
    const project = { id, name: 'Gone', settings: SETTINGS, createdAt: new Date(NOW).toISOString() };
    const made = { ...by('-', NOW), actor: { kind: 'organization' } } as const;
    await createProject(audit.table, project, made);
    await patchSettings(audit.table, id, { require_mcp_api_key: true }, by('a'));
    const deletion = await deleteProject(audit.table, id, { ...made, now: NOW + 1 });
    if (deletion === undefined) throw new Error('It was not deleted');
    expect(await purgeProject(audit.table, deletion, NOW + 2 * MINUTE, () => false)).toBe('gone');
    const { rows } = await listAudit(
      audit.table,
      ORGANIZATION,
      { targetId: id },
      { limit: 10, after: undefined },
      NOW + MINUTE,
    );
    expect(rows).toMatchObject([
      {
        action: 'project.delete',
        actor: { kind: 'organization' },
        target: { kind: 'project', id, name: 'Gone' },
        changes: { name: { from: 'Gone', to: null }, require_mcp_api_key: { from: true, to: null } },
      },
      {
        action: 'project.create',
        changes: { name: { from: null, to: 'Gone' }, require_mcp_api_key: { from: null, to: false } },
      },
    ]);
  });
});

describe('a change that arrives after its sender has given up', () => {
  it.each([
    ['and nobody has changed it meanwhile, has its row', false],
    ['and is too late, has none', true],
  ])('%s', async (_, isTooLate) => {
    const thing = await audit.create(audit.KINDS.settings);
    const { promise: until, resolve: release } = Promise.withResolvers<void>();
    let held: object | undefined;
    store.fault = (request) => {
      if (request.operation !== 'UpdateItem' || held !== undefined) return undefined;
      held = request;
      return { after: until };
    };
    await expect(
      patchSettings(audit.callersTable, thing.id, { require_mcp_api_key: true }, by('late')),
    ).rejects.toThrow();
    expect(await audit.expectSound(thing)).toBe(1);
    if (isTooLate) {
      await patchSettings(audit.callersTable, thing.id, { display_name: 'Second' }, by('second'));
    }
    const arrived = new Promise<void>((resolve) => {
      store.forwarded.on('answered', (request) => request === held && resolve());
    });
    release();
    await arrived;
    await audit.items.look(thing.key);
    expect(await audit.expectSound(thing)).toBe(2);
    const [last] = await audit.shown(thing);
    expect(last?.actor).toMatchObject({ name: isTooLate ? 'second' : 'late' });
    await patchSettings(audit.callersTable, thing.id, { display_name: 'Third' }, by('third'));
    expect(await audit.expectSound(thing)).toBe(3);
  });
});

describe('a revoked key', () => {
  it('is not forgotten before its revocation is confirmed', async () => {
    const kind = audit.KINDS['a key'];
    const thing = await audit.create(kind);
    const caller = new Caller(async () => kind.operations.revoke?.(thing, by('somebody')));
    // The name, the row, the original: what comes next is the confirmation.
    for (let write = 1; (await getItem(audit.table, thing.key))?.status !== 'revoked'; write++) {
      expect(await caller.stopBefore('write', write)).toBe(true);
    }
    await caller.fail({ isMade: false, isLast: true });
    expect(await getItem(audit.table, thing.key)).toMatchObject({
      revoked: { at: NOW, by: by('somebody').actor },
    });
    expect(await getItem(audit.table, thing.key)).not.toHaveProperty('expires');
    await audit.look(thing);
    expect(await getItem(audit.table, thing.key)).toMatchObject({ expires: NOW / 1_000 + 90 * 24 * 60 * 60 });
    expect(await audit.expectSound(thing)).toBe(2);
  });
});

describe('the settings', () => {
  it('say from when on data may be shown, once it was to be stored no more', async () => {
    const id = await storeProject(audit.table);
    const hidden = async () => (await findProject(audit.table, id))?.dataHiddenBefore;
    await patchSettings(audit.table, id, { require_mcp_api_key: true }, by('a'));
    expect(await hidden()).toBeUndefined();
    await patchSettings(audit.table, id, { log_visibility_setting: 'dont_store_data' }, by('a'));
    expect(await hidden()).toBe(NOW);
    await patchSettings(audit.table, id, { log_visibility_setting: 'show_all' }, by('a', NOW + 1));
    expect(await hidden()).toBe(NOW + 1);
    await patchSettings(audit.table, id, { log_visibility_setting: 'show_all' }, by('a', NOW + 9));
    await patchSettings(audit.table, id, { log_visibility_setting: 'dont_store_data' }, by('a', NOW - 1));
    expect(await hidden()).toBe(NOW + 1);
    await patchSettings(audit.table, id, { log_visibility_setting: 'dont_store_data' }, by('a', NOW + 2));
    expect(await hidden()).toBe(NOW + 2);
  });
});

describe('dismissals', () => {
  const of = (n: number) => ({ mcp_server_id: null, client: `client ${n}`, ip: null, reason: null });

  it('stand in the order in which they were made, each once, until they are taken back', async () => {
    const first = await addDismissal(audit.table, owner, of(1), by('a'));
    const second = await addDismissal(audit.table, owner, of(2), by('b', NOW + 1));
    expect(await addDismissal(audit.table, owner, of(1), by('b', NOW + 2))).toEqual(first);
    expect(await readDismissals(audit.table, owner)).toEqual([first, second]);
    expect(first).toEqual({
      ...of(1),
      id: expect.stringMatching(/^dis_/),
      created_at: new Date(NOW).toISOString(),
      created_by: by('a').actor,
    });
    expect(await removeDismissal(audit.table, owner, first.id, by('a'))).toEqual(first);
    expect(await removeDismissal(audit.table, owner, first.id, by('a'))).toBeUndefined();
    expect(await readDismissals(audit.table, owner)).toEqual([second]);
    expect((await walk({}))[0]).toHaveLength(3);
  });

  it('are at most a hundred', async () => {
    for (let n = 0; n < 100; n++) await addDismissal(audit.table, owner, of(n), by('a'));
    await expect(addDismissal(audit.table, owner, of(100), by('a'))).rejects.toMatchObject({
      kind: 'conflict',
    });
    const [first] = await readDismissals(audit.table, owner);
    await removeDismissal(audit.table, owner, first?.id ?? '', by('a'));
    await addDismissal(audit.table, owner, of(100), by('a'));
    expect(await readDismissals(audit.table, owner)).toHaveLength(100);
  });

  it('that are made at the same time are both there', async () => {
    await Promise.all([1, 2, 3, 4].map((n) => addDismissal(audit.table, owner, of(n), by(String(n)))));
    expect(await readDismissals(audit.table, owner)).toHaveLength(4);
    expect((await walk({}))[0]).toHaveLength(4);
  });
});

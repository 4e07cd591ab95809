import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError } from '../../functions/domain/errors.ts';
import { newKeyId, newProjectId, newServerId } from '../../functions/domain/ids.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { nameDigest } from '../../functions/domain/names.ts';
import { newKey } from '../../functions/domain/new-key.ts';
import { type Table, tableForChanges } from '../../functions/table/client.ts';
import type { StoredProjectKey } from '../../functions/table/items.ts';
import { findProjectKey, listKeys } from '../../functions/table/key-store.ts';
import { itemKey } from '../../functions/table/layout.ts';
import {
  changeNamedKey,
  changeNamedServer,
  createNamedKey,
  createNamedServer,
} from '../../functions/table/names.ts';
import { putNew } from '../../functions/table/writes.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { requestAt } from '../support/fixtures.ts';
import { Caller } from '../support/interleaving.ts';

const NOW = 1_795_420_800_000;
const MINUTE = 60_000;
const POWER = { scopes: ['mcp:invoke'], serverIds: null, allowedTools: null, expiresAt: null } as const;

let store: TestStore;
let table: Table;

beforeAll(async () => {
  store = await startTestStore();
  table = tableForChanges(store.tableName);
});
afterAll(() => store.close());

const outcome = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'done',
    (error: unknown) => (error instanceof ApiError ? error.kind : 'fault'),
  );

function createKey(projectId: string, name: string, now = NOW, id = newKeyId(NOW)): Promise<string> {
  const { stored } = newKey({ id, projectId, name, power: POWER, now });
  return outcome(createNamedKey(table, stored, requestAt(now)));
}

function createServer(
  projectId: string,
  name: string,
  now = NOW,
  server_id = newServerId(NOW),
): Promise<string> {
  const at = new Date(now).toISOString();
  const server = {
    ...{ project_id: projectId, server_id, slug: newSlug(projectId), name, revision: 1, settled_revision: 1 },
    upstream: { kind: 'http', url: 'https://mcp.example.invalid', sealed_headers: null, masked_headers: {} },
    ...{ allowed_tools: null, allowed_origins: [], created_at: at, updated_at: at },
    ...{ retired_slugs: [], is_deleted: false, probe: {} },
  } as const;
  return outcome(
    createNamedServer(table, { ...server, allowed_origins: [], retired_slugs: [] }, requestAt(now)),
  );
}

/** A key that has had its name for an hour. */
async function storedKey(projectId: string, name: string): Promise<string> {
  const id = newKeyId(NOW);
  expect(await createKey(projectId, name, NOW - 60 * MINUTE, id)).toBe('done');
  return id;
}

/** @param expected the only revision that is changed; `undefined`: any */
const change = (
  projectId: string,
  id: string,
  fields: Partial<StoredProjectKey>,
  { now = NOW, expected }: { readonly now?: number; readonly expected?: number } = {},
): Promise<string> =>
  outcome(
    changeNamedKey(table, { projectId, id, action: 'api_key.update', request: requestAt(now) }, (key) => {
      if (key.status === 'revoked') throw new ApiError('conflict');
      if (expected !== undefined && key.revision !== expected) throw new ApiError('conflict');
      return { ...key, ...fields };
    }),
  );

/** No two of the project's keys have one name, and nobody gets a name that a key has: not now, and not later. */
async function expectNamesKept(projectId: string): Promise<void> {
  const { rows } = await listKeys(table, projectId, NOW, { limit: 100, after: undefined });
  const names = rows.filter(({ status }) => status === 'active').map(({ name }) => name);
  expect(new Set(names.map(nameDigest)).size).toBe(names.length);
  for (const name of names) {
    expect([
      name,
      await createKey(projectId, name),
      await createKey(projectId, name, NOW + 10 * MINUTE),
    ]).toEqual([name, 'conflict', 'conflict']);
  }
}

const nameOf = async (projectId: string, id: string) => (await findProjectKey(table, projectId, id))?.name;

/** Two at the same time, one of which stops before its nth request. @returns how often it was stopped */
async function atEveryRequest(
  prepare: (projectId: string) => Promise<[first: () => Promise<string>, second: () => Promise<string>]>,
  check: (projectId: string, outcomes: readonly [string, string]) => Promise<void>,
): Promise<number> {
  for (let nth = 1; ; nth++) {
    const projectId = newProjectId();
    const [first, second] = await prepare(projectId);
    const caller = new Caller(first);
    if (!(await caller.stopBefore('any', nth))) return nth - 1;
    const late = await second();
    await check(projectId, [await caller.finish(), late]);
  }
}

describe('one name', () => {
  it.each([
    ['keys', createKey],
    ['servers', createServer],
  ])('goes to exactly one of two %s that are created at the same time', async (_, create) => {
    const stops = await atEveryRequest(
      async (projectId) => [() => create(projectId, 'CI'), () => create(projectId, 'CI')],
      async (projectId, outcomes) => {
        expect([...outcomes].sort()).toEqual(['conflict', 'done']);
        expect(await create(projectId, 'CI', NOW + 10 * MINUTE)).toBe('conflict');
      },
    );
    expect(stops).toBeGreaterThanOrEqual(3);
  });

  it('goes to exactly one of two keys that are renamed to it at the same time', async () => {
    const stops = await atEveryRequest(
      async (projectId) => {
        const [a, b] = [await storedKey(projectId, 'a'), await storedKey(projectId, 'b')];
        return [() => change(projectId, a, { name: 'CI' }), () => change(projectId, b, { name: 'CI' })];
      },
      async (projectId, outcomes) => {
        expect([...outcomes].sort()).toEqual(['conflict', 'done']);
        await expectNamesKept(projectId);
      },
    );
    expect(stops).toBeGreaterThanOrEqual(5);
  });

  it('that a key gives up goes to a new one as soon as that was answered, and never to two', async () => {
    const outcomesSeen = new Set<string>();
    await atEveryRequest(
      async (projectId) => {
        const a = await storedKey(projectId, 'a');
        return [() => change(projectId, a, { name: 'b' }), () => createKey(projectId, 'a')];
      },
      async (projectId, [renamed, created]) => {
        expect(renamed).toBe('done');
        expect(['done', 'conflict']).toContain(created);
        outcomesSeen.add(created);
        expect(await createKey(projectId, 'a')).toBe(created === 'done' ? 'conflict' : 'done');
        await expectNamesKept(projectId);
      },
    );
    expect(outcomesSeen).toEqual(new Set(['done', 'conflict']));
  });

  it.each([
    ['case', 'CI', 'ci'],
    ['compatible characters', 'file', 'ﬁle'],
    ['full width', 'CI', 'ＣＩ'],
    ['composition', 'caf\u00e9', 'cafe\u0301'],
    ['space around it', 'CI', ' CI\u00a0'],
  ])('is one whatever its %s', async (_, one, other) => {
    const projectId = newProjectId();
    expect([await createKey(projectId, one), await createKey(projectId, other)]).toEqual([
      'done',
      'conflict',
    ]);
    expect([await createServer(projectId, one), await createServer(projectId, other)]).toEqual([
      'done',
      'conflict',
    ]);
  });

  it('is another one in another project, of another kind, and spelled otherwise', async () => {
    const projectId = newProjectId();
    expect(await createKey(projectId, 'CI')).toBe('done');
    expect(await createKey(newProjectId(), 'CI')).toBe('done');
    expect(await createServer(projectId, 'CI')).toBe('done');
    expect(await createKey(projectId, 'C I')).toBe('done');
  });
});

describe('a key', () => {
  it('and another one that swap their names never have the same one', async () => {
    const stops = await atEveryRequest(
      async (projectId) => {
        const [a, b] = [await storedKey(projectId, 'a'), await storedKey(projectId, 'b')];
        return [() => change(projectId, a, { name: 'b' }), () => change(projectId, b, { name: 'a' })];
      },
      async (projectId, outcomes) => {
        for (const one of outcomes) expect(['done', 'conflict']).toContain(one);
        await expectNamesKept(projectId);
      },
    );
    expect(stops).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ['after', 1],
    ['in the same millisecond as', 0],
    ['before', -1],
  ])(
    'keeps the name that it is given back by a request that arrived %s the one that takes it',
    async (_, by) => {
      await atEveryRequest(
        async (projectId) => {
          const a = await storedKey(projectId, 'a');
          return [
            () => change(projectId, a, { name: 'b' }),
            () => change(projectId, a, { name: 'a' }, { now: NOW + by }),
          ];
        },
        async (projectId, outcomes) => {
          expect(outcomes).toEqual(['done', 'done']);
          await expectNamesKept(projectId);
        },
      );
    },
  );

  it('keeps the last of two new names that it is given at the same time', async () => {
    const names = new Set<string | undefined>();
    let id = '';
    await atEveryRequest(
      async (projectId) => {
        id = await storedKey(projectId, 'a');
        return [() => change(projectId, id, { name: 'b' }), () => change(projectId, id, { name: 'c' })];
      },
      async (projectId, outcomes) => {
        expect(outcomes).toEqual(['done', 'done']);
        names.add(await nameOf(projectId, id));
        await expectNamesKept(projectId);
        const lost = (await nameOf(projectId, id)) === 'b' ? 'c' : 'b';
        expect([await createKey(projectId, 'a'), await createKey(projectId, lost)]).toEqual(['done', 'done']);
      },
    );
    expect(names).toEqual(new Set(['b', 'c']));
  });

  it('keeps the name that it is given back while it is still being given up, wherever the two requests meet', async () => {
    let meetings = 0;
    // One is about to give the old name up, the other about to renew its claim: every pair of requests of theirs.
    for (let away = 1; away <= 12; away++) {
      for (let back = 1; back <= 12; back++) {
        const projectId = newProjectId();
        const id = await storedKey(projectId, 'a');
        const first = new Caller(() => change(projectId, id, { name: 'b' }));
        const isFirstStopped = await first.stopBefore('any', away);
        const second = new Caller(() => change(projectId, id, { name: 'a' }));
        const isSecondStopped = await second.stopBefore('any', back);
        if (isFirstStopped && isSecondStopped) meetings++;
        await first.finish();
        await second.finish();
        await expectNamesKept(projectId);
      }
    }
    expect(meetings).toBeGreaterThan(40);
  });

  it('does not take its own old claim back from another key that has taken it over meanwhile', async () => {
    const projectId = newProjectId();
    const [owner, other] = [await storedKey(projectId, 'owner'), await storedKey(projectId, 'other')];
    // A claim that came to nothing, long ago.
    const claim = { owner, claim_id: 'old', claimed_at: NOW - 10 * MINUTE };
    await putNew(table, itemKey.name(projectId, 'key', nameDigest('a')), claim);
    const renewing = new Caller(() => change(projectId, owner, { name: 'a' }));
    await renewing.stopBefore('write', 2);
    expect(await change(projectId, other, { name: 'a' })).toBe('done');
    expect(await renewing.finish()).toBe('conflict');
    await expectNamesKept(projectId);
  });

  it('keeps its new name when the same change, sent twice on condition of what was read, is refused once', async () => {
    await atEveryRequest(
      async (projectId) => {
        const id = await storedKey(projectId, 'a');
        const rename = () => change(projectId, id, { name: 'b' }, { expected: 1 });
        return [rename, rename];
      },
      async (projectId, outcomes) => {
        expect([...outcomes].sort()).toEqual(['conflict', 'done']);
        await expectNamesKept(projectId);
      },
    );
  });

  it('that is revoked while it is renamed has neither name a minute later', async () => {
    await atEveryRequest(
      async (projectId) => {
        const id = await storedKey(projectId, 'a');
        return [
          () => change(projectId, id, { name: 'b' }),
          () => change(projectId, id, { status: 'revoked' }),
        ];
      },
      async (projectId, [renamed, revoked]) => {
        expect(revoked).toBe('done');
        expect(['done', 'conflict']).toContain(renamed);
        expect(await createKey(projectId, 'a')).toBe('done');
        expect(await createKey(projectId, 'b', NOW + MINUTE)).toBe('done');
      },
    );
  });

  it('that was revoked leaves its name to a new one at once, and so does a deleted server', async () => {
    const projectId = newProjectId();
    const id = await storedKey(projectId, 'CI');
    expect(await change(projectId, id, { status: 'revoked' })).toBe('done');
    expect(await createKey(projectId, 'CI')).toBe('done');

    const serverId = newServerId(NOW);
    expect(await createServer(projectId, 'CI', NOW, serverId)).toBe('done');
    await changeNamedServer(
      table,
      { projectId, id: serverId, action: 'mcp_server.delete', request: requestAt(NOW) },
      (server) => ({
        ...server,
        is_deleted: true,
      }),
    );
    expect(await createServer(projectId, 'CI')).toBe('done');
  });

  it('that cannot be renamed gives the new name up', async () => {
    const projectId = newProjectId();
    const [a] = [await storedKey(projectId, 'a'), await storedKey(projectId, 'taken')];
    expect(await change(projectId, a, { name: 'TAKEN' })).toBe('conflict');
    expect(await nameOf(projectId, a)).toBe('a');
    await expectNamesKept(projectId);
  });
});

describe('the name of something that broke off', () => {
  const DIES = { isMade: false, isLast: true } as const;

  it.each([
    ['key', createKey],
    ['server', createServer],
  ])('before the %s was there is free after a minute, not before', async (_, create) => {
    const projectId = newProjectId();
    const caller = new Caller(() => create(projectId, 'CI'));
    expect(await caller.stopBefore('write', 2)).toBe(true);
    await caller.fail(DIES);
    expect(await caller.answer).toBe('fault');
    expect(await create(projectId, 'CI', NOW)).toBe('conflict');
    expect(await create(projectId, 'CI', NOW + MINUTE - 1)).toBe('conflict');
    expect(await create(projectId, 'CI', NOW + MINUTE)).toBe('done');
    expect(await create(projectId, 'CI', NOW + 2 * MINUTE)).toBe('conflict');
  });

  it('after the key was there is its own for ever', async () => {
    const projectId = newProjectId();
    const caller = new Caller(() => createKey(projectId, 'CI'));
    expect(await caller.stopBefore('write', 3)).toBe(true);
    await caller.fail(DIES);
    await expectNamesKept(projectId);
  });

  it('goes to exactly one of two that ask for it after that minute at the same time', async () => {
    await atEveryRequest(
      async (projectId) => {
        const caller = new Caller(() => createKey(projectId, 'CI'));
        expect(await caller.stopBefore('write', 2)).toBe(true);
        await caller.fail(DIES);
        const create = () => createKey(projectId, 'CI', NOW + MINUTE);
        return [create, create];
      },
      async (projectId, outcomes) => {
        expect([...outcomes].sort()).toEqual(['conflict', 'done']);
        await expectNamesKept(projectId);
      },
    );
  });

  it('at any write of a rename leaves the key one name, and the other one free after a minute at the latest', async () => {
    for (let nth = 1; ; nth++) {
      const projectId = newProjectId();
      const id = await storedKey(projectId, 'a');
      const caller = new Caller(() => change(projectId, id, { name: 'b' }));
      if (!(await caller.stopBefore('write', nth))) break;
      await caller.fail(DIES);
      expect(await caller.answer).toBe('fault');
      await expectNamesKept(projectId);
      const other = (await nameOf(projectId, id)) === 'a' ? 'b' : 'a';
      expect(await createKey(projectId, other, NOW + MINUTE)).toBe('done');
    }
  });

  it('at any write of a revocation is free once the key is seen as revoked', async () => {
    let revoked = 0;
    for (let nth = 1; ; nth++) {
      const projectId = newProjectId();
      const id = await storedKey(projectId, 'a');
      const caller = new Caller(() => change(projectId, id, { status: 'revoked' }));
      if (!(await caller.stopBefore('write', nth))) break;
      await caller.fail(DIES);
      const isRevoked = (await findProjectKey(table, projectId, id))?.status === 'revoked';
      expect(await createKey(projectId, 'a')).toBe(isRevoked ? 'done' : 'conflict');
      if (isRevoked) revoked++;
    }
    expect(revoked).toBeGreaterThanOrEqual(3);
  });
});

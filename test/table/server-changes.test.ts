import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import fc from 'fast-check';
import type { ApiRoute } from '../../functions/domain/api-routes.ts';
import { newServerId } from '../../functions/domain/ids.ts';
import { newSlug } from '../../functions/domain/mcp-server.ts';
import { findServer } from '../../functions/table/access-facts.ts';
import { type Table, tableForChanges } from '../../functions/table/client.ts';
import { type NewServer, projectServerItem, type StoredProjectServer } from '../../functions/table/items.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { createNamedServer } from '../../functions/table/names.ts';
import { getItem, itemsOf } from '../../functions/table/reads.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { apiEvent, requestAt, storeProject } from '../support/fixtures.ts';
import { Caller, CRASHES, interleave, sampledRuns } from '../support/interleaving.ts';

const NOW = 1_795_420_800_000;
const MINUTE = 60_000;
const SERVER = '/api/v3/mcp/{id}';

let store: TestStore;
/** Past the wire, and past every caller. */
let table: Table;
/** As a function has it. */
let callersTable: Table;
let handler: typeof import('../../functions/mcp-servers.ts').handler;
let projectId: string;

beforeAll(async () => {
  store = await startTestStore();
  process.env.PORTCULLIS_ROOT_SECRET_ID = 'not read here';
  process.env.PORTCULLIS_KMS_KEY_ID = 'not used here';
  table = { client: store.client, name: store.tableName };
  callersTable = tableForChanges(store.tableName);
  ({ handler } = await import('../../functions/mcp-servers.ts'));
});
beforeEach(async () => {
  projectId = await storeProject(table);
});
afterAll(() => store.close());

const CHANGES = {
  'rotate its URL': { route: `POST ${SERVER}/rotate_url` },
  patch: { route: `PATCH ${SERVER}`, body: { allowed_tools: ['read'] } },
  delete: { route: `DELETE ${SERVER}` },
} as const satisfies Record<string, { route: ApiRoute; body?: object }>;
type ChangeName = keyof typeof CHANGES;
const EVERY_CHANGE = Object.keys(CHANGES) as ChangeName[];
const PAIRS = EVERY_CHANGE.flatMap((first) => EVERY_CHANGE.map((second) => [first, second] as const));

interface Answer {
  readonly name: string;
  readonly status: number;
  readonly slug: string | undefined;
}

async function request(
  name: string,
  route: ApiRoute,
  { project, id }: { readonly project: string; readonly id?: string },
  more: object = {},
): Promise<Answer & { body: string }> {
  const authorizer = {
    outcome: 'project',
    projectId: project,
    keyId: 'key_1',
    keyName: 'Caller',
    scopes: '*',
  };
  const asked = apiEvent(route, { authorizer, now: NOW, ...(id !== undefined && { id }), ...more });
  const { statusCode, body }: APIGatewayProxyResult = await handler(asked, {} as Context);
  return { name, status: statusCode, slug: statusCode < 202 ? JSON.parse(body).slug : undefined, body };
}

const placeOf = ({ project_id, server_id }: NewServer) => ({ project: project_id, id: server_id });

const ask = (name: ChangeName, server: NewServer) => {
  const change = CHANGES[name];
  return request(name, change.route, placeOf(server), 'body' in change ? { body: change.body } : {});
};

/** A server that is not stored yet, under a name of its own. */
function newServer(project = projectId): NewServer {
  const id = newServerId(NOW);
  const at = new Date(NOW - MINUTE).toISOString();
  return {
    ...{ project_id: project, server_id: id, slug: newSlug(project), name: id, revision: 1 },
    upstream: { kind: 'http', url: 'https://mcp.example.invalid', sealed_headers: null, masked_headers: {} },
    ...{ allowed_tools: null, allowed_origins: [], created_at: at, updated_at: at },
    ...{ settled_revision: 1, retired_slugs: [], is_deleted: false, probe: {} },
  };
}

async function storedServer(project = projectId): Promise<StoredProjectServer> {
  const server = newServer(project);
  return createNamedServer(table, server, requestAt(NOW - MINUTE));
}

const original = async ({ project_id, server_id }: NewServer): Promise<StoredProjectServer | undefined> => {
  const item = await getItem(table, itemKey.projectServer(project_id, server_id));
  return item === undefined ? undefined : projectServerItem.parse(item);
};

/** What a client may rely on once these were answered, and others may still be under way. */
async function expectPromises(server: NewServer, answers: readonly Answer[]): Promise<void> {
  const done = answers.filter(({ status }) => status < 300);
  if (done.some(({ name }) => name === 'delete')) {
    for (const { slug } of [server, ...done]) {
      if (slug !== undefined) expect(await findServer(itemsOf(table), slug)).toBeUndefined();
    }
  }
  if (done.some(({ name }) => name === 'rotate its URL')) {
    expect(await findServer(itemsOf(table), server.slug)).toBeUndefined();
  }
  if (done.some(({ name }) => name === 'patch')) {
    for (const { slug } of [server, ...done]) {
      if (slug !== undefined)
        expect((await findServer(itemsOf(table), slug))?.allowed_tools ?? ['read']).toEqual(['read']);
    }
  }
}

/** Exactly the current slug answers, as the original says; every other one that was ever known is none. */
async function expectWhole(server: NewServer, slugs: readonly (string | undefined)[]): Promise<void> {
  const stored = await original(server);
  for (const slug of new Set([server.slug, ...slugs])) {
    if (slug === undefined) continue;
    const found = await findServer(itemsOf(table), slug);
    if (stored === undefined || slug !== stored.slug) expect(found).toBeUndefined();
    else expect(stored).toMatchObject({ ...found });
  }
  if (stored === undefined) return;
  expect(await findServer(itemsOf(table), stored.slug)).toBeDefined();
  expect(stored).toMatchObject({ is_deleted: false, settled_revision: stored.revision, retired_slugs: [] });
}

describe('two changes of one server', () => {
  let interleavings = 0;

  it.each(PAIRS)(
    'keep what both answers promised, wherever "%s" stops and "%s" comes between',
    async (first, second) => {
      for (let nth = 1; ; nth++) {
        const server = await storedServer();
        const caller = new Caller(() => ask(first, server));
        if (!(await caller.stopBefore('any', nth))) break;
        interleavings++;
        const late = await ask(second, server);
        await expectPromises(server, [late]);
        const answers = [await caller.finish(), late];
        await expectPromises(server, answers);
        const isDeleted = answers.some(({ name, status }) => name === 'delete' && status === 204);
        for (const { status } of answers) expect([200, 204, ...(isDeleted ? [404] : [])]).toContain(status);
        expect((await original(server)) === undefined).toBe(isDeleted);
        await expectWhole(
          server,
          answers.map(({ slug }) => slug),
        );
      }
    },
  );

  it('were interleaved at every read and write', () => {
    console.log(`${interleavings} interleavings of two changes of a server`);
    expect(interleavings).toBeGreaterThanOrEqual(PAIRS.length * 5);
  });
});

describe('three changes of one server', () => {
  it('keep what the answers promised, in whatever order their requests arrive', async () => {
    let schedules = 0;
    const three = fc.tuple(...[1, 2, 3].map(() => fc.constantFrom(...EVERY_CHANGE)));
    const choices = fc.array(fc.nat(5), { minLength: 40, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(three, choices, async (names, order) => {
        const server = await storedServer();
        const callers = names.map((name) => new Caller(() => ask(name, server)));
        await interleave(callers, order);
        const answers = await Promise.all(callers.map(({ answer }) => answer));
        await expectPromises(server, answers);
        await expectWhole(
          server,
          answers.map(({ slug }) => slug),
        );
        schedules++;
      }),
      { numRuns: sampledRuns(30) },
    );
    console.log(`${schedules} schedules of three changes of a server`);
  });
});

/** What the list shows: one page, for no test leaves that many. */
async function everyServer(): Promise<{ id: string; slug: string }[]> {
  const { status, body } = await request('list', 'GET /api/v3/mcp/servers', { project: projectId });
  expect(status).toBe(200);
  const { items, next_cursor } = JSON.parse(body);
  expect(next_cursor).toBeNull();
  return items;
}

describe.each(CRASHES)('a change of a server that %s a write', (_, fault) => {
  /** @returns the server, and the slug that it had in between, if it got one */
  async function brokenOff(name: ChangeName, nth: number) {
    const server = await storedServer();
    const caller = new Caller(() => ask(name, server));
    if (!(await caller.stopBefore('write', nth))) return undefined;
    await caller.fail(fault);
    const { status } = await caller.finish();
    expect([500, ...(name === 'patch' ? [200] : [])]).toContain(status);
    return { server, between: (await original(server))?.slug };
  }

  it.each(EVERY_CHANGE)('is finished by who asks for it again: %s', async (name) => {
    let crashes = 0;
    for (; ; crashes++) {
      const broken = await brokenOff(name, crashes + 1);
      if (broken === undefined) break;
      const { server, between } = broken;
      const again = await ask(name, server);
      expect([200, 204, ...(name === 'delete' ? [404] : [])]).toContain(again.status);
      await expectPromises(server, [{ ...again, status: 200 }]);
      await expectWhole(server, [between, again.slug]);
    }
    expect(crashes).toBeGreaterThanOrEqual(3);
  });

  it.each(EVERY_CHANGE)('is finished by who looks at it: %s', async (name) => {
    for (let nth = 1; ; nth++) {
      const broken = await brokenOff(name, nth);
      if (broken === undefined) break;
      const { server, between } = broken;
      const shown = await request('look', `GET ${SERVER}`, placeOf(server));
      expect([200, 404]).toContain(shown.status);
      await expectWhole(server, [between, shown.slug]);
    }
  });

  it.each(EVERY_CHANGE)('is finished by who lists the servers: %s', async (name) => {
    for (let nth = 1; ; nth++) {
      const broken = await brokenOff(name, nth);
      if (broken === undefined) break;
      const { server, between } = broken;
      const listed = await everyServer();
      const shown = listed.find(({ id }) => id === server.server_id);
      await expectWhole(server, [between, shown?.slug]);
      if (shown === undefined) expect(await findServer(itemsOf(table), server.slug)).toBeUndefined();
    }
  });

  it('whose creation broke off answers at its address when it is created again with the same Idempotency-Key', async () => {
    for (let nth = 1; ; nth++) {
      const body = {
        name: `Created ${Math.random()}`,
        upstream: { kind: 'http', url: 'https://mcp.example.invalid/mcp' },
      };
      const create = (now: number) =>
        request(
          'create',
          'POST /api/v3/mcp/servers',
          { project: projectId },
          {
            body,
            idempotencyKey: body.name.replace(' ', '-'),
            now,
          },
        );
      const caller = new Caller(() => create(NOW));
      if (!(await caller.stopBefore('write', nth))) break;
      await caller.fail(fault);
      await caller.finish();
      const again = await create(NOW + MINUTE);
      expect(again.status).toBe(201);
      expect(await findServer(itemsOf(table), again.slug ?? '')).toBeDefined();
    }
  });
});

describe('a write that arrives after its sender has given up', () => {
  /** Holds the next write of a project on the wire. @returns lets it go on, and waits until the store has answered it */
  function holdNextWrite(project: string): () => Promise<void> {
    const { promise: until, resolve: release } = Promise.withResolvers<void>();
    const { promise: arrival, resolve: arrived } = Promise.withResolvers<void>();
    let held: object | undefined;
    const before = store.fault;
    store.fault = (one) => {
      const isHeld =
        held === undefined &&
        /^(Put|Update|Delete)Item$/.test(one.operation) &&
        JSON.stringify(one.body).includes(project.slice('pr_'.length));
      if (!isHeld) return before?.(one);
      held = one;
      return { after: until };
    };
    store.forwarded.on('answered', (one) => one === held && arrived());
    return async () => {
      expect(held).toBeDefined();
      release();
      await arrival;
    };
  }

  it('revives no slug that was replaced or deleted, whatever it was of', async () => {
    store.forwarded.setMaxListeners(100);
    let delayed = 0;
    const run = async (first: ChangeName | 'create', second: 'rotate its URL' | 'delete', nth: number) => {
      const project = await storeProject(table);
      const server = first === 'create' ? newServer(project) : await storedServer(project);
      const { slug } = server;
      const caller = new Caller<unknown>(() =>
        first === 'create' ? createNamedServer(callersTable, server, requestAt(NOW)) : ask(first, server),
      );
      if (!(await caller.stopBefore('write', nth))) return;
      const letArrive = holdNextWrite(project);
      await caller.finish().catch(() => {});
      const between = (await original(server))?.slug;
      const late = await ask(second, server);
      expect([200, 204, 404]).toContain(late.status);
      await letArrive();
      delayed++;
      expect(await findServer(itemsOf(table), slug)).toBeUndefined();
      if (between !== undefined && late.status !== 404)
        expect(await findServer(itemsOf(table), between)).toBeUndefined();
      await expectWhole(server, [between, late.slug]);
    };
    // The writes of a new server: its name, the audit row, the original, then the row's confirmation and the item by slug.
    await Promise.all(
      (['rotate its URL', 'delete'] as const).flatMap((second) => [
        ...EVERY_CHANGE.flatMap((first) => [1, 2, 3, 4, 5, 6].map((nth) => run(first, second, nth))),
        ...[4, 5].map((nth) => run('create', second, nth)),
      ]),
    );
    store.fault = undefined;
    console.log(`${delayed} writes of a server arrived late`);
    expect(delayed).toBeGreaterThanOrEqual(30);
  });
});

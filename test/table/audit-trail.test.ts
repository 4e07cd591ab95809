import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { Caller, CRASHES, sampled } from '../support/interleaving.ts';
import { by, startAudit, type Thing } from './audit-model.ts';

let store: TestStore;
let audit: ReturnType<typeof startAudit>;

beforeAll(async () => {
  store = await startTestStore();
  audit = startAudit(store);
});
afterAll(() => store.close());

/** What {@link startAudit} has, by name: tests are named before there is a store. */
const OPERATIONS = {
  settings: ['raise', 'name', 'say again', 'delete with its project'],
  'a key': ['rename', 'rotate', 'say again', 'revoke'],
  'a server': ['narrow', 'give a new address', 'delete'],
  dismissals: ['add', 'remove'],
} as const;
type KindName = keyof typeof OPERATIONS;
const KINDS = Object.keys(OPERATIONS) as KindName[];
const EVERY_OPERATION = KINDS.flatMap((kind) => OPERATIONS[kind].map((name) => [kind, name] as const));
/** Which of them this run breaks off, and looks at while they are under way. */
const TRIED = sampled(EVERY_OPERATION);
const CREATIONS = ['a project', 'a key', 'a server', 'the first dismissal'];

const create = (kind: KindName): Promise<Thing> => audit.create(audit.KINDS[kind]);

function run(kind: KindName, name: string, thing: Thing, who: string): () => Promise<unknown> {
  const operation = audit.KINDS[kind].operations[name];
  if (operation === undefined) throw new Error(`Nobody can ${name} ${kind}`);
  return () => operation(thing, by(who));
}

it('knows every operation', () => {
  const known = Object.entries(audit.KINDS).map(([kind, { operations }]) => [kind, Object.keys(operations)]);
  expect(Object.fromEntries(known)).toEqual(OPERATIONS);
  expect(Object.keys(audit.CREATIONS)).toEqual(CREATIONS);
});

describe('a change', () => {
  it.each(EVERY_OPERATION)('of %s has one row that says who made it: %s', async (kind, name) => {
    const thing = await create(kind);
    const before = await audit.expectSound(thing);
    await run(kind, name, thing, 'somebody')();
    const rows = (await audit.shown(thing)).filter(({ request_id }) => request_id === 'request-somebody');
    expect(rows).toHaveLength(name === 'say again' ? 0 : 1);
    expect(await audit.expectSound(thing)).toBe(before + rows.length);
    for (const row of rows) expect(row).toMatchObject({ actor: by('somebody').actor, ip: '192.0.2.7' });
  });
});

describe('two changes', () => {
  const pairs = sampled(
    KINDS.flatMap((kind) =>
      OPERATIONS[kind].flatMap((first) => OPERATIONS[kind].map((second) => [kind, first, second] as const)),
    ),
  );
  let interleavings = 0;

  it.each(pairs)(
    'of %s have a row each, if they were made, wherever "%s" stops before a write and "%s" comes between',
    async (kind, first, second) => {
      for (let nth = 1; ; nth++) {
        const thing = await create(kind);
        const caller = new Caller(run(kind, first, thing, 'first'));
        if (!(await caller.stopBefore('write', nth))) break;
        interleavings++;
        await run(kind, second, thing, 'second')();
        await audit.expectSound(thing);
        await caller.finish();
        await audit.expectSound(thing);
      }
    },
  );

  it('were interleaved at every write', () => {
    console.log(`${interleavings} interleavings of two audited changes`);
    expect(interleavings).toBeGreaterThanOrEqual(pairs.length * 3);
  });
});

describe.each(CRASHES)('a change that %s a write', (_, fault) => {
  it.each(TRIED)('of %s has a row exactly if it was made, at once and ever after: %s', async (kind, name) => {
    for (let nth = 1; ; nth++) {
      const thing = await create(kind);
      const caller = new Caller(run(kind, name, thing, 'first'));
      if (!(await caller.stopBefore('write', nth))) break;
      await caller.fail(fault);
      await caller.finish().catch(() => {});
      await audit.expectSound(thing);
      // Whoever looks first finishes some of it; whoever changes it next, all.
      if (nth % 2 === 0) await audit.look(thing);
      await run(kind, OPERATIONS[kind][0], thing, 'second')();
      await audit.expectSound(thing);
      crashes++;
    }
  });

  it.each(CREATIONS)('that creates %s has a row exactly if it was made', async (name) => {
    for (let nth = 1; ; nth++) {
      const creation = await audit.CREATIONS[name]?.();
      if (creation === undefined) throw new Error(`Nobody creates ${name}`);
      const { thing, create: begin } = creation;
      await audit.items.watch(thing.key);
      const caller = new Caller(() => begin(by('first')));
      if (!(await caller.stopBefore('write', nth))) break;
      await caller.fail(fault);
      await caller.finish().catch(() => {});
      await audit.expectSound(thing);
      await audit.look(thing);
      await audit.expectSound(thing);
      await begin(by('second')).catch(() => {});
      expect(await audit.expectSound(thing)).toBe(1);
      crashes++;
    }
  });
});

let crashes = 0;
it('broke off at every write', () => {
  console.log(`${crashes} audited changes broke off`);
  expect(crashes).toBeGreaterThanOrEqual((TRIED.length + CREATIONS.length) * CRASHES.length * 2);
});

describe('who reads the trail while something is changed', () => {
  let readings = 0;

  it.each(TRIED)(
    'sees every change that was made before, and none that was not, wherever they stop: %s, %s',
    async (kind, name) => {
      for (let nth = 1; ; nth++) {
        const thing = await create(kind);
        // One that is not confirmed: who reads has to look at the item.
        const broken = new Caller(run(kind, OPERATIONS[kind][0], thing, 'first'));
        for (let write = 1; (await audit.items.made(thing.key)).length === 1; write++) {
          if (!(await broken.stopBefore('write', write + 1))) break;
        }
        const before = audit.items.made(thing.key);
        const reader = new Caller(() => audit.shown(thing, audit.callersTable));
        const isStopped = await reader.stopBefore('any', nth);
        await run(kind, name, thing, 'second')();
        const seen = (await reader.finish()).map(({ id }) => id);
        expect(seen).toEqual(expect.arrayContaining(before));
        expect(audit.items.made(thing.key)).toEqual(expect.arrayContaining(seen));
        await broken.finish().catch(() => {});
        await audit.expectSound(thing);
        if (!isStopped) break;
        readings++;
      }
    },
  );

  it('stopped at every read', () => {
    console.log(`${readings} readings with a change between`);
    expect(readings).toBeGreaterThanOrEqual(TRIED.length * 2);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newKeyId } from '../../functions/domain/ids.ts';
import { FIRST_KEY_POWER, newKey } from '../../functions/domain/new-key.ts';
import { tableForChanges } from '../../functions/table/client.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { createNamedKey } from '../../functions/table/names.ts';
import { getItem } from '../../functions/table/reads.ts';
import { requestAt } from '../support/fixtures.ts';
import { Caller, CRASHES, type Fault, sampled } from '../support/interleaving.ts';
import { CHANGES, type ChangeName, type Keys, known, knownOf, NOW, startKeys } from './key-model.ts';

let keysOf: Awaited<ReturnType<typeof startKeys>>;

beforeAll(async () => {
  keysOf = await startKeys();
});
afterAll(() => keysOf.store.close());

/** Which changes this run tries. */
const TRIED = sampled(CHANGES);

let crashes = 0;

/** A change that breaks off at its nth write. @returns the key, or `undefined` when it has fewer writes */
async function brokenOff(
  name: ChangeName,
  fault: Fault,
  nth: number,
  beside: Keys | undefined,
): Promise<Keys | undefined> {
  const keys = await keysOf.storeKey(beside);
  const { caller, answered } = keysOf.asking(name, keys, 'first');
  if (!(await caller.stopBefore('write', nth))) return undefined;
  await caller.fail(fault);
  expect((await answered()).status).toBe(500);
  crashes++;
  return keys;
}

describe.each(CRASHES)('a change of a key that %s a write', (_, fault) => {
  it.each(TRIED)('is finished by who asks for it again: %s', async (name) => {
    let keys: Keys | undefined;
    for (let nth = 1; ; nth++) {
      keys = await brokenOff(name, fault, nth, keys);
      if (keys === undefined) break;
      const again = await keysOf.asking(name, keys, 'first').answered();
      expect(again.status).toBeLessThan(300);
      await keysOf.expectNoMoreThan(known(keys.known, [again]));
      // A rotation that broke off has left a secret that nobody knows; else nothing is there but what was asked for.
      const isRotation = again.secretHash !== '';
      await keysOf.expectWhole(keys, isRotation ? undefined : known(keys.known, [again]));
      if (!isRotation) continue;
      const { secrets } = await keysOf.original(keys);
      const current = secrets.filter(({ ends_at }) => ends_at === null).map(({ hash }) => hash);
      expect(current).toEqual([again.secretHash]);
      expect(secrets.map(({ hash }) => hash)).toEqual(
        expect.arrayContaining(Object.keys(keys.known.secrets)),
      );
    }
  });

  it.each(TRIED)('is finished by who looks: %s', async (name) => {
    let keys: Keys | undefined;
    for (let nth = 1; ; nth++) {
      keys = await brokenOff(name, fault, nth, keys);
      if (keys === undefined) break;
      // Each write has both ways, one with each of two kinds of crash that leave the same behind.
      const way = (nth % 2 === 0) === fault.isLast ? 'by its id' : 'in the list';
      const status = await keysOf.look(keys, way);
      expect(['active', ...(name === 'revoke' ? ['revoked'] : [])]).toContain(status);
      if (status === 'revoked') await keysOf.expectNoMoreThan({ ...keys.known, status: 'revoked' });
      await keysOf.expectWhole(keys);
    }
  });
});

describe('a change of a key', () => {
  it('broke off at each of its writes', () => {
    console.log(`${crashes} changes of a key broke off`);
    expect(crashes).toBeGreaterThanOrEqual(TRIED.length * CRASHES.length * 2 * 3);
  });
});

describe('a write that arrives after its sender has given up and another change has been answered', () => {
  const LATER = ['revoke', 'rotate', 'narrow', 'rename'] as const;
  /** More than any change makes. */
  const MOST_WRITES = 9;
  let delayed = 0;

  interface Held {
    readonly projectId: string;
    readonly until: Promise<void>;
    request?: object;
    arrived(): void;
  }
  const held: Held[] = [];

  beforeAll(() => {
    const { store } = keysOf;
    store.fault = (request) => {
      if (!/^(Put|Update|Delete)Item$/.test(request.operation)) return undefined;
      const body = JSON.stringify(request.body);
      const hold = held.find((one) => one.request === undefined && body.includes(one.projectId));
      if (hold === undefined) return undefined;
      hold.request = request;
      return { after: hold.until };
    };
    store.forwarded.on('answered', (request) => held.find((one) => one.request === request)?.arrived());
  });

  /** Holds the next write of a project on the wire. @returns lets it go on, and waits until the store has answered it */
  function holdNextWrite(projectId: string): () => Promise<void> {
    const { promise: until, resolve: release } = Promise.withResolvers<void>();
    const { promise: arrival, resolve: arrived } = Promise.withResolvers<void>();
    const hold: Held = { projectId, until, arrived };
    held.push(hold);
    return async () => {
      expect(hold.request).toBeDefined();
      release();
      await arrival;
    };
  }

  async function stateOf(keys: Keys) {
    const original = await keysOf.original(keys);
    const copies = original.secrets.map(({ hash }) => getItem(keysOf.table, itemKey.key(hash)));
    return { original, copies: await Promise.all(copies) };
  }

  /** @param first is stopped before the write that is held */
  async function expectLateWriteChangesNothing(first: Caller<unknown>, second: ChangeName, keys: Keys) {
    const letArrive = holdNextWrite(keys.projectId);
    await first.finish().catch(() => {});
    const { status } = await keysOf.asking(second, keys, 'second').answered();
    expect([200, 204, 409]).toContain(status);
    const before = await stateOf(keys);
    await letArrive();
    expect(await stateOf(keys)).toEqual(before);
    await keysOf.expectWhole(keys);
    if (status === 204) await keysOf.expectNoMoreThan({ ...keys.known, status: 'revoked' });
    delayed++;
  }

  it.each(TRIED)('changes nothing: of a key, %s', async (first) => {
    const cases = LATER.flatMap((second) =>
      Array.from({ length: MOST_WRITES }, (_, n) => ({ second, nth: n + 1 })),
    );
    const run = async ({ second, nth }: (typeof cases)[number]) => {
      const keys = await keysOf.storeKey();
      const { caller, answered } = keysOf.asking(first, keys, 'first');
      if (!(await caller.stopBefore('write', nth))) return;
      await expectLateWriteChangesNothing(caller, second, keys);
      expect((await answered()).status).toBe(500);
    };
    await Promise.all(cases.map(run));
  });

  it('changes nothing: of a new key', async () => {
    const table = tableForChanges(keysOf.store.tableName);
    const run = async (second: ChangeName, nth: number) => {
      const { projectId, ownId } = await keysOf.storeKey();
      const id = newKeyId(NOW);
      const { stored } = newKey({ id, projectId, name: 'New', power: FIRST_KEY_POWER, now: NOW });
      const caller = new Caller(() => createNamedKey(table, stored, requestAt(NOW)));
      // Before come the name, the audit row and the original: without it there is nothing to change.
      expect(await caller.stopBefore('write', nth)).toBe(true);
      await expectLateWriteChangesNothing(caller, second, { projectId, ownId, id, known: knownOf(stored) });
    };
    await Promise.all(LATER.flatMap((second) => [4, 5, 6].map((nth) => run(second, nth))));
  });

  it('was delayed at each write', () => {
    console.log(`${delayed} writes of a change of a key arrived late`);
    expect(delayed).toBeGreaterThanOrEqual((TRIED.length + 1) * LATER.length * 2);
  });
});

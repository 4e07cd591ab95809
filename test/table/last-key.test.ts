import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import fc from 'fast-check';
import type { ApiRoute } from '../../functions/domain/api-routes.ts';
import { ApiError } from '../../functions/domain/errors.ts';
import { newKeyId, newProjectId } from '../../functions/domain/ids.ts';
import { isLasting } from '../../functions/domain/key-power.ts';
import { FIRST_KEY_POWER, newKey } from '../../functions/domain/new-key.ts';
import { type Table, tableForChanges } from '../../functions/table/client.ts';
import { powerOf, projectKeyItem, type StoredProjectKey } from '../../functions/table/items.ts';
import { changeKey, createKey } from '../../functions/table/key-store.ts';
import { readLastingKeys } from '../../functions/table/lasting-keys.ts';
import { itemKey } from '../../functions/table/layout.ts';
import { startTestStore, type TestStore } from '../support/dynamodb.ts';
import { apiEvent, keyChange, requestAt, storeProject } from '../support/fixtures.ts';
import { Caller, CRASHES, interleave, sampled, sampledRuns } from '../support/interleaving.ts';

const NOW = 1_795_420_800_000;
const END = NOW + 1_000;
const KEY = '/api/v3/org/project/api_keys/{id}';

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

/** Every way in which a key ceases to be one that can do everything for ever. */
const LOSSES = {
  revoke: { route: `DELETE ${KEY}`, change: { status: 'revoked' } },
  'take scopes': { route: `PATCH ${KEY}`, change: { scopes: ['keys:manage'] } },
  'hold to servers': { route: `PATCH ${KEY}`, change: { mcp_server_ids: [] } },
  'hold to tools': { route: `PATCH ${KEY}`, change: { allowed_tools: [] } },
  'give an end': { route: `PATCH ${KEY}`, change: { expires_at: END } },
} as const satisfies Record<string, { route: ApiRoute; change: object }>;
type Loss = keyof typeof LOSSES;
const EVERY_LOSS = Object.keys(LOSSES) as Loss[];

/** A key asks for a change of itself. */
async function ask(projectId: string, id: string, route: ApiRoute, body?: object) {
  const authorizer = { outcome: 'project', projectId, keyId: id, keyName: 'Caller', scopes: '*' };
  const sent =
    body !== undefined && 'expires_at' in body ? { expires_at: new Date(END).toISOString() } : body;
  const { statusCode }: APIGatewayProxyResult = await apiKeys(
    apiEvent(route, { authorizer, id, body: route.startsWith('DELETE') ? undefined : sent, now: NOW }),
    {} as Context,
  );
  return statusCode;
}

const askToLose = (projectId: string, id: string, loss: Loss): Promise<number> =>
  ask(projectId, id, LOSSES[loss].route, LOSSES[loss].change);

async function storeKeys(changes: readonly Partial<StoredProjectKey>[], projectId = newProjectId()) {
  const ids: string[] = [];
  for (const change of changes) {
    const id = newKeyId(NOW);
    const { stored } = newKey({ id, projectId, name: id, power: FIRST_KEY_POWER, now: NOW });
    await createKey(table, { ...stored, ...change }, requestAt(NOW));
    ids.push(id);
  }
  return { projectId, ids };
}

/** @returns the ids of the project's lasting keys, as their originals say, after the list was compared with them */
async function expectSoundList(
  projectId: string,
  { isComplete }: { isComplete: boolean },
): Promise<string[]> {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': itemKey.lastingKeys(projectId).pk },
      ConsistentRead: true,
    }),
  );
  const { sk } = itemKey.lastingKeys(projectId);
  const listed: string[] = Items.find((item) => item.sk === sk)?.key_ids ?? [];
  const lasting = Items.filter((item) => item.sk !== sk)
    .map((item) => projectKeyItem.parse(item))
    .filter((key) => key.status === 'active' && isLasting(powerOf(key)))
    .map((key) => key.key_id);
  expect(lasting.length).toBeGreaterThanOrEqual(1);
  expect(lasting).toEqual(expect.arrayContaining(listed));
  if (isComplete) expect(new Set(listed)).toEqual(new Set(lasting));
  return lasting;
}

describe('the last two lasting keys of a project', () => {
  const pairs = sampled(EVERY_LOSS.flatMap((first) => EVERY_LOSS.map((second) => [first, second] as const)));
  let interleavings = 0;

  it.each(pairs)(
    'are never both lost: one that "%s" stops at any request of, the other "%s"',
    async (first, second) => {
      for (let nth = 1; ; nth++) {
        const { projectId, ids } = await storeKeys([{}, {}]);
        const [x = '', y = ''] = ids;
        const caller = new Caller(() => askToLose(projectId, x, first));
        if (!(await caller.stopBefore('any', nth))) break;
        interleavings++;
        const late = await askToLose(projectId, y, second);
        await expectSoundList(projectId, { isComplete: false });
        const early = await caller.finish();
        expect([early === 409, late === 409].filter(Boolean)).toHaveLength(1);
        expect([early, late].filter((status) => status < 300)).toHaveLength(1);
        expect(await expectSoundList(projectId, { isComplete: true })).toEqual([early === 409 ? x : y]);
      }
    },
  );

  it('were interleaved at every read and write', () => {
    console.log(`${interleavings} interleavings of two losses`);
    expect(interleavings).toBeGreaterThanOrEqual(pairs.length * 6);
  });
});

/** What `change` of `changeKey` becomes to whoever asks. */
const outcome = (change: Promise<unknown>): Promise<string> =>
  change.then(
    () => 'done',
    (error: unknown) => (error instanceof ApiError ? error.kind : 'fault'),
  );

const LIMITED: Partial<StoredProjectKey> = { expires_at: END };

describe('a key that becomes a lasting one', () => {
  const gain = (projectId: string, id: string) =>
    outcome(changeKey(callersTable, keyChange(projectId, id), (key) => ({ ...key, expires_at: null })));

  it.each(sampled(EVERY_LOSS))(
    'lets the only other one go as soon as that was answered, and not before: %s',
    async (loss) => {
      const outcomes = new Set<string>();
      for (const first of ['gain', 'lose'] as const) {
        for (let nth = 1; ; nth++) {
          const { projectId, ids } = await storeKeys([{}, LIMITED]);
          const [x = '', z = ''] = ids;
          const lose = () =>
            outcome(changeKey(callersTable, keyChange(projectId, x), (key) => ({ ...key, ...lossOf(loss) })));
          const caller = new Caller(first === 'gain' ? () => gain(projectId, z) : lose);
          if (!(await caller.stopBefore('any', nth))) break;
          const late = await (first === 'gain' ? lose() : gain(projectId, z));
          await expectSoundList(projectId, { isComplete: false });
          const early = await caller.finish();
          const [gained, lost] = first === 'gain' ? [early, late] : [late, early];
          expect(gained).toBe('done');
          expect(['done', 'conflict']).toContain(lost);
          outcomes.add(lost);
          await expectSoundList(projectId, { isComplete: true });
          if (lost === 'conflict') expect(await lose()).toBe('done');
          expect(await expectSoundList(projectId, { isComplete: true })).toEqual([z]);
        }
      }
      expect(outcomes).toEqual(new Set(['done', 'conflict']));
    },
  );

  it.each(sampled(EVERY_LOSS))(
    'and at once ceases to be one stands in the list only while it is one: %s',
    async (loss) => {
      for (const first of ['gain', 'lose'] as const) {
        for (let nth = 1; ; nth++) {
          const { projectId, ids } = await storeKeys([{}, LIMITED]);
          const [x = '', z = ''] = ids;
          const lose = () =>
            outcome(changeKey(callersTable, keyChange(projectId, z), (key) => ({ ...key, ...lossOf(loss) })));
          const caller = new Caller(first === 'gain' ? () => gain(projectId, z) : lose);
          if (!(await caller.stopBefore('any', nth))) break;
          await expectSoundList(projectId, { isComplete: false });
          expect(await (first === 'gain' ? lose() : gain(projectId, z))).toBe('done');
          await expectSoundList(projectId, { isComplete: false });
          expect(await caller.finish()).toBe('done');
          expect(await expectSoundList(projectId, { isComplete: true })).toContain(x);
        }
      }
    },
  );

  const schedule = fc.array(fc.nat(5), { minLength: 50, maxLength: 50 });
  const losses = fc.tuple(fc.constantFrom(...EVERY_LOSS), fc.constantFrom(...EVERY_LOSS));

  function race(projectId: string, [x = '', y = '', z = '']: readonly string[], lost: readonly [Loss, Loss]) {
    const lose = (id: string, loss: Loss) => () =>
      outcome(changeKey(callersTable, keyChange(projectId, id), (key) => ({ ...key, ...lossOf(loss) })));
    return [
      new Caller(lose(x, lost[0])),
      new Caller(lose(y, lost[1])),
      new Caller(() => gain(projectId, z)),
    ] as const;
  }

  it('and two that cease to be leave one at every moment, in whatever order their requests arrive', async () => {
    let schedules = 0;
    await fc.assert(
      fc.asyncProperty(losses, schedule, async (lost, order) => {
        const { projectId, ids } = await storeKeys([{}, {}, LIMITED]);
        const [x, y, z] = race(projectId, ids, lost);
        await interleave([x, y, z], order, async () => {
          await expectSoundList(projectId, { isComplete: false });
        });
        expect(await z.answer).toBe('done');
        const answers = [await x.answer, await y.answer];
        for (const answer of answers) expect(['done', 'conflict']).toContain(answer);
        const lasting = await expectSoundList(projectId, { isComplete: true });
        const kept = [0, 1].filter((n) => answers[n] === 'conflict').map((n) => ids[n]);
        expect(new Set(lasting)).toEqual(new Set([...kept, ids[2]]));
        schedules++;
      }),
      { numRuns: sampledRuns(80) },
    );
    console.log(`${schedules} schedules of two losses and a gain`);
  });

  it('and two that cease to be leave one at every moment, whichever of them breaks off where', async () => {
    let schedules = 0;
    const crash = fc.tuple(fc.nat(2), fc.nat(8), fc.constantFrom(...CRASHES));
    await fc.assert(
      fc.asyncProperty(losses, schedule, crash, async (lost, order, [who, write, [, fault]]) => {
        const { projectId, ids } = await storeKeys([{}, {}, LIMITED]);
        const callers = race(projectId, ids, lost);
        let writes = 0;
        await interleave(callers, order, async () => {
          if (writes++ === write) await callers[who]?.fail(fault);
          await expectSoundList(projectId, { isComplete: false });
        });
        await expectSoundList(projectId, { isComplete: false });
        schedules++;
      }),
      { numRuns: sampledRuns(30) },
    );
    console.log(`${schedules} schedules of two losses and a gain, one of which breaks off`);
  });
});

const lossOf = (loss: Loss): Partial<StoredProjectKey> => {
  const { change } = LOSSES[loss];
  return {
    ...change,
    ...('scopes' in change && { scopes: [...change.scopes] }),
  } as Partial<StoredProjectKey>;
};

describe('the only lasting key of a project', () => {
  it.each(EVERY_LOSS)('stays what it is: 409 to who asks to %s', async (loss) => {
    const { projectId, ids } = await storeKeys([{}, LIMITED, { scopes: ['keys:manage'] }]);
    const [id = ''] = ids;
    expect(await askToLose(projectId, id, loss)).toBe(409);
    expect(await expectSoundList(projectId, { isComplete: true })).toEqual([id]);
    await expect(
      changeKey(table, keyChange(projectId, id), (key) => ({ ...key, ...lossOf(loss) })),
    ).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('can be renamed and rotated', async () => {
    const { projectId, ids } = await storeKeys([{}]);
    const [id = ''] = ids;
    expect(await ask(projectId, id, `PATCH ${KEY}`, { name: 'Renamed' })).toBe(200);
    expect(await ask(projectId, id, `POST ${KEY}/rotate`, {})).toBe(200);
    expect(await ask(projectId, id, `POST ${KEY}/rotate`, { overlap_seconds: 60 })).toBe(200);
    expect(await expectSoundList(projectId, { isComplete: true })).toEqual([id]);
  });

  it('can go once the organization has made another one', async () => {
    const { projectId, ids } = await storeKeys([{}], await storeProject(table));
    const [id = ''] = ids;
    const made = await organization(
      apiEvent('POST /api/v3/org/owner/project/{id}/api_keys', {
        authorizer: { outcome: 'organization' },
        id: projectId,
        now: NOW,
      }),
      {} as Context,
    );
    expect(made.statusCode).toBe(201);
    expect(await askToLose(projectId, id, 'revoke')).toBe(204);
    const next = JSON.parse(made.body).id;
    expect(await expectSoundList(projectId, { isComplete: true })).toEqual([next]);
    expect(await askToLose(projectId, next, 'revoke')).toBe(409);
  });

  it('that a crash left out of the list stands in it again after the next change of it', async () => {
    const { projectId, ids } = await storeKeys([{}, {}]);
    const [x = '', y = ''] = ids;
    const caller = new Caller(() => askToLose(projectId, x, 'revoke'));
    expect(await caller.stopBefore('write', 2)).toBe(true);
    await caller.fail({ isMade: false, isLast: true });
    expect((await readLastingKeys(table, projectId)).keyIds).toEqual([y]);
    expect(await askToLose(projectId, y, 'revoke')).toBe(409);
    expect(await ask(projectId, x, `PATCH ${KEY}`, { name: 'Renamed' })).toBe(200);
    expect(await askToLose(projectId, y, 'revoke')).toBe(204);
    expect(await expectSoundList(projectId, { isComplete: true })).toEqual([x]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CONFIG_PATH, type Gateway, startGateway } from '../support/gateway.ts';
import {
  KEYS,
  type ManagementClient,
  managementClient,
  SCOPES,
  SERVERS,
  type TestProject,
  verdict,
} from '../support/management.ts';

const HOUR_MS = 3_600_000;
const END = Date.now() + 24 * HOUR_MS;
const at = (time: number) => new Date(time).toISOString();

let gateway: Gateway;
let client: ManagementClient;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
});
afterAll(() => gateway.stop());

/** What a key can do, as requests and answers say it. */
interface Power {
  readonly scopes: readonly string[];
  readonly mcp_server_ids: readonly string[] | null;
  readonly allowed_tools: readonly string[] | null;
  readonly expires_at: string | null;
}

const power = (change: Partial<Power> = {}): Power => ({
  scopes: [],
  mcp_server_ids: null,
  allowed_tools: null,
  expires_at: null,
  ...change,
});
/** Within every key that has an end at END or none. */
const LEAST = power({ mcp_server_ids: [], allowed_tools: [], expires_at: at(END - 2 * HOUR_MS) });

const isSubset = (list: readonly string[] | null, of: readonly string[] | null) =>
  of === null || list?.every((member) => of.includes(member)) === true;

/** The rule of the contract, written down once more: `*` is more than all scopes by name. */
const isWithin = (one: Power, own: Power): boolean =>
  isSubset(one.scopes, own.scopes.includes('*') ? null : own.scopes) &&
  isSubset(one.mcp_server_ids, own.mcp_server_ids) &&
  isSubset(one.allowed_tools, own.allowed_tools) &&
  (own.expires_at === null ||
    (one.expires_at !== null && Date.parse(one.expires_at) <= Date.parse(own.expires_at)));

interface Try {
  readonly request: string;
  readonly body: unknown;
  /** The key that it is about, as it was answered to whoever made it; none when it is to be made. */
  readonly target?: Target;
}
interface Target {
  readonly id: string;
  readonly before: string;
}

/** Makes a key to try something on. */
async function target(project: TestProject, fields: Power): Promise<Target> {
  const { id } = await client.newKey(project.key, fields);
  return { id, before: await seen(project, id) };
}

/** A key as the project's first key reads it, its version too. */
const seen = async (project: TestProject, id: string): Promise<string> =>
  JSON.stringify(await client.read(`${KEYS}/${id}`, project.key));

/** What a caller may try with a power that is too much for it or not. */
const WAYS: Record<string, (project: TestProject, wanted: Power) => Promise<Try>> = {
  create: async (_project, wanted) => ({
    request: `POST ${KEYS}`,
    body: { name: `Climbed ${crypto.randomUUID()}`, ...wanted },
  }),
  'change a lesser one to': async (project, wanted) => {
    const on = await target(project, LEAST);
    return { request: `PATCH ${KEYS}/${on.id}`, body: wanted, target: on };
  },
  'change one from': async (project, wanted) => {
    const on = await target(project, wanted);
    return { request: `PATCH ${KEYS}/${on.id}`, body: { ...LEAST, name: crypto.randomUUID() }, target: on };
  },
  rename: async (project, wanted) => {
    const on = await target(project, wanted);
    return { request: `PATCH ${KEYS}/${on.id}`, body: { name: crypto.randomUUID() }, target: on };
  },
  rotate: async (project, wanted) => {
    const on = await target(project, wanted);
    return { request: `POST ${KEYS}/${on.id}/rotate`, body: { overlap_seconds: 60 }, target: on };
  },
  revoke: async (project, wanted) => {
    const on = await target(project, wanted);
    return { request: `DELETE ${KEYS}/${on.id}`, body: undefined, target: on };
  },
};

/** @returns what came of it, and whether that changed the key that it is about */
async function outcome(project: TestProject, caller: string, { request, body, target: on }: Try) {
  const answer = await client.call(request, caller, body);
  const hasChanged = on === undefined ? answer.status === 201 : (await seen(project, on.id)) !== on.before;
  return { verdict: verdict(answer), hasChanged, answer };
}

/** Tries every way with every wanted power, and holds what comes of it against the rule. */
async function tryAll(project: TestProject, own: Power, wanted: readonly (readonly [string, Power])[]) {
  const { key: caller, id: callerId } = await client.newKey(project.key, own);
  const rows = [];
  let created = 0;
  for (const [name, fields] of wanted) {
    const tries = Object.entries(WAYS).map(async ([way, prepare]) => {
      const came = await outcome(project, caller, await prepare(project, fields));
      return { way: `${way} ${name}`, ...came, isAllowed: isWithin(fields, own) };
    });
    rows.push(...(await Promise.all(tries)));
    if (isWithin(fields, own)) created++;
  }
  expect(rows.map(({ way, verdict: said, hasChanged }) => [way, said, hasChanged])).toEqual(
    rows.map(({ way, isAllowed }) => [way, isAllowed ? 'ok' : 'insufficient', isAllowed]),
  );
  // No key was made behind a refusal, and the caller is what it was.
  const keys = await client.all(KEYS, project.key);
  expect(keys.filter(({ name }) => name.startsWith('Climbed'))).toHaveLength(created);
  expect(keys.find(({ id }) => id === callerId)).toMatchObject(own);
  return rows;
}

describe('with a key that manages keys, nobody gets at a scope that it has not', () => {
  const CALLERS: [name: string, scopes: string[]][] = [
    ['keys:manage alone', ['keys:manage']],
    ...SCOPES.filter((scope) => scope !== 'keys:manage').map((scope): [string, string[]] => [
      `keys:manage and ${scope}`,
      ['keys:manage', scope],
    ]),
    ['all six', SCOPES],
    ['*', ['*']],
  ];
  it.each(CALLERS)('%s', async (_name, scopes) => {
    const wanted = CALLERS.map(([name, wants]) => [name, power({ scopes: wants })] as const);
    const rows = await tryAll(await client.newProject(), power({ scopes }), wanted);
    expect(rows).toHaveLength(CALLERS.length * Object.keys(WAYS).length);
  });
});

describe('with a key that is held to some servers, nobody gets at another', () => {
  it.each([
    ['every server', null],
    ['none', []],
    ['the first', [0]],
    ['both', [0, 1]],
  ])('%s', async (_name, held) => {
    const project = await client.newProject();
    const ids = [(await client.newServer(project.key)).id, (await client.newServer(project.key)).id];
    const listed = (of: number[] | null) => of?.map((n) => ids[n] ?? '') ?? null;
    const wanted = [null, [], [0], [1], [0, 1], [1, 0]].map(
      (of) => [JSON.stringify(of), power({ mcp_server_ids: listed(of) })] as const,
    );
    await tryAll(project, power({ scopes: ['keys:manage'], mcp_server_ids: listed(held) }), wanted);
  });
});

describe('with a key that is held to some tools, nobody gets at another', () => {
  const LISTS: [name: string, tools: string[] | null][] = [
    ['every tool', null],
    ['none', []],
    ['the first', ['read']],
    ['both', ['read', 'write']],
  ];
  it.each(LISTS)('%s', async (_name, tools) => {
    const wanted = [
      null,
      [],
      ['read'],
      ['write'],
      ['read', 'write'],
      ['READ'],
      ['write', 'read', 'erase'],
    ].map((list) => [JSON.stringify(list), power({ allowed_tools: list })] as const);
    const project = await client.newProject();
    await tryAll(project, power({ scopes: ['keys:manage'], allowed_tools: tools }), wanted);
  });
});

describe('with * and a limit, nobody gets beyond the limit', () => {
  it.each([
    ['tools', { allowed_tools: ['read'] }],
    ['an end', { expires_at: at(END) }],
  ])('%s', async (_name, limit) => {
    const wanted = [power(), power({ scopes: ['*'] }), power({ scopes: ['*'], ...limit })].map(
      (fields) => [JSON.stringify(fields), fields] as const,
    );
    await tryAll(await client.newProject(), power({ scopes: ['*'], ...limit }), wanted);
  });

  it('servers', async () => {
    const project = await client.newProject();
    const limit = { mcp_server_ids: [(await client.newServer(project.key)).id] };
    const wanted = [power(), power({ scopes: ['*'] }), power({ scopes: ['*'], ...limit })].map(
      (fields) => [JSON.stringify(fields), fields] as const,
    );
    await tryAll(project, power({ scopes: ['*'], ...limit }), wanted);
  });
});

describe('with a key that has an end, nobody gets beyond it', () => {
  it.each([
    ['no end', null],
    ['an end', at(END)],
  ])('%s', async (_name, end) => {
    const wanted = [null, END + HOUR_MS, END + 1, END, END - 1, END - HOUR_MS].map((time) => {
      const expires_at = time === null ? null : at(time);
      return [`${expires_at}`, power({ expires_at })] as const;
    });
    await tryAll(await client.newProject(), power({ scopes: ['keys:manage'], expires_at: end }), wanted);
  });

  it('however the same time is written', async () => {
    const { key } = await client.newProject();
    const end = Date.parse('2037-06-01T12:00:00.000Z');
    const own = await client.newKey(key, { scopes: ['keys:manage'], expires_at: at(end) });
    const make = async (expires_at: string) =>
      verdict(
        await client.call(`POST ${KEYS}`, own.key, { name: crypto.randomUUID(), scopes: [], expires_at }),
      );
    expect(await make('2037-06-01T14:00:00+02:00')).toBe('ok');
    expect(await make('2037-06-01T11:59:59-00:00')).toBe('ok');
    expect(await make('2037-06-01T14:00:00.001+02:00')).toBe('insufficient');
    expect(await make('2037-06-01T12:00:00-00:01')).toBe('insufficient');
  });
});

describe('a key and itself', () => {
  const LIMITED = power({
    scopes: ['keys:manage', 'config:read'],
    allowed_tools: ['read'],
    expires_at: at(END),
  });

  it.each([
    ['scopes', { scopes: ['keys:manage', 'config:read', 'config:write'] }],
    ['*', { scopes: ['*'] }],
    ['every tool', { allowed_tools: null }],
    ['another tool', { allowed_tools: ['read', 'write'] }],
    ['no end', { expires_at: null }],
    ['a later end', { expires_at: at(END + 1) }],
  ])('it cannot give itself %s', async (_name, patch) => {
    const project = await client.newProject();
    const { id, key } = await client.newKey(project.key, LIMITED);
    const on = { id, before: await seen(project, id) };
    const came = await outcome(project, key, { request: `PATCH ${KEYS}/${id}`, body: patch, target: on });
    expect(came).toMatchObject({ verdict: 'insufficient', hasChanged: false });
  });

  it('what it has given up it cannot take back, and the scope that lets it ends with it', async () => {
    const project = await client.newProject();
    const { id, key } = await client.newKey(project.key, LIMITED);
    const patch = async (body: object) => verdict(await client.call(`PATCH ${KEYS}/${id}`, key, body));
    expect(await patch({ scopes: ['keys:manage'] })).toBe('ok');
    expect(await patch({ scopes: LIMITED.scopes })).toBe('insufficient');
    expect(await patch({ allowed_tools: [] })).toBe('ok');
    expect(await patch({ allowed_tools: ['read'] })).toBe('insufficient');
    expect(await patch({ expires_at: at(END - 1) })).toBe('ok');
    expect(await patch({ expires_at: at(END) })).toBe('insufficient');
    expect(await patch({ scopes: [] })).toBe('ok');
    expect(await patch({ name: 'Mine' })).toBe('insufficient');
    expect(verdict(await client.call(`GET ${KEYS}`, key))).toBe('insufficient');
  });

  it('it can rotate and revoke itself, and then its old secret is worth nothing', async () => {
    const project = await client.newProject();
    const { id, key } = await client.newKey(project.key, LIMITED);
    const rotated = await client.must(`POST ${KEYS}/${id}/rotate`, key);
    expect(verdict(await client.call(`POST ${KEYS}/${id}/rotate`, key))).toBe('invalid_key');
    expect(rotated).toMatchObject({ id, ...LIMITED });
    expect(verdict(await client.call(`DELETE ${KEYS}/${id}`, rotated.key))).toBe('ok');
    expect(verdict(await client.call(`GET ${KEYS}`, rotated.key))).toBe('invalid_key');
  });
});

describe('a refusal to climb', () => {
  it('names all that the key has not itself, and nothing of the key that it is about', async () => {
    const project = await client.newProject();
    const server = await client.newServer(project.key);
    const own = power({
      scopes: ['keys:manage'],
      mcp_server_ids: [],
      allowed_tools: [],
      expires_at: at(END),
    });
    const { key: caller } = await client.newKey(project.key, own);
    const { id, name } = await client.newKey(project.key, {
      scopes: ['logs:read'],
      mcp_server_ids: [server.id],
      allowed_tools: ['tool_of_the_target'],
    });
    const answer = await client.call(`POST ${KEYS}/${id}/rotate`, caller);
    expect(verdict(answer)).toBe('insufficient');
    const { message } = JSON.parse(answer.body).error;
    for (const said of ['logs:read', 'mcp_server_ids', 'allowed_tools', at(END)])
      expect(message).toContain(said);
    for (const secret of [server.id, 'tool_of_the_target', name]) expect(answer.body).not.toContain(secret);
  });
});

const WALKS = 30;
const STEPS = 8;
const TOOLS = ['read', 'write', 'erase'];
const TIMES = [null, at(END - HOUR_MS), at(END), at(END + HOUR_MS)];

/** A list of servers by number: the walks have the same two. */
interface WalkPower extends Omit<Power, 'mcp_server_ids'> {
  readonly servers: readonly number[] | null;
}
const fields = {
  scopes: fc.oneof(fc.subarray(SCOPES), fc.subarray(['*', ...SCOPES])),
  servers: fc.option(fc.subarray([0, 1])),
  allowed_tools: fc.option(fc.subarray(TOOLS)),
  expires_at: fc.constantFrom(...TIMES),
};
/** What a walk begins with: a key that manages keys, and is limited in one way at least. */
const starts: fc.Arbitrary<WalkPower> = fc
  .record({
    ...fields,
    scopes: fc
      .oneof(fc.subarray(SCOPES), fc.constant(SCOPES), fc.constant(['*']))
      .map((scopes) => (scopes.includes('*') ? scopes : [...new Set(['keys:manage', ...scopes])])),
  })
  .filter(
    ({ scopes, servers, allowed_tools, expires_at }) =>
      !scopes.includes('*') || servers !== null || allowed_tools !== null || expires_at !== null,
  );
type ArbitraryOf<Value> = Value extends fc.Arbitrary<infer Of> ? Of : never;
type Step = ArbitraryOf<typeof steps>;
/** `by` and `on` pick one of the secrets in hand and one of the keys of the walk, by a number of any size. */
const steps = fc.oneof(
  fc.record({ kind: fc.constant('create' as const), by: fc.nat(), to: fc.record(fields) }),
  fc.record({
    ...{ kind: fc.constant('patch' as const), by: fc.nat(), on: fc.nat() },
    to: fc.record(fields, { requiredKeys: [] }),
  }),
  fc.record({
    ...{ kind: fc.constant('rotate' as const), by: fc.nat(), on: fc.nat() },
    overlap: fc.constantFrom(0, 600),
  }),
  fc.record({ kind: fc.constant('delete' as const), by: fc.nat(), on: fc.nat() }),
);

/** What the model knows of a key. */
interface ModelKey {
  readonly id: string;
  power: Power;
  isRevoked: boolean;
  /** Those that work. */
  secrets: string[];
}
interface Hand {
  readonly secret: string;
  readonly of: ModelKey;
}

describe('a thief of a limited key that manages keys', () => {
  let project: TestProject;
  let serverIds: string[];
  beforeAll(async () => {
    project = await client.newProject();
    serverIds = [(await client.newServer(project.key)).id, (await client.newServer(project.key)).id];
  });

  const toPower = <Some extends Partial<WalkPower>>({ servers, ...others }: Some) => ({
    ...others,
    ...(servers !== undefined && { mcp_server_ids: servers?.map((n) => serverIds[n] ?? '') ?? null }),
  });
  const fullPower = (from: WalkPower): Power => power(toPower(from));
  const pick = <Item>(items: readonly Item[], n: number): Item => {
    const item = items[n % items.length];
    if (item === undefined) throw new Error('Nothing to pick from');
    return item;
  };

  /** What the model says of a request to change a key, before it is sent. */
  function expected(by: Hand, on: ModelKey, after: Power, isDelete: boolean): string {
    if (by.of.isRevoked || !by.of.secrets.includes(by.secret)) return 'invalid_key';
    const own = by.of.power;
    if (!own.scopes.some((scope) => scope === '*' || scope === 'keys:manage')) return 'insufficient';
    // A secret that was replaced has an end of its own, and no key of the walk ends before it.
    if (by.of.secrets.at(-1) !== by.secret) return 'insufficient';
    if (!isWithin(on.power, own)) return 'insufficient';
    if (on.isRevoked) return isDelete ? 'ok' : 'conflict';
    return isWithin(after, own) ? 'ok' : 'insufficient';
  }

  async function take(
    step: Step,
    keys: ModelKey[],
    hands: Hand[],
  ): Promise<{ said: string; predicted: string }> {
    const by = pick(hands, step.by);
    if (step.kind === 'create') {
      const made = { id: '', power: fullPower(step.to), isRevoked: false, secrets: [] };
      const predicted = expected(by, made, made.power, false);
      const answer = await client.call(`POST ${KEYS}`, by.secret, {
        name: crypto.randomUUID(),
        ...made.power,
      });
      if (answer.status === 201) {
        const { id, key } = JSON.parse(answer.body);
        const known = { ...made, id, secrets: [key] };
        keys.push(known);
        hands.push({ secret: key, of: known });
      }
      return { said: verdict(answer), predicted };
    }
    const on = pick(keys, step.on);
    const path = `${KEYS}/${on.id}`;
    if (step.kind === 'patch') {
      const patch = toPower(step.to);
      const after = { ...on.power, ...patch };
      const predicted = expected(by, on, after, false);
      const answer = await client.call(`PATCH ${path}`, by.secret, patch);
      if (answer.status === 200) on.power = after;
      return { said: verdict(answer), predicted };
    }
    if (step.kind === 'delete') {
      const predicted = expected(by, on, on.power, true);
      const answer = await client.call(`DELETE ${path}`, by.secret);
      if (answer.status === 204) on.isRevoked = true;
      return { said: verdict(answer), predicted };
    }
    const predicted = expected(by, on, on.power, false);
    const answer = await client.call(`POST ${path}/rotate`, by.secret, { overlap_seconds: step.overlap });
    if (answer.status === 200) {
      const { key } = JSON.parse(answer.body);
      on.secrets = [...(step.overlap === 0 ? [] : on.secrets), key];
      hands.push({ secret: key, of: on });
    }
    return { said: verdict(answer), predicted };
  }

  /** What a secret opens, asked of the gateway and not of the model. */
  async function opens(secret: string): Promise<{ scopes: string[]; servers: string[] }> {
    const config = await client.call(`GET ${CONFIG_PATH}`, secret);
    const servers = await client.call(`GET ${SERVERS}`, secret);
    const keys = await client.call(`GET ${KEYS}?limit=1`, secret);
    for (const { status } of [config, servers, keys]) expect([200, 401, 403]).toContain(status);
    return {
      scopes: [
        ...(config.status === 200 ? ['config:read'] : []),
        ...(servers.status === 200 ? ['servers:manage'] : []),
        ...(keys.status === 200 ? ['keys:manage'] : []),
      ],
      servers:
        servers.status === 200 ? JSON.parse(servers.body).items.map(({ id }: { id: string }) => id) : [],
    };
  }

  it('never holds a key with more power than that one, however it makes, changes and rotates keys', async () => {
    let granted = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        starts,
        fc.array(steps, { minLength: STEPS, maxLength: STEPS }),
        async (from, walk) => {
          const start = fullPower(from);
          const stored = async (of: Power): Promise<ModelKey> => {
            const { id, key } = await client.newKey(project.key, of);
            return { id, power: of, isRevoked: false, secrets: [key] };
          };
          const stolen = await stored(start);
          const strong = await stored(power({ scopes: SCOPES }));
          const first = { id: project.keyId, power: power({ scopes: ['*'] }), isRevoked: false, secrets: [] };
          const keys = [stolen, strong, first, await stored(LEAST)];
          const hands: Hand[] = stolen.secrets.map((secret) => ({ secret, of: stolen }));
          for (const step of walk) {
            const { said, predicted } = await take(step, keys, hands);
            expect([step.kind, said]).toEqual([step.kind, predicted]);
            if (said === 'ok') granted++;
            else refused++;
          }
          for (const { secret, of } of hands) {
            const { status, body } = await client.call(`GET ${KEYS}/${of.id}`, project.key);
            const real: Power & { status: string } = JSON.parse(body);
            expect([status, isWithin(real, start)]).toEqual([200, true]);
            expect(real).toMatchObject({ ...of.power, status: of.isRevoked ? 'revoked' : 'active' });
            const { scopes, servers } = await opens(secret);
            const works = !of.isRevoked && of.secrets.includes(secret);
            const may = ['config:read', 'servers:manage', 'keys:manage'].filter(
              (scope) => works && (of.power.scopes.includes('*') || of.power.scopes.includes(scope)),
            );
            expect(scopes).toEqual(may);
            expect(isSubset(servers, start.mcp_server_ids)).toBe(true);
          }
        },
      ),
      { numRuns: WALKS, seed: 20_261_124 },
    );
    // The walks go somewhere, and meet walls.
    expect(granted).toBeGreaterThan(WALKS);
    expect(refused).toBeGreaterThan(WALKS);
    expect(await client.must(`GET ${KEYS}/${project.keyId}`, project.key)).toMatchObject({
      ...power({ scopes: ['*'] }),
      status: 'active',
    });
  });
});

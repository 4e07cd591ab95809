import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Answer, type Gateway, initialize, startGateway } from '../support/gateway.ts';
import { KEYS, type ManagementClient, managementClient, SERVERS } from '../support/management.ts';
import { addServer } from '../support/upstream.ts';

const CHANGES = 50;
const CALLERS = 2;
/** Calls one after the other when a change has been answered: the first is the one that an old state would let in. */
const CALLS_AFTER_EACH = 2;

const PASSES = 200;
const NOT_VALID = 401;
const NOT_ALLOWED = 403;

// One stale answer is one too many.
jest.retryTimes(0);

let gateway: Gateway;
let client: ManagementClient;
/** The first key of a project whose gate is up. */
let owner: string;
let mcpUrl: string;

beforeAll(async () => {
  gateway = await startGateway();
  client = managementClient(gateway);
  owner = (await client.newProject({ require_mcp_api_key: true })).key;
  mcpUrl = await addServer(gateway, owner, gateway.upstreamUrl);
});
afterAll(() => gateway.stop());

/** How one secret is answered at one server. It may hold from `sentAt` on, and must hold from `answeredAt` on. */
interface State {
  readonly secret: string;
  readonly mcpUrl: string;
  readonly status: number;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** One call with a secret, and when, on the clock of this process. */
type Call = Omit<State, 'answeredAt'> & { readonly receivedAt: number };

/** What a call may be answered: by the last state that was answered before it was sent, and by those under way. */
function possibleStatuses(call: Call, states: readonly State[]): Set<number> {
  const settled = states.findLast(({ answeredAt }) => answeredAt < call.sentAt);
  const underWay = states.filter(
    ({ sentAt, answeredAt }) => answeredAt >= call.sentAt && sentAt <= call.receivedAt,
  );
  return new Set([...(settled === undefined ? [] : [settled]), ...underWay].map(({ status }) => status));
}

/** Changes and calls of one test, and the callers that use the current secret all the time. */
class Trial {
  readonly #states = new Map<string, State[]>();
  readonly #calls: Call[] = [];
  readonly #servers: readonly string[];
  #current = '';
  #isRunning = true;

  constructor(servers: readonly string[]) {
    this.#servers = servers;
  }

  /** Makes a change, which gives these statuses to the secrets that it names, at every server or at one; calls follow. */
  async change(
    make: () => Promise<Answer>,
    gives: (answer: Answer) => readonly { secret: string; status: number; mcpUrl?: string }[],
  ): Promise<Answer> {
    const sentAt = performance.now();
    const answer = await make();
    const answeredAt = performance.now();
    expect([200, 201, 204]).toContain(answer.status);
    const given = gives(answer);
    for (const { secret, status, mcpUrl: only } of given) {
      for (const server of only === undefined ? this.#servers : [only]) {
        const of = `${secret} ${server}`;
        const state = { secret, mcpUrl: server, status, sentAt, answeredAt };
        this.#states.set(of, [...(this.#states.get(of) ?? []), state]);
      }
    }
    for (const secret of new Set(given.map((state) => state.secret))) {
      for (let n = 0; n < CALLS_AFTER_EACH; n++) await this.#call(secret, n);
    }
    return answer;
  }

  /** The secret that the callers use from now on. */
  use(secret: string): void {
    this.#current = secret;
  }

  async around(change: () => Promise<void>): Promise<void> {
    const callers = Array.from({ length: CALLERS }, async () => {
      for (let n = 0; this.#isRunning; n++) await this.#call(this.#current, n);
    });
    try {
      for (let n = 0; n < CHANGES; n++) await change();
    } finally {
      this.#isRunning = false;
      await Promise.all(callers);
    }
  }

  async #call(secret: string, n: number): Promise<void> {
    const server = this.#servers[n % this.#servers.length] ?? '';
    const sentAt = performance.now();
    const { status } = await initialize(server, { 'x-api-key': secret });
    this.#calls.push({ secret, mcpUrl: server, status, sentAt, receivedAt: performance.now() });
  }

  /** @param refused how a call that must not pass is answered */
  expectNoLatePass(what: string, refused: number): void {
    const judged = this.#calls.map((call) => {
      const states = this.#states.get(`${call.secret} ${call.mcpUrl}`) ?? [];
      return { ...call, possible: possibleStatuses(call, states) };
    });
    const decisive = judged.filter(({ possible }) => possible.size === 1);
    const mustFail = decisive.filter(({ possible }) => possible.has(refused));
    const latePasses = mustFail.filter(({ status }) => status === PASSES);
    console.log(
      `${CHANGES} ${what}, ${judged.length} calls, ${decisive.length} of them decisive, ${latePasses.length} late passes`,
    );
    expect(latePasses).toEqual([]);
    // No other answer than those that the states explain, so no refusal of a call that must pass either.
    expect(judged.filter(({ status, possible }) => !possible.has(status))).toEqual([]);
    expect(mustFail.length).toBeGreaterThanOrEqual(CHANGES);
    expect(decisive.length - mustFail.length).toBeGreaterThanOrEqual(CHANGES);
  }
}

describe('no late pass', () => {
  it(`around ${CHANGES} revocations, no call that is sent after the answer is let in`, async () => {
    const trial = new Trial([mcpUrl]);
    let key = { id: '', key: '' };
    const create = async () => {
      const body = { name: `Revoked ${crypto.randomUUID()}` };
      const answer = await trial.change(
        () => client.call(`POST ${KEYS}`, owner, body),
        ({ body: made }) => [{ secret: JSON.parse(made).key, status: PASSES }],
      );
      key = JSON.parse(answer.body);
      trial.use(key.key);
    };
    await create();
    await trial.around(async () => {
      await trial.change(
        () => client.call(`DELETE ${KEYS}/${key.id}`, owner),
        () => [{ secret: key.key, status: NOT_VALID }],
      );
      await create();
    });
    trial.expectNoLatePass('revocations', NOT_VALID);
  });

  it(`around ${CHANGES} rotations without overlap, no call with an old secret is let in after the answer`, async () => {
    const trial = new Trial([mcpUrl]);
    const made = await trial.change(
      () => client.call(`POST ${KEYS}`, owner, { name: 'Rotated' }),
      ({ body }) => [{ secret: JSON.parse(body).key, status: PASSES }],
    );
    const { id, key } = JSON.parse(made.body);
    let secret: string = key;
    trial.use(secret);
    await trial.around(async () => {
      const old = secret;
      const rotated = await trial.change(
        () => client.call(`POST ${KEYS}/${id}/rotate`, owner, { overlap_seconds: 0 }),
        ({ body }) => [
          { secret: old, status: NOT_VALID },
          { secret: JSON.parse(body).key, status: PASSES },
        ],
      );
      secret = JSON.parse(rotated.body).key;
      trial.use(secret);
    });
    trial.expectNoLatePass('rotations', NOT_VALID);
  });

  it(`around ${CHANGES} narrowings, no call that is sent after the answer is let in where the key is not allowed`, async () => {
    const otherUrl = await addServer(gateway, owner, gateway.upstreamUrl, { name: 'Other' });
    const servers = await client.all(SERVERS, owner);
    const idOf = (url: string) => servers.find(({ mcp_url }) => mcp_url === url)?.id;
    const at = (secret: string, here: number, there: number) => [
      { secret, status: here, mcpUrl },
      { secret, status: there, mcpUrl: otherUrl },
    ];
    /** In turn: one server of two, the other one, none for want of the scope. */
    const limits = [
      { patch: { mcp_server_ids: [idOf(mcpUrl)], scopes: ['mcp:invoke'] }, statuses: [PASSES, NOT_ALLOWED] },
      {
        patch: { mcp_server_ids: [idOf(otherUrl)], scopes: ['mcp:invoke'] },
        statuses: [NOT_ALLOWED, PASSES],
      },
      { patch: { scopes: ['config:read'] }, statuses: [NOT_ALLOWED, NOT_ALLOWED] },
    ] as const;

    const trial = new Trial([mcpUrl, otherUrl]);
    const made = await trial.change(
      () => client.call(`POST ${KEYS}`, owner, { name: 'Narrowed' }),
      ({ body }) => at(JSON.parse(body).key, PASSES, PASSES),
    );
    const { id, key } = JSON.parse(made.body);
    trial.use(key);
    let n = 0;
    await trial.around(async () => {
      const { patch, statuses } = limits[n++ % limits.length] ?? limits[0];
      await trial.change(
        () => client.call(`PATCH ${KEYS}/${id}`, owner, patch),
        () => at(key, statuses[0], statuses[1]),
      );
    });
    trial.expectNoLatePass('narrowings', NOT_ALLOWED);
  });
});

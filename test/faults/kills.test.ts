import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { type Answer, CONFIG_PATH, type Gateway, initialize, startGateway } from '../support/gateway.ts';
import {
  KEYS,
  managementClient,
  type Page,
  parsed,
  type Resource,
  SERVERS,
  serverPath,
  type TestProject,
} from '../support/management.ts';
import { until } from '../support/until.ts';
import { startUpstream, type TestUpstream } from '../support/upstream.ts';

const KILLS = Number(process.env.PORTCULLIS_KILLS ?? 3);
/** Clients that change keys of their own, one change after another. */
const KEY_OWNERS = 6;
/** A kill comes with the answer to a change that is drawn at random from so many. */
const CHANGES = 120;
const AUDIT = '/api/v3/org/project/audit';
const PATIENCE_MS = 60_000;
const SCOPES = { wide: ['mcp:invoke', 'logs:read'], narrow: ['logs:read'] } as const;

// One lost change is one too many.
jest.retryTimes(0);

let stateDir: string;
let upstream: TestUpstream;
let gateway: Gateway;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'portcullis-kills-'));
  upstream = await startUpstream();
  gateway = await started();
});
afterAll(async () => {
  await killGateway();
  upstream.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** What can fail on a busy machine for want of time, and be done again. */
async function again<Value>(make: () => Promise<Value>, attempts = 5): Promise<Value> {
  return make().catch((error: unknown) => {
    if (attempts === 1) throw error;
    return again(make, attempts - 1);
  });
}
const started = () => again(() => startGateway({ stateDir }));

/** The gateway and its store end as they are, in any order: nobody can finish, flush or answer anything. */
async function killGateway(): Promise<void> {
  const pids = ['gateway.pid', 'dynamodb.pid'].map((file) =>
    Number(readFileSync(join(stateDir, file), 'utf8')),
  );
  const [killed = 0] = pids;
  if (randomInt(2) === 0) pids.reverse();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  while (isThere(killed)) await delay(5);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What is only read, or may be done twice: as long as the store of a busy machine is too slow, it is asked again. */
async function patiently(request: string, key: string): Promise<Answer> {
  const client = managementClient(gateway);
  return until(
    () => client.call(request, key),
    ({ status }) => status < 500,
    PATIENCE_MS,
  );
}
const read = async (path: string, key: string) => parsed(await patiently(`GET ${path}`, key));
async function list(path: string, key: string): Promise<Resource[]> {
  const rows: Resource[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await read(`${path}?limit=100${cursor && `&cursor=${cursor}`}`, key);
    rows.push(...page.items);
    cursor = page.next_cursor;
  }
  return rows;
}

interface KeyState {
  readonly name: string;
  readonly status: string;
  readonly scopes: readonly string[];
}
/** A key as its one owner was told of it. */
interface OwnedKey {
  readonly id: string;
  told: KeyState;
  /** What it is if that was done which its owner has asked for and has no answer to. */
  asked: KeyState;
  isRotating: boolean;
  newest: string;
  readonly replaced: string[];
}

/** Makes a change, and notes that it was answered as made. @throws when it was not answered so */
type Make = (request: string, key: string, body?: unknown) => Promise<Resource>;

/** Projects in which clients change things of their own until the gateway is killed under their hands. */
async function startEpoch() {
  const client = managementClient(gateway);
  const project = await client.newProject({ require_mcp_api_key: true });
  const toggled = await client.newProject({ require_mcp_api_key: false, display_name: '0' });
  const server = await client.newServer(project.key, { upstream: { kind: 'http', url: upstream.url } });
  const moved = await client.newServer(project.key, { upstream: { kind: 'http', url: upstream.url } });
  return {
    project,
    server,
    keys: [] as OwnedKey[],
    /** The names of keys that were asked for, without an answer. */
    unanswered: new Set<string>(),
    toggled: { project: toggled, told: 0, asked: 0 },
    moved: { id: moved.id, told: moved.mcp_url, isMoving: false, left: [] as string[] },
    /** The request ids of changes that were answered as made. */
    made: [] as string[],
  };
}
type Epoch = Awaited<ReturnType<typeof startEpoch>>;

async function changeKeys(epoch: Epoch, owner: number, make: Make): Promise<never> {
  const { project, keys, unanswered } = epoch;
  for (let n = 0; ; n++) {
    const first: KeyState = { name: `Key ${n} of ${owner}`, status: 'active', scopes: SCOPES.wide };
    unanswered.add(first.name);
    const { id, key } = await make(`POST ${KEYS}`, project.key, { name: first.name, scopes: first.scopes });
    unanswered.delete(first.name);
    const own: OwnedKey = { id, told: first, asked: first, isRotating: false, newest: key, replaced: [] };
    keys.push(own);
    const change = async (request: string, becomes: Partial<KeyState>, body?: object) => {
      own.asked = { ...own.told, ...becomes };
      const answer = await make(request, project.key, body);
      own.told = own.asked;
      return answer;
    };
    const renamed = { name: `${first.name}, renamed` };
    await change(`PATCH ${KEYS}/${id}`, renamed, renamed);
    own.isRotating = true;
    const rotated = await change(`POST ${KEYS}/${id}/rotate`, {}, {});
    own.isRotating = false;
    own.replaced.push(own.newest);
    own.newest = rotated.key;
    await change(`PATCH ${KEYS}/${id}`, { scopes: SCOPES.narrow }, { scopes: SCOPES.narrow });
    if (n % 2 === 0) await change(`DELETE ${KEYS}/${id}`, { status: 'revoked' });
  }
}

/** Two fields that always change together: an even number with the gate down, an odd one with it up. */
async function toggle({ toggled }: Epoch, make: Make): Promise<never> {
  for (;;) {
    toggled.asked = toggled.told + 1;
    await make(`PATCH ${CONFIG_PATH}`, toggled.project.key, settingsOf(toggled.asked));
    toggled.told = toggled.asked;
  }
}
const settingsOf = (n: number) => ({ require_mcp_api_key: n % 2 === 1, display_name: String(n) });

async function move({ project, moved }: Epoch, make: Make): Promise<never> {
  for (;;) {
    moved.isMoving = true;
    const { mcp_url } = await make(`POST ${serverPath(moved.id)}/rotate_url`, project.key, {});
    moved.isMoving = false;
    moved.left.push(moved.told);
    moved.told = mcp_url;
  }
}

/** Lets the clients work, and kills the gateway with one of the answers. */
async function workUntilKilled(epoch: Epoch): Promise<void> {
  const client = managementClient(gateway);
  const killAfter = randomInt(1, CHANGES);
  const due = Promise.withResolvers<void>();
  let isKilled = false;
  const make: Make = async (request, key, body) => {
    if (isKilled) throw new Error('There is no gateway any more');
    const answer = await client.call(request, key, body);
    if (answer.status >= 300) throw new Error(`${request}: ${answer.status}`);
    epoch.made.push(String(answer.headers['x-request-id']));
    if (epoch.made.length === killAfter) due.resolve();
    return JSON.parse(answer.body || '{}');
  };
  const clients = [
    ...Array.from({ length: KEY_OWNERS }, (_, owner) => changeKeys(epoch, owner, make)),
    toggle(epoch, make),
    move(epoch, make),
  ];
  const ended = Promise.allSettled(clients);
  await Promise.race([due.promise, ended]);
  isKilled = true;
  await Promise.all([killGateway(), ended]);
  gateway = await started();
}

const at = (mcpUrl: string) => gateway.url + new URL(mcpUrl).pathname;
async function statusAt(mcpUrl: string, key: string): Promise<number> {
  const call = () => initialize(at(mcpUrl), { 'x-api-key': key });
  return (await until(call, ({ status }) => status < 500, PATIENCE_MS)).status;
}

function gateStatus({ status, scopes }: KeyState): number {
  if (status !== 'active') return 401;
  return scopes.includes('mcp:invoke') ? 200 : 403;
}

async function expectWhole(epoch: Epoch): Promise<void> {
  const { project, server, keys, unanswered, toggled, moved } = epoch;
  const listed = (await list(KEYS, project.key)).filter(({ id }) => id !== project.keyId);
  for (const key of keys) {
    const { id, name, status, scopes } = await read(`${KEYS}/${key.id}`, project.key);
    const state = { name, status, scopes };
    expect([key.told, key.asked]).toContainEqual(state);
    expect(listed.find((row) => row.id === id)).toMatchObject(state);
    const opens = await statusAt(server.mcp_url, key.newest);
    expect(key.isRotating ? [gateStatus(state), 401] : [gateStatus(state)]).toContain(opens);
    for (const replaced of key.replaced) expect(await statusAt(server.mcp_url, replaced)).toBe(401);
  }
  const others = listed.filter(({ id }) => !keys.some((key) => key.id === id));
  for (const { name, status } of others) expect([unanswered.has(name), status]).toEqual([true, 'active']);

  // Nothing is in anybody's way: what was left unanswered can be ended, with every secret that it had.
  const open = keys.filter(({ told, asked, isRotating }) => isRotating || told !== asked);
  for (const { id } of [...open, ...others])
    expect((await patiently(`DELETE ${KEYS}/${id}`, project.key)).status).toBeLessThan(300);
  for (const { newest } of open) expect(await statusAt(server.mcp_url, newest)).toBe(401);
  for (const key of open) key.told = key.asked = { ...key.told, status: 'revoked' };

  const { require_mcp_api_key, display_name } = await read(CONFIG_PATH, toggled.project.key);
  expect([settingsOf(toggled.told), settingsOf(toggled.asked)]).toContainEqual({
    require_mcp_api_key,
    display_name,
  });

  const { mcp_url } = await read(serverPath(moved.id), project.key);
  if (!moved.isMoving) expect(at(mcp_url)).toBe(at(moved.told));
  expect(await statusAt(mcp_url, project.key)).toBe(200);
  const isOld = at(mcp_url) !== at(moved.told);
  for (const left of isOld ? [...moved.left, moved.told] : moved.left)
    expect(await statusAt(left, project.key)).toBe(404);

  await expectAudited(epoch);
}

/** Each change that was answered as made stands in the audit trail, once. */
async function expectAudited({ project, toggled, made }: Epoch): Promise<void> {
  const trails = await Promise.all([project, toggled.project].map(({ key }) => list(AUDIT, key)));
  const told = trails.flat().map((row) => (row as unknown as { request_id: string }).request_id);
  expect(made.filter((id) => told.filter((other) => other === id).length !== 1)).toEqual([]);
}

it(
  `${KILLS} times killed amid changes, the gateway has lost no change that was answered, and left none half done`,
  async () => {
    let changes = 0;
    const projects: TestProject[] = [];
    for (let n = 0; n < KILLS; n++) {
      const epoch = await again(startEpoch);
      await workUntilKilled(epoch);
      await expectWhole(epoch);
      changes += epoch.made.length;
      projects.push(epoch.project);
    }
    expect(changes).toBeGreaterThan(KILLS);
    console.log(`${KILLS} kills, ${changes} changes that were answered, none lost`);
    // What was there before is there after all that followed.
    for (const { key } of projects) expect((await list(SERVERS, key)).length).toBe(2);
  },
  120_000 + KILLS * 30_000,
);

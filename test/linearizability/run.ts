import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { randomLcg } from 'd3-random';
import { clientOf, TABLE } from '../../bench/embedded-store.ts';
import { keyHash } from '../../functions/domain/api-key.ts';
import type { Table } from '../../functions/table/client.ts';
import { createTables } from '../../local/store.ts';
import { storeKey, storeProject, storeServer } from '../support/fixtures.ts';
import { check, type Entry, type FirstSecret } from './model.ts';
import type { FromProcess, Play, ToProcess } from './process.ts';

const PROCESSES = 3;
/** Of one history in one process. */
const CLIENTS = 2;
const OPERATIONS_OF_A_HISTORY = 400;

export interface Plan {
  /** How many operations at least. */
  readonly operations: number;
  readonly seed: number;
  /** Histories that are played at once, each around a project of its own. */
  readonly lanes: number;
  /** So often a process is killed, milliseconds; `undefined`: never. */
  readonly killEveryMs?: number;
  /** Of the authorizer, which promises nothing else. */
  readonly cacheSeconds?: number;
  readonly onHistory?: (report: Report) => void;
}

/** What was played. */
export interface Report {
  /** Those that were answered, and changes without an answer. */
  readonly operations: number;
  readonly changes: number;
  readonly unanswered: number;
  readonly histories: number;
  readonly registers: number;
  readonly kills: number;
  /** How many requests of the store met which fault. */
  readonly faults: Readonly<Record<string, number>>;
  /** What no order of the operations explains, with the number of its history. */
  readonly stale: readonly { readonly history: number; readonly entry: Entry }[];
}

/**
 * Lets clients of several gateway processes toggle, change keys and call, around one store that fails at times, and checks every
 * history.
 */
export async function play(plan: Plan): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-histories-'));
  const store = forked('store.ts', [join(folder, 'store'), String(plan.seed)], {});
  const [{ port, faultyPort }] = await once(store, 'message');
  const endpoint = `http://127.0.0.1:${port}`;
  await createTables(endpoint, [TABLE]);
  const client = clientOf(endpoint);
  const table = { client: patient(DynamoDBDocumentClient.from(client)), name: TABLE.TableName };
  const processes = new Processes(faultyPort, plan.cacheSeconds ?? 0);
  const random = randomLcg(plan.seed);
  const total = { operations: 0, changes: 0, unanswered: 0, histories: 0, registers: 0 };
  const stale: { history: number; entry: Entry }[] = [];
  const report = (faults = {}): Report => ({ ...total, kills: processes.kills, faults, stale });
  const killing =
    plan.killEveryMs === undefined
      ? undefined
      : setInterval(() => processes.kill(random()), plan.killEveryMs);
  let begun = 0;
  try {
    await processes.started();
    await Promise.all(
      Array.from({ length: plan.lanes }, async () => {
        while (total.operations < plan.operations) {
          const history = begun++;
          const seeds = Array.from({ length: PROCESSES }, () => random());
          const { firstSecrets, entries } = await playHistory(history, seeds, { table, folder, processes });
          const { registers, stale: found } = check({ firstSecrets, entries });
          const count = (kind: Entry['entry'], verdict?: string) =>
            entries.filter((one) => one.entry === kind && (one.entry !== 'told' || one.verdict === verdict))
              .length;
          total.operations += count('call') + count('settings') + count('key') + count('asked');
          total.changes += count('told', 'made');
          total.unanswered += count('asked') - entries.filter(({ entry }) => entry === 'told').length;
          total.histories++;
          total.registers += registers;
          stale.push(...found.map((entry) => ({ history, entry })));
          plan.onHistory?.(report());
        }
      }),
    );
    store.send('counts');
    const [faults] = await once(store, 'message');
    return report(faults);
  } finally {
    clearInterval(killing);
    client.destroy();
    processes.stop();
    store.disconnect();
    await once(store, 'exit');
    rmSync(folder, { recursive: true });
  }
}

/** What is stored before a history begins has no deadline: a machine that is busy is no fault here. */
function patient(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  const { send } = client;
  return Object.assign(client, { send: (command: object) => Reflect.apply(send, client, [command]) });
}

const PATIENCE = new URL('patience.ts', import.meta.url).href;

const forked = (script: string, args: readonly string[], environment: Record<string, string>): ChildProcess =>
  fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ['--no-warnings', '--import', PATIENCE],
    env: { ...process.env, ...environment },
    // What the authorizer prints are its records.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

/** The gateway's processes: one that was killed is replaced. */
class Processes {
  kills = 0;
  private running: { readonly child: ChildProcess; isReady: boolean }[] = [];
  private isStopping = false;
  private readonly environment: Record<string, string>;

  constructor(storePort: number, cacheSeconds: number) {
    this.environment = {
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${storePort}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      PORTCULLIS_TABLE_NAME: TABLE.TableName,
      PORTCULLIS_CACHE_SECONDS: String(cacheSeconds),
      PORTCULLIS_ROOT_SECRET_ID: 'not read here',
      PORTCULLIS_SERVICE_NAME: 'Portcullis',
      POWERTOOLS_LOG_LEVEL: 'SILENT',
    };
    for (let n = 0; n < PROCESSES; n++) this.start();
  }

  async started(): Promise<void> {
    while (this.ready().length < PROCESSES) {
      await Promise.race(this.running.map(({ child }) => once(child, 'message')));
    }
  }

  ready(): ChildProcess[] {
    return this.running.filter(({ isReady }) => isReady).map(({ child }) => child);
  }

  /** @param which 0…1 */
  kill(which: number): void {
    const ready = this.ready();
    ready[Math.floor(which * ready.length)]?.kill('SIGKILL');
    this.kills++;
  }

  stop(): void {
    this.isStopping = true;
    for (const { child } of this.running) child.disconnect();
  }

  private start(): void {
    const one = { child: forked('process.ts', [], this.environment), isReady: false };
    one.child.setMaxListeners(100);
    this.running.push(one);
    one.child.on('message', (message: FromProcess) => {
      if (message === 'ready') one.isReady = true;
      else if ('learned' in message) {
        for (const other of this.ready()) {
          if (other !== one.child) send(other, { learned: message.learned });
        }
      }
    });
    one.child.once('exit', () => {
      this.running = this.running.filter((other) => other !== one);
      if (!this.isStopping) this.start();
    });
  }
}

/** One that was killed a moment ago gets nothing. */
const send = (child: ChildProcess, message: ToProcess): void => void child.send(message, () => {});

async function playHistory(
  history: number,
  seeds: readonly number[],
  { table, folder, processes }: { table: Table; folder: string; processes: Processes },
): Promise<{ firstSecrets: FirstSecret[]; entries: Entry[] }> {
  const { slug, owner, keys } = await storedProject(table);
  const firstSecrets = keys.map(({ id: key, secret }) => ({ key, secret: keyHash(secret) }));
  const operations = Math.ceil(OPERATIONS_OF_A_HISTORY / PROCESSES);
  const files = await Promise.all(
    processes.ready().map(async (child, n) => {
      const notes = join(folder, `${history}-${n}`);
      const play: Play = {
        ...{ history, notes, slug, owner, keys, operations },
        clients: CLIENTS,
        seed: seeds[n] ?? 0,
      };
      const ended = new Promise<void>((resolve) => {
        const onMessage = (message: FromProcess) => {
          if (message === 'ready') return;
          if ('first' in message && message.learned.history === history && message.first !== undefined) {
            firstSecrets.push(message.first);
          }
          if ('done' in message && message.done === history) finish();
        };
        const finish = () => {
          child.off('message', onMessage).off('exit', finish);
          resolve();
        };
        child.on('message', onMessage).once('exit', finish);
      });
      send(child, { play });
      await ended;
      return notes;
    }),
  );
  const entries = files.filter((file) => existsSync(file)).flatMap(entriesOf);
  for (const file of files) rmSync(file, { force: true });
  return { firstSecrets, entries };
}

async function storedProject(table: Table) {
  const projectId = await storeProject(table);
  const [{ slug }, { secret: owner }, ...keys] = await Promise.all([
    storeServer(table, projectId),
    storeKey(table, projectId, { scopes: ['*'] }),
    ...[1, 2].map(() => storeKey(table, projectId, { allowed_tools: ['tool'] })),
  ]);
  return { slug, owner, keys };
}

/** A process that was killed may have broken off in its last line. */
const entriesOf = (file: string): Entry[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

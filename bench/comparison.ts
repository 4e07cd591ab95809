import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { contextForge } from './comparison/contextforge.ts';
import { litellm } from './comparison/litellm.ts';
import type { Calls, Problem, Stream, Task } from './comparison/load.ts';
import { mcpProxy } from './comparison/mcp-proxy.ts';
import { functionsAlone, portcullis } from './comparison/portcullis.ts';
import {
  cpuMs,
  megabytes,
  quiet,
  startScript,
  startWorker,
  stop,
  UPSTREAM_SCRIPT,
} from './comparison/processes.ts';
import { callOnce, open } from './comparison/protocol.ts';
import { revocation } from './comparison/revocation.ts';
import { OWN_TOOLS, type Running, type Way } from './comparison/way.ts';
import { median } from './median.ts';

const FORWARDER = new URL('comparison/forwarder.ts', import.meta.url);
const CONNECTIONS = [1, 8, 64];
const ROUNDS = Number(process.env.COMPARISON_ROUNDS ?? 5);
const SECONDS = Number(process.env.COMPARISON_SECONDS ?? 3);
/** A slow way is given longer, so that each connection may have three answers; but no longer than this. */
const SECONDS_AT_MOST = 12;
const WARM_UP = { connections: 8, seconds: 2 };
const STREAM = { chunks: 40, everyMs: 5 };
const QUIET_WITHIN_MS = 5_000;

/** Which of them: `COMPARISON_WAYS=portcullis,litellm`. */
const WAYS: Readonly<Record<string, Way>> = {
  forwarder: {
    name: 'bare Node forwarder',
    start: async (upstream) => withoutKey(await startScript(FORWARDER, String(upstream))),
  },
  portcullis: portcullis('**Portcullis**', []),
  'portcullis-cached': portcullis('**Portcullis, `--cache-seconds 5`**', ['--cache-seconds', '5']),
  functions: functionsAlone('**Portcullis, its functions alone**', 0),
  'functions-cached': functionsAlone('**Portcullis, its functions alone, `cacheSeconds` 5**', 5),
  'mcp-proxy': mcpProxy,
  contextforge: contextForge('as it comes', {}, false),
  'contextforge-sessions': contextForge('stateful sessions', { USE_STATEFUL_SESSIONS: 'true' }, true),
  litellm,
};

interface Round extends Calls {
  /** Of the gateway, with what it still did after the last answer; of the direct way, the server's. */
  readonly cpuMs: number;
}

/** What is measured of one way. */
interface Measured {
  readonly name: string;
  readonly running: Running;
  readonly startSeconds: number;
  readonly atRest: number;
  /** Requests a second, before the rounds. */
  speed: number;
  underLoad: number;
  readonly rounds: Map<number, Round[]>;
  readonly streams: Stream[];
  revoked: string;
}

/**
 * The same MCP server and the same load, directly, through Portcullis and through what else can be put in front of it: in
 * interleaved rounds, each gateway, the server and the load generator in processes of their own on one machine.
 * @returns Markdown
 */
export async function comparison(): Promise<string> {
  process.once('SIGINT', () => process.exit(130));
  const asked = process.env.COMPARISON_WAYS?.split(',') ?? Object.keys(WAYS);
  const unknown = asked.filter((id) => !Object.hasOwn(WAYS, id));
  if (unknown.length > 0)
    throw new Error(`There is no way ${unknown.join(', ')}: take ${Object.keys(WAYS).join(', ')}`);
  const load = startWorker(new URL('comparison/load.ts', import.meta.url));
  const measured: Measured[] = [];
  const missing: string[] = [];
  try {
    const direct = await begin('direct', async () => withoutKey(await startScript(UPSTREAM_SCRIPT)));
    measured.push(direct);
    const upstream = Number(new URL(direct.running.target.url).port);
    for (const [id, way] of Object.entries(WAYS).filter(([id]) => asked.includes(id))) {
      const problem = way.install?.();
      if (problem !== undefined) {
        missing.push(`${way.name} was not measured: ${problem}`);
        continue;
      }
      note(`starting ${id}`);
      try {
        measured.push(await begin(way.name, () => way.start(upstream)));
      } catch (error) {
        missing.push(`${way.name} was not measured: ${messageOf(error)}`);
      }
    }
    /** One that fails is left out from there on, and the table says so. */
    const inTurn = async (measure: (each: Measured) => Promise<void>): Promise<void> => {
      for (const each of measured.slice()) {
        try {
          await measure(each);
        } catch (error) {
          if (each === direct) throw error;
          missing.push(`${each.name} was not measured to its end: ${messageOf(error)}`);
          measured.splice(measured.indexOf(each), 1);
          await each.running.stop();
        }
      }
    };
    await inTurn(async (each) => {
      each.speed = (await callsOf(each, WARM_UP.connections, WARM_UP.seconds, load)).perSecond;
    });
    for (let round = 1; round <= ROUNDS; round++) {
      note(`round ${round} of ${ROUNDS}`);
      for (const connections of CONNECTIONS) {
        await inTurn(async (each) => {
          const seconds = Math.min(SECONDS_AT_MOST, Math.max(SECONDS, (3 * connections) / each.speed));
          const result = await callsOf(each, connections, seconds, load);
          each.rounds.set(connections, [...(each.rounds.get(connections) ?? []), result]);
        });
      }
      await inTurn(async (each) => {
        const task: Task = { kind: 'stream', target: each.running.target, ...STREAM };
        each.streams.push((await askLoad(load, task)) as Stream);
      });
    }
    note('revoking');
    await Promise.all(measured.map(revoke));
    return [callsTable(measured), otherTable(measured), ...wrongs(measured), ...missing].join('\n\n');
  } finally {
    await Promise.all(measured.map(({ running }) => running.stop()));
    await stop(load);
  }
}

function withoutKey(child: ChildProcess & { port: number }): Running {
  return {
    target: { url: `http://127.0.0.1:${child.port}/mcp`, headers: {}, tools: OWN_TOOLS },
    pid: Number(child.pid),
    revocation: '—',
    stop: () => stop(child),
  };
}

async function begin(name: string, start: () => Promise<Running>): Promise<Measured> {
  const started = performance.now();
  const running = await start();
  const { target, pid } = running;
  try {
    const status = await callOnce(target, await open(target));
    if (status !== 200) throw new Error(`its first answer was ${status}`);
  } catch (error) {
    await running.stop();
    throw error;
  }
  const startSeconds = (performance.now() - started) / 1000;
  await quiet(pid, QUIET_WITHIN_MS);
  const atRest = megabytes(pid);
  return {
    name,
    running,
    startSeconds,
    atRest,
    speed: 0,
    underLoad: 0,
    rounds: new Map(),
    streams: [],
    revoked: '',
  };
}

async function callsOf(
  each: Measured,
  connections: number,
  seconds: number,
  load: ChildProcess,
): Promise<Round> {
  const { target, pid } = each.running;
  const before = cpuMs(pid);
  const result = (await askLoad(load, { kind: 'calls', target, connections, seconds })) as Calls;
  each.underLoad = Math.max(each.underLoad, megabytes(pid));
  await quiet(pid, QUIET_WITHIN_MS);
  const took = cpuMs(pid) - before;
  return { ...result, cpuMs: result.answered === 0 ? Number.NaN : took / result.answered };
}

async function askLoad(load: ChildProcess, task: Task): Promise<Calls | Stream> {
  load.send(task);
  const [result] = (await once(load, 'message')) as [Calls | Stream | Problem];
  if ('problem' in result) throw new Error(result.problem);
  return result;
}

async function revoke(each: Measured): Promise<void> {
  const { revocation: way, target, beside } = each.running;
  if (typeof way === 'string') {
    each.revoked = way;
    return;
  }
  try {
    const second = await beside?.();
    const [first, ...others] = await revocation(second === undefined ? [target] : [target, second], way);
    each.revoked = [first, ...others.map((time) => `in a second process ${time}`)].join('; ');
  } catch (error) {
    each.revoked = `not measured: ${messageOf(error)}`;
  }
}

function callsTable(measured: readonly Measured[]): string {
  const rows = CONNECTIONS.flatMap((connections) =>
    measured.map(({ name, rounds }) => {
      const own = rounds.get(connections) ?? [];
      const direct = measured[0]?.rounds.get(connections) ?? [];
      /** Each round with the direct one beside it. */
      const beside = (compare: (round: Round, direct: Round) => number) =>
        own.flatMap((round, index) => {
          const other = direct[index];
          return other === undefined ? [] : [compare(round, other)];
        });
      const cells = [
        spread(
          own.map(({ perSecond }) => perSecond),
          0,
        ),
        median(beside((round, other) => round.perSecond / other.perSecond)).toFixed(3),
        spread(
          own.map(({ p50 }) => p50),
          2,
        ),
        own === direct ? '—' : signed(median(timed(beside((round, other) => round.p50 - other.p50)))),
        spread(
          own.map(({ p99 }) => p99),
          1,
        ),
        median(timed(own.map((round) => round.cpuMs))).toFixed(2),
      ];
      return `| ${connections} | ${name} | ${cells.join(' | ')} |`;
    }),
  );
  return [
    '| connections | way | requests/s | of direct | p50, ms | added p50, ms | p99, ms | CPU ms a call |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function otherTable(measured: readonly Measured[]): string {
  const rows = measured.map(({ name, startSeconds, atRest, underLoad, streams, revoked }) => {
    const firstByte = median(streams.map((stream) => stream.firstByte));
    const chunkDelay = median(streams.map((stream) => stream.chunkDelay));
    const times = [firstByte, chunkDelay].map((time) => (Number.isNaN(time) ? '—' : time.toFixed(2)));
    return `| ${[name, startSeconds.toFixed(1), atRest, underLoad, ...times, revoked].join(' | ')} |`;
  });
  return [
    '| way | s to the first answer | MB at rest | MB under load | first byte of a stream, ms | delay of a chunk, ms | a revoked key works for |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const signed = (value: number) => (Number.isNaN(value) ? '—' : `${value < 0 ? '' : '+'}${value.toFixed(2)}`);

const timed = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));

/** The median and, in brackets, the least and the most; without rounds that had no answer to be timed. */
function spread(all: readonly number[], digits: number): string {
  const values = timed(all);
  if (values.length === 0) return '—';
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)];
  return `${middle.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

/** Says of each way whose answers were not all right how many were not. */
function wrongs(measured: readonly Measured[]): string[] {
  return measured.flatMap(({ name, rounds }) => {
    const all = [...rounds.values()].flat().map(({ wrong }) => wrong);
    const sum = (kind: keyof Calls['wrong']) => all.reduce((total, wrong) => total + wrong[kind], 0);
    const [status, text, connection] = [sum('status'), sum('text'), sum('connection')];
    return status + text + connection === 0
      ? []
      : [`${name}: ${status} answers were no 2xx, ${text} not the echo, ${connection} connections broke.`];
  });
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const note = (text: string) => console.error(`comparison: ${text}`);

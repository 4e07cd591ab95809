import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import * as z from 'zod';
import { until } from '../test/support/until.ts';
import { megabytes, startScript, stop, UPSTREAM_SCRIPT } from './comparison/processes.ts';
import { countCall, echoCall, headersOf, type Target, TEXT } from './comparison/protocol.ts';
import { api, OWN_TOOLS } from './comparison/way.ts';
import { quantile, startGateway } from './gateway.ts';
import { median } from './median.ts';

const MINUTES = Number(process.env.LOAD_MINUTES ?? 10);
const MINUTE_MS = 60_000;
/** Requests a second that are tried first, and by how much more is tried while each step is held for a minute. */
const FIRST_RATE = 200;
const STEP = 1.2;
/** A rate is held when so much of it is answered rightly, and the row of a call is in the log so soon. */
const HELD_SHARE = 0.98;
const HELD_LAG_MS = 5_000;
const CONNECTIONS = 32;
/** What is asked for at the rate; all else is beside it. */
const HAMMERED = ['calls', 'refusals', 'readings of the settings'] as const;
const STREAMS = 4;
const STREAM = { chunks: 20, everyMs: 100 };
const TOGGLE_EVERY_MS = 500;
const CHANGE_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 5_000;
const LOOK_AGAIN_MS = 100;
const MAX_LAG_MS = 60_000;
const MAX_DRAIN_MS = 600_000;
/** The last third may be that much above the first, and is flat. */
const FLAT_WITHIN = 1.25;

const delaySchema = z.object({ p99: z.number(), max: z.number() });
const projectSchema = z.object({ api_key: z.string() });
const serverSchema = z.object({ mcp_url: z.string() });
const logSchema = z.object({ items: z.array(z.unknown()) });
const keySchema = z.object({ id: z.string(), key: z.string() });

/** Since the last look. */
interface Seen {
  readonly answered: Record<string, number>;
  readonly wrong: Map<string, number>;
  latencies: number[];
  /** How long each call that was looked for took until it stood in the log, in milliseconds. */
  lags: number[];
  loop: z.infer<typeof delaySchema>[];
  memory: number[];
  handles: number[];
}

interface Row {
  readonly requests: number;
  readonly wrong: number;
  readonly figures: Readonly<Record<string, number>>;
}

/**
 * Minutes of calls, refusals, streams, changes of settings and keys at the highest rate that the local gateway holds, its log too.
 * @returns a Markdown table with a row a minute, and what rose from its first third to its last
 */
export async function load(): Promise<string> {
  const upstream = await startScript(UPSTREAM_SCRIPT);
  const most = ['--throttle-rate', '10000', '--throttle-burst', '5000'];
  const monitor = new URL('load/monitor.ts', import.meta.url).href;
  const gateway = await startGateway(`http://127.0.0.1:${upstream.port}/mcp`, most, monitor);
  let seen = nothing();
  gateway.onMessage((message) => seen.loop.push(delaySchema.parse(message)));
  const look = setInterval(() => {
    seen.memory.push(megabytes(gateway.pid, 'RssAnon'));
    seen.handles.push(readdirSync(`/proc/${gateway.pid}/fd`).length);
  }, LOOK_EVERY_MS);
  const took: Took = (kind, wrong) => {
    seen.answered[kind] = (seen.answered[kind] ?? 0) + 1;
    if (wrong !== undefined) seen.wrong.set(wrong, (seen.wrong.get(wrong) ?? 0) + 1);
  };
  try {
    const own = { 'x-api-key': gateway.key };
    const raised: Target = { url: gateway.mcpUrl, headers: own, tools: OWN_TOOLS };
    await api('PATCH', `${gateway.url}/api/v3/org/project/config`, own, { require_mcp_api_key: true });
    const toggled = await anotherProject(gateway, `http://127.0.0.1:${upstream.port}/mcp`);

    const lag = () => logLag(gateway.url, raised, took);

    /** @returns what was seen in each minute */
    const hold = async (overallRate: number, minutes: number): Promise<Seen[]> => {
      const ending = new AbortController();
      const run = hammer(raised, overallRate, took, (milliseconds) => seen.latencies.push(milliseconds));
      const beside = [
        ...Array.from({ length: STREAMS }, () => again(ending.signal, 0, () => stream(raised, took))),
        again(ending.signal, TOGGLE_EVERY_MS, () => toggle(gateway.url, toggled, took)),
        again(ending.signal, CHANGE_EVERY_MS, () => changeKeys(gateway.url, raised, took)),
        again(ending.signal, LOOK_EVERY_MS, async () => void seen.lags.push(await lag())),
      ];
      const held: Seen[] = [];
      seen = nothing();
      for (let minute = 0; minute < minutes; minute++) {
        await delay(MINUTE_MS);
        held.push(seen);
        seen = nothing();
      }
      await run.stop();
      ending.abort();
      await Promise.all(beside);
      held.at(-1)?.lags.push(...seen.lags); // Of looks that had begun.
      // What is not in the log yet would be counted against the next rate.
      await until(lag, (milliseconds) => milliseconds < HELD_LAG_MS, MAX_DRAIN_MS);
      return held;
    };

    const tried: string[] = [];
    let rate = 0;
    for (let next = FIRST_RATE; ; next = Math.round(next * STEP)) {
      const [minute = nothing()] = await hold(next, 1);
      const { wrong, figures } = rowOf(minute);
      const right = HAMMERED.reduce((sum, kind) => sum + (minute.answered[kind] ?? 0), 0) - wrong;
      const latest = Math.max(...minute.lags);
      const isHeld = right >= next * 60 * HELD_SHARE && latest < HELD_LAG_MS;
      const p99 = figures['p99, ms']?.toFixed(0);
      tried.push(
        `${next} (${Math.round(right / 60)} answered rightly, ${wrong} wrong, p99 ${p99} ms, log ${latest} ms)`,
      );
      if (!isHeld) break;
      rate = next;
    }
    if (rate === 0) return `Not even ${FIRST_RATE} requests a second are held: ${tried.join(', ')}.`;
    const minutes = await hold(rate, MINUTES);
    const sum = (counts: (of: Seen) => Iterable<[string, number]>): Record<string, number> => {
      const all = new Map<string, number>();
      for (const [what, count] of minutes.flatMap((minute) => [...counts(minute)]))
        all.set(what, (all.get(what) ?? 0) + count);
      return Object.fromEntries(all);
    };
    return [
      `Each held for a minute, in requests a second: ${tried.join(', ')}.`,
      `${rate} a second were asked for by ${CONNECTIONS} connections, with ${STREAMS} streams, a toggle twice a second, and a key made ` +
        'and revoked each second beside them.',
      tableOf(minutes.map(rowOf)),
      `Answered: ${list(sum(({ answered }) => Object.entries(answered)))}. Wrong: ${list(sum(({ wrong }) => wrong))}.`,
    ].join('\n\n');
  } finally {
    clearInterval(look);
    await gateway.stop();
    await stop(upstream);
  }
}

/** The status of an answer, and the slug of its error, without what is of this one request; else what broke. */
function whatWentWrong(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const status = / (\d{3}) /.exec(message)?.[1];
  if (status !== undefined) return `${status} ${/"slug":"(\w+)"/.exec(message)?.[1] ?? ''}`.trim();
  return cause instanceof Error && 'code' in cause ? String(cause.code) : message;
}

/**
 * Makes a call that passes and one that is refused, whose lines come from different functions, and waits until both stand in the
 * log: behind them are at most the few deliveries that are under way, or tried again.
 * @returns milliseconds; {@link MAX_LAG_MS} when they are not there by then
 */
async function logLag(gatewayUrl: string, target: Target, took: Took): Promise<number> {
  // A client that nobody has seen: refusals of the same one share a row.
  const keyless = { ...headersOf({ ...target, headers: {} }), 'user-agent': `logged/${performance.now()}` };
  const startedAt = performance.now();
  try {
    for (const headers of [headersOf(target), keyless]) {
      const call = await fetch(target.url, { method: 'POST', headers, body: echoCall(target) });
      await call.arrayBuffer();
      const row = `${gatewayUrl}/api/v3/org/project/logs?request_id=${call.headers.get('x-request-id')}`;
      const isThere = async () => {
        await delay(LOOK_AGAIN_MS);
        return logSchema.parse(await api('GET', row, target.headers)).items.length > 0;
      };
      if (!(await until(isThere, (found) => found, MAX_LAG_MS))) return MAX_LAG_MS;
    }
    took('looks at the log');
    return Math.round(performance.now() - startedAt);
  } catch (error) {
    took('looks at the log', `a look at the log failed: ${whatWentWrong(error)}`);
    return MAX_LAG_MS;
  }
}

type Took = (kind: string, wrong?: string) => void;

const nothing = (): Seen => ({
  answered: {},
  wrong: new Map(),
  latencies: [],
  lags: [],
  loop: [],
  memory: [],
  handles: [],
});

const list = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ') || 'none';

async function anotherProject(
  gateway: Awaited<ReturnType<typeof startGateway>>,
  url: string,
): Promise<Target> {
  const { api_key: key } = projectSchema.parse(
    await api(
      'POST',
      `${gateway.url}/api/v3/org/owner/project/new`,
      { 'x-org-api-key': gateway.organizationKey },
      { name: 'Toggled', should_create_api_key: true },
    ),
  );
  const headers = { 'x-api-key': key };
  const server = { name: 'Echo', upstream: { kind: 'http', url } };
  const made = await api('POST', `${gateway.url}/api/v3/mcp/servers`, headers, server);
  return { url: serverSchema.parse(made).mcp_url, headers, tools: OWN_TOOLS };
}

/** Of ten requests six are calls, three are refused, and one asks for the settings. */
function hammer(target: Target, overallRate: number, took: Took, answeredIn: (milliseconds: number) => void) {
  const { origin, pathname } = new URL(target.url);
  const call = { method: 'POST', path: pathname, body: echoCall(target) } as const;
  const expecting = (kind: string, expected: number, text = '') => ({
    onResponse(status: number, body: string) {
      const isRight = status === expected && body.includes(text);
      took(kind, isRight ? undefined : `${kind} answered ${status}`);
    },
  });
  const valid = { ...call, headers: headersOf(target), ...expecting('calls', 200, TEXT) };
  const keyless = { ...call, headers: headersOf({ ...target, headers: {} }), ...expecting('refusals', 401) };
  const wrongKey = { ...keyless, headers: { ...keyless.headers, 'x-api-key': 'ak_wrong' } };
  const settings = {
    method: 'GET',
    path: '/api/v3/org/project/config',
    headers: target.headers,
    ...expecting('readings of the settings', 200),
  } as const;
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const run = autocannon(
    {
      url: origin,
      duration: MINUTES * 2 * 60,
      timeout: 60,
      requests: [valid, keyless, valid, valid, wrongKey, valid, settings, valid, keyless, valid],
      connections: CONNECTIONS,
      overallRate,
    },
    (error, result) => (error ? reject(error) : resolve(result)),
  );
  run.on('reqError', (error: Error) => took('broken requests', error.message));
  run.on('response', (_client, _status, _bytes, milliseconds) => answeredIn(milliseconds));
  return {
    stop() {
      run.stop();
      return promise;
    },
  };
}

/** Does the work anew, a pause after it has ended, until the load is over. */
async function again(ending: AbortSignal, pauseMs: number, work: () => Promise<void>): Promise<void> {
  while (!ending.aborted) {
    await work();
    await delay(pauseMs);
  }
}

const post = async (url: string, headers: Record<string, string>, body: string) => {
  const answer = await fetch(url, { method: 'POST', headers, body });
  return { status: answer.status, text: await answer.text() };
};

async function stream(target: Target, took: Took): Promise<void> {
  const body = countCall(target, STREAM.chunks, STREAM.everyMs);
  try {
    const { status, text } = await post(target.url, headersOf(target), body);
    const chunks = text.match(/sent \d+/g)?.length ?? 0;
    const isRight = status === 200 && chunks === STREAM.chunks && text.includes('counted');
    took('streams', isRight ? undefined : `a stream answered ${status} with ${chunks} chunks`);
  } catch (error) {
    took('streams', `a stream broke: ${whatWentWrong(error)}`);
  }
}

/** Raises or lowers the other project's gate, and calls: nothing may be answered as it was before. */
async function toggle(gatewayUrl: string, target: Target, took: Took): Promise<void> {
  for (const up of [true, false]) {
    try {
      await api('PATCH', `${gatewayUrl}/api/v3/org/project/config`, target.headers, {
        require_mcp_api_key: up,
      });
      const { status } = await post(target.url, headersOf({ ...target, headers: {} }), echoCall(target));
      const isRight = status === (up ? 401 : 200);
      took('toggles', isRight ? undefined : `a call with the gate ${up ? 'up' : 'down'} answered ${status}`);
    } catch (error) {
      took('toggles', `a toggle failed: ${whatWentWrong(error)}`);
    }
  }
}

async function changeKeys(gatewayUrl: string, target: Target, took: Took): Promise<void> {
  const keys = `${gatewayUrl}/api/v3/org/project/api_keys`;
  try {
    const { id, key } = keySchema.parse(await api('POST', keys, target.headers, { name: 'Of a second' }));
    const call = () =>
      post(target.url, headersOf({ ...target, headers: { 'x-api-key': key } }), echoCall(target));
    const before = await call();
    await api('DELETE', `${keys}/${id}`, target.headers);
    const after = await call();
    const isRight = before.status === 200 && after.status === 401;
    took(
      'keys made and revoked',
      isRight ? undefined : `a key answered ${before.status}, and ${after.status} when revoked`,
    );
  } catch (error) {
    took('keys made and revoked', `a change of keys failed: ${whatWentWrong(error)}`);
  }
}

function rowOf({ answered, wrong, latencies, lags, loop, memory, handles }: Seen): Row {
  return {
    requests: Object.values(answered).reduce((sum, count) => sum + count, 0),
    wrong: [...wrong.values()].reduce((sum, count) => sum + count, 0),
    figures: {
      'p50, ms': quantile(latencies, 50),
      'p99, ms': quantile(latencies, 99),
      'until a call is in the log, at most, ms': Math.max(...lags),
      'event loop late, p99, ms': median(loop.map(({ p99 }) => p99)),
      'at most, ms': Math.max(...loop.map(({ max }) => max)),
      'of all its processes, without pages of files, MB': median(memory),
      'file handles': median(handles),
    },
  };
}

function tableOf(rows: readonly Row[]): string {
  const third = Math.max(1, Math.floor(rows.length / 3));
  const names = Object.keys(rows[0]?.figures ?? {});
  const mean = (some: readonly Row[], name: string) =>
    some.reduce((sum, { figures }) => sum + (figures[name] ?? Number.NaN), 0) / some.length;
  const rises = names.map((name) => mean(rows.slice(-third), name) / mean(rows.slice(0, third), name));
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const digits = (value: number) => value.toFixed(value < 100 ? 1 : 0);
  return [
    line(['minute', 'requests', 'wrong', ...names]),
    line(['minute', 'requests', 'wrong', ...names].map(() => '---')),
    ...rows.map(({ requests, wrong, figures }, index) =>
      line([index + 1, requests, wrong, ...names.map((name) => digits(figures[name] ?? Number.NaN))]),
    ),
    line(['last third : first third', '', '', ...rises.map((rise) => rise.toFixed(2))]),
    line(['flat', '', '', ...rises.map((rise) => (rise <= FLAT_WITHIN ? 'yes' : '**no**'))]),
  ].join('\n');
}

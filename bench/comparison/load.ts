/** The load generator, in a process of its own: does the tasks that its parent sends, and sends back what it measured. */
import { once } from 'node:events';
import http from 'node:http';
import autocannon from 'autocannon';
import { quantile } from '../gateway.ts';
import { median } from '../median.ts';
import { countCall, echoCall, open, type Target, TEXT } from './protocol.ts';

export type Task = { readonly target: Target } & (
  | { readonly kind: 'calls'; readonly connections: number; readonly seconds: number }
  | { readonly kind: 'stream'; readonly chunks: number; readonly everyMs: number }
);

/** Of a round of calls. Times are milliseconds. */
export interface Calls {
  readonly answered: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** What was not answered by a 200 with the text that was sent. */
  readonly wrong: { readonly status: number; readonly text: number; readonly connection: number };
}

/** Of one streamed answer. Milliseconds; NaN where no chunk came before the end. */
export interface Stream {
  readonly firstByte: number;
  readonly chunkDelay: number;
}

/** Why a task could not be done. */
export interface Problem {
  readonly problem: string;
}

process.on('message', async (task: Task) => {
  try {
    process.send?.(task.kind === 'calls' ? await calls(task) : await stream(task));
  } catch (error) {
    process.send?.({ problem: error instanceof Error ? error.message : String(error) } satisfies Problem);
  }
});
process.once('disconnect', () => process.exit(0));

const sessions = new Map<string, Record<string, string>[]>();

/** The headers of that many sessions, which later rounds use again. One is opened after the other: none of it is measured. */
async function sessionsOf(target: Target, count: number): Promise<Record<string, string>[]> {
  const opened = sessions.get(target.url) ?? [];
  sessions.set(target.url, opened);
  while (opened.length < count) opened.push(await open(target));
  return opened.slice(0, count);
}

async function calls({ target, connections, seconds }: Task & { kind: 'calls' }): Promise<Calls> {
  const opened = await sessionsOf(target, target.inSessions ? connections : 1);
  const headers = opened.slice();
  const latencies: number[] = [];
  const started = performance.now();
  let last = started;
  const options: autocannon.Options = {
    url: target.url,
    method: 'POST',
    headers: opened[0] ?? {},
    body: echoCall(target),
    connections,
    duration: seconds,
    sampleInt: 100,
    timeout: 60,
    verifyBody: (body) => String(body).includes(TEXT),
    ...(target.inSessions && { setupClient: (client) => client.setHeaders(headers.pop()) }),
  };
  const { non2xx, mismatches, errors } = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
    run.on('response', (_client, status, _bytes, milliseconds) => {
      last = performance.now();
      if (status === 200) latencies.push(milliseconds);
    });
  });
  return {
    answered: latencies.length,
    perSecond: latencies.length === 0 ? 0 : (latencies.length * 1000) / (last - started),
    p50: quantile(latencies, 50),
    p99: quantile(latencies, 99),
    wrong: { status: non2xx, text: mismatches, connection: errors },
  };
}

async function stream({ target, chunks, everyMs }: Task & { kind: 'stream' }): Promise<Stream> {
  const [headers] = await sessionsOf(target, 1);
  const started = performance.now();
  const request = http.request(target.url, { method: 'POST', agent: false, ...(headers && { headers }) });
  request.end(countCall(target, chunks, everyMs));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let firstByte = Number.NaN;
  const delays: number[] = [];
  for await (const chunk of response) {
    const arrived = process.hrtime.bigint();
    const sent = [...String(chunk).matchAll(/sent (\d+)/g)];
    if (sent.length > 0) firstByte ||= performance.now() - started; // NaN until the first one.
    for (const [, time] of sent) delays.push(Number(arrived - BigInt(time ?? 0)) / 1e6);
  }
  return delays.length === chunks
    ? { firstByte, chunkDelay: median(delays) }
    : { firstByte: Number.NaN, chunkDelay: Number.NaN };
}

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
  /** Answers that were not a 200 with the text that was sent, and connections that broke. */
  readonly wrong: number;
}

/** Of one streamed answer. Milliseconds; NaN where no chunk came before the end. */
export interface Stream {
  readonly firstByte: number;
  readonly chunkDelay: number;
}

process.on('message', async (task: Task) => {
  process.send?.(task.kind === 'calls' ? await calls(task) : await stream(task));
});
process.once('disconnect', () => process.exit(0));

async function calls({ target, connections, seconds }: Task & { kind: 'calls' }): Promise<Calls> {
  const opened = await Promise.all(
    Array.from({ length: target.inSessions ? connections : 1 }, () => open(target)),
  );
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
    perSecond: (latencies.length * 1000) / (last - started),
    p50: quantile(latencies, 50),
    p99: quantile(latencies, 99),
    wrong: non2xx + mismatches + errors,
  };
}

async function stream({ target, chunks, everyMs }: Task & { kind: 'stream' }): Promise<Stream> {
  const headers = await open(target);
  const started = performance.now();
  const request = http.request(target.url, { method: 'POST', agent: false, headers });
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

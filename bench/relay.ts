import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { inParallel, quantile, startGateway } from './gateway.ts';

const CALLS_A_ROUND = 400;
const ROUNDS = 5;
const CHUNKS = 40;
const CHUNK_INTERVAL_MS = 5;
const OPEN_STREAMS = 200;
const CALLS_FOR_MEMORY = 10_000;

const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'x'.repeat(200) } },
});

interface Target {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/**
 * Measures what the local gateway adds to a call and to each chunk of a stream: the same server, directly and through the
 * gate, in interleaved rounds of one run.
 * @returns two Markdown tables and the memory of the gateway's process
 */
export async function relay(): Promise<string> {
  const upstream = http.createServer(answer).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/mcp`;
  const gateway = await startGateway(upstreamUrl);
  const direct: Target = { url: upstreamUrl, headers: {} };
  const gated: Target = { url: gateway.mcpUrl, headers: { 'x-api-key': gateway.key } };
  try {
    const calls = [];
    for (const connections of [1, 8]) calls.push(await compare(connections, direct, gated, firstBytes));
    const chunks = [];
    for (const connections of [1, 8]) chunks.push(await compare(connections, direct, gated, chunkDelays));
    const atRest = gateway.megabytes();
    const streams = await Promise.all(Array.from({ length: OPEN_STREAMS }, () => openStream(gated)));
    const withStreams = gateway.megabytes();
    for (const stream of streams) stream.destroy();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    await inParallel(8, CALLS_FOR_MEMORY, () => timeToFirstByte(gated, agent));
    agent.destroy();
    return [
      'Milliseconds to the first byte of a call:',
      '',
      table(calls),
      '',
      'Milliseconds from the write of a chunk at the server to its arrival at the client:',
      '',
      table(chunks),
      '',
      `Memory of the gateway's process (all functions in it): ${atRest} MB before, ${withStreams} MB with ${OPEN_STREAMS} open streams, ` +
        `${gateway.megabytes()} MB after ${CALLS_FOR_MEMORY} further calls.`,
    ].join('\n');
  } finally {
    upstream.closeAllConnections();
    upstream.close();
    await gateway.stop();
  }
}

/** POST: one JSON answer. GET: chunks that carry the time at which they were written; `?open`: a stream that stays open. */
function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  request.resume();
  if (request.method === 'POST') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (request.headers['last-event-id'] === 'open') {
    response.write(': open\n\n');
    return;
  }
  let sent = 0;
  const timer = setInterval(() => {
    response.write(`data: ${performance.now()}\n\n`);
    if (++sent === CHUNKS) {
      clearInterval(timer);
      response.end();
    }
  }, CHUNK_INTERVAL_MS);
  response.on('close', () => clearInterval(timer));
}

type Measure = (target: Target, connections: number) => Promise<number[]>;

interface Comparison {
  readonly connections: number;
  readonly direct: readonly number[];
  readonly gated: readonly number[];
}

async function compare(
  connections: number,
  direct: Target,
  gated: Target,
  measure: Measure,
): Promise<Comparison> {
  const samples = { direct: [] as number[], gated: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    const directRound = await measure(direct, connections);
    const gatedRound = await measure(gated, connections);
    if (round === 0) continue; // Warms connections and compilers.
    samples.direct.push(...directRound);
    samples.gated.push(...gatedRound);
  }
  return { connections, ...samples };
}

async function firstBytes(target: Target, connections: number): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const times = await inParallel(connections, CALLS_A_ROUND, () => timeToFirstByte(target, agent));
  agent.destroy();
  return times;
}

async function timeToFirstByte({ url, headers }: Target, agent: http.Agent): Promise<number> {
  const started = performance.now();
  const request = http.request(url, {
    method: 'POST',
    agent,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  request.end(CALL);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`Status ${response.statusCode}`);
  let elapsed = Number.NaN;
  for await (const _chunk of response) elapsed ||= performance.now() - started; // NaN until the first one.
  return elapsed;
}

async function chunkDelays(target: Target, connections: number): Promise<number[]> {
  const delays = await Promise.all(Array.from({ length: connections }, () => streamDelays(target)));
  return delays.flat();
}

async function streamDelays({ url, headers }: Target): Promise<number[]> {
  const request = http.request(url, { method: 'GET', agent: false, headers }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const delays: number[] = [];
  for await (const chunk of response) {
    const now = performance.now();
    for (const [, written] of String(chunk).matchAll(/data: ([\d.]+)/g)) delays.push(now - Number(written));
  }
  return delays;
}

async function openStream({ url, headers }: Target): Promise<http.IncomingMessage> {
  const request = http
    .request(url, { method: 'GET', agent: false, headers: { ...headers, 'last-event-id': 'open' } })
    .end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  await once(response, 'data');
  response.on('error', () => {}); // It is broken off at the end.
  return response;
}

function table(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ connections, direct, gated }) => {
    const cells = [50, 99].flatMap((percentile) => {
      const [a, b] = [quantile(direct, percentile), quantile(gated, percentile)];
      return [a.toFixed(2), b.toFixed(2), `+${(b - a).toFixed(2)}`];
    });
    return `| ${connections} | ${cells.join(' | ')} |`;
  });
  return [
    '| connections | direct p50 | gated p50 | added p50 | direct p99 | gated p99 | added p99 |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

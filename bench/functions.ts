import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildFunction, bundleOptions } from '../infra/build/function.ts';
import { startStore, storeEndpoint } from '../local/store.ts';
import { startTestAwsServices } from '../test/support/aws-services.ts';
import { authorizerEvent } from '../test/support/fixtures.ts';
import {
  CONTEXT,
  type Handler,
  installRuntime,
  loadHandler,
  printedNowhere,
  relayedCall,
  storedServer,
} from './bundled-functions.ts';
import { median } from './median.ts';
import { flameGraph, profile, type Sampled } from './profile.ts';

const ROUNDS = 12;
const CALLS_A_ROUND = 300;
const PROFILED_CALLS = 4_000;
const BODY = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'x'.repeat(200) } },
});
/** An MCP server that answers every call alike. */
const UPSTREAM = `
  const answer = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'y'.repeat(200) }] } });
  const server = require('node:http').createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));
  process.stdin.resume().on('end', () => process.exit());`;

type Call = () => Promise<unknown>;

/**
 * What one call takes of authorizer and relay, bundled as they are deployed and called in this process; the store (dynalite)
 * and the MCP server are processes of their own. With `FLAME_GRAPH=FILE` the graph of both is written to that file, and
 * with `BEFORE=FOLDER` the bundles in that folder have their turn too.
 * @returns Markdown tables: CPU and wall time of a call, and whose code takes the CPU
 */
export async function functions(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const store = await startStore(join(folder, 'store'));
  const services = await startTestAwsServices();
  const upstream = spawn(process.execPath, ['-e', UPSTREAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const print = process.stdout.write;
  try {
    const port = Number(String((await once(upstream.stdout, 'data'))[0]));
    installRuntime();
    const calls = await prepare(storeEndpoint(store), `http://127.0.0.1:${port}/mcp`);
    process.stdout.write = printedNowhere();

    const before = process.env.BEFORE;
    const times = await interleaved({
      'the MCP server, directly': direct(port),
      ...(before && renamed('before: ', await calls((name) => join(before, name, 'index.mjs')))),
      ...(await calls((name) => join(buildFunction(name).folder, 'index.mjs'))),
    });

    const readable = await calls((name) => readableBundle(name, join(folder, name)));
    const sampled: Record<string, Sampled> = {};
    for (const [what, call] of Object.entries(readable))
      sampled[what] = await profile(() => inTurn(PROFILED_CALLS, call), PROFILED_CALLS);
    process.stdout.write = print;
    if (process.env.FLAME_GRAPH !== undefined) writeFileSync(process.env.FLAME_GRAPH, flameGraph(sampled));
    return [...times, '', ...byLibrary(sampled)].join('\n');
  } finally {
    process.stdout.write = print;
    upstream.stdin.end();
    services.close();
    await store.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Fills the store. @returns makes the calls that are measured, of the bundles that `module` names */
async function prepare(endpoint: string, upstreamUrl: string) {
  const { projectId, server, secret, keyId } = await storedServer(endpoint, upstreamUrl);

  return async (module: (name: 'authorizer' | 'mcp') => string | Promise<string>) => {
    const load = async (name: 'authorizer' | 'mcp', cacheSeconds: string): Promise<Handler> =>
      loadHandler(await module(name), cacheSeconds);
    const event = authorizerEvent(server.slug, { 'x-api-key': [secret] });
    const authorizer = async (cacheSeconds: string): Promise<Call> => {
      const handler = await load('authorizer', cacheSeconds);
      return () => handler(event, CONTEXT);
    };
    const relay = async (storesData: boolean): Promise<Call> => {
      const handler = await load('mcp', '0');
      return relayedCall(handler, { projectId, server, keyId }, BODY, storesData);
    };
    return {
      'authorizer, a valid key': await authorizer('0'),
      'authorizer, cached': await authorizer('300'),
      'relay, no payload stored': await relay(false),
      'relay, payload stored': await relay(true),
    };
  };
}

const renamed = (prefix: string, calls: Record<string, Call>): Record<string, Call> =>
  Object.fromEntries(Object.entries(calls).map(([what, call]) => [prefix + what, call]));

/** What any forwarder has to do: one request to the server by a connection that is kept. */
function direct(port: number): Call {
  const agent = new http.Agent({ keepAlive: true });
  return async () => {
    const request = http.request({ port, host: '127.0.0.1', method: 'POST', agent });
    request.end(BODY);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response.resume(), 'end');
  };
}

async function inTurn(count: number, call: Call): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const started = performance.now();
    await call();
    times.push(performance.now() - started);
  }
  return times;
}

/** @returns a Markdown table: medians of rounds in which all calls have their turn */
async function interleaved(calls: Record<string, Call>): Promise<string[]> {
  const samples = Object.entries(calls).map(([what, call]) => ({
    ...{ what, call, cpu: [] as number[], wall: [] as number[] },
  }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { call, cpu, wall } of samples) {
      const before = process.cpuUsage();
      const times = await inTurn(CALLS_A_ROUND, call);
      const { user, system } = process.cpuUsage(before);
      if (round === 0) continue; // Warms connections and compilers.
      cpu.push((user + system) / 1_000 / CALLS_A_ROUND);
      wall.push(...times);
    }
  }
  return [
    `Milliseconds a call, medians of ${ROUNDS} interleaved rounds of ${CALLS_A_ROUND}:`,
    '',
    '| call | CPU | wall, p50 |',
    '|---|---|---|',
    ...samples.map(
      ({ what, cpu, wall }) => `| ${what} | ${median(cpu).toFixed(3)} | ${median(wall).toFixed(3)} |`,
    ),
  ];
}

/** The bundle with the names of its functions, and with a map of what stands where. */
async function readableBundle(name: 'authorizer' | 'mcp', outdir: string): Promise<string> {
  await build({ ...bundleOptions(name), outdir, write: true, minify: false, sourcemap: 'linked' });
  return join(outdir, 'index.mjs');
}

function byLibrary(sampled: Record<string, Sampled>): string[] {
  const columns = Object.values(sampled);
  const total = (library: string) => columns.reduce((sum, { selfMs }) => sum + (selfMs.get(library) ?? 0), 0);
  const libraries = [...new Set(columns.flatMap(({ selfMs }) => [...selfMs.keys()]))];
  return [
    `Milliseconds of CPU a call, by whose code they are spent in (sampled, ${PROFILED_CALLS} calls each):`,
    '',
    `| whose | ${Object.keys(sampled).join(' | ')} |`,
    `|---|${'---|'.repeat(columns.length)}`,
    ...libraries
      .filter((library) => total(library) >= 0.005)
      .toSorted((a, b) => total(b) - total(a))
      .map((library) => {
        const cells = columns.map(({ selfMs }) => (selfMs.get(library) ?? 0).toFixed(3));
        return `| ${library} | ${cells.join(' | ')} |`;
      }),
  ];
}

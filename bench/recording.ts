import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { startTestAwsServices } from '../test/support/aws-services.ts';
import { startTestStore } from '../test/support/dynamodb.ts';
import { authorizerEvent, storeProject, storeServer } from '../test/support/fixtures.ts';
import { CONTEXT, type Handler, installRuntime, printedNowhere, relayedCall } from './bundled-functions.ts';
import { quantile } from './gateway.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = 10;
const CALLS_A_ROUND = 500;
const BODY = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'x'.repeat(700) } },
});
const ANSWER = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  result: { content: [{ type: 'text', text: 'lorem ipsum '.repeat(160) }] },
});
/** What stands in the place of `functions/records/print.ts` where nothing is recorded. */
const NO_RECORDS = 'export const recordLog = () => ({ call() {}, keyUse() {}, unknownAddress() {} });';

type Call = () => Promise<unknown>;

/**
 * What the record of a call adds to it: relay and authorizer with and without, bundled as they are deployed, called in
 * turn in one process. The record goes to a file that keeps nothing.
 * @returns a Markdown table
 */
export async function recording(): Promise<string> {
  const store = await startTestStore();
  const services = await startTestAwsServices();
  const upstream = http
    .createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
    })
    .listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  process.env.PORTCULLIS_ALLOW_LOOPBACK_UPSTREAMS = 'true';
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const nowhere = printedNowhere();
  const print = process.stdout.write;
  installRuntime();
  try {
    const table = { client: store.client, name: store.tableName };
    const projectId = await storeProject(table, { require_mcp_api_key: true });
    const server = await storeServer(table, projectId, {
      upstream: {
        kind: 'http',
        url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/mcp`,
        sealed_headers: null,
        masked_headers: {},
      },
    });
    const called = { projectId, server, keyId: 'key_0mwv8ltg1OVWfRHMv4W8qwd' };
    const relayed = async (records: boolean, storesData: boolean): Promise<Call> => {
      const { handler } = await bundled(folder, 'mcp', records);
      return relayedCall(handler, called, BODY, storesData);
    };
    const refused = async (records: boolean): Promise<Call> => {
      const { handler } = await bundled(folder, 'authorizer', records);
      const event = authorizerEvent(server.slug, {});
      return () => handler(event, CONTEXT);
    };
    const cases: [string, Call, Call][] = [
      ['relayed, no payload stored', await relayed(false, false), await relayed(true, false)],
      ['relayed, payload stored', await relayed(false, true), await relayed(true, true)],
      ['refused', await refused(false), await refused(true)],
    ];
    const rows: string[] = [];
    for (const [what, off, on] of cases) {
      const samples = { off: emptySamples(), on: emptySamples() };
      for (let round = 0; round <= ROUNDS; round++) {
        const results = [];
        process.stdout.write = nowhere;
        for (const call of [off, on]) results.push(await measure(call));
        process.stdout.write = print;
        if (round === 0) continue; // Warms connections and compilers.
        for (const [n, { times, cpuMs }] of results.entries()) {
          const into = n === 0 ? samples.off : samples.on;
          into.times.push(...times);
          into.cpu.push(cpuMs);
        }
      }
      const cells = [50, 99].flatMap((percent) => {
        const [a, b] = [quantile(samples.off.times, percent), quantile(samples.on.times, percent)];
        return [a.toFixed(3), b.toFixed(3), (b - a).toFixed(3)];
      });
      const added = quantile(
        samples.on.cpu.map((cpu, n) => cpu - (samples.off.cpu[n] ?? Number.NaN)),
        50,
      );
      rows.push(`| ${what} | ${cells.join(' | ')} | ${added.toFixed(3)} |`);
    }
    return [
      `Milliseconds a call, ${ROUNDS} interleaved rounds of ${CALLS_A_ROUND}; CPU is the median of the rounds.`,
      '',
      '| call | off p50 | on p50 | added p50 | off p99 | on p99 | added p99 | added CPU |',
      '|---|---|---|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  } finally {
    process.stdout.write = print;
    upstream.closeAllConnections();
    upstream.close();
    services.close();
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

const emptySamples = () => ({ times: [] as number[], cpu: [] as number[] });

async function measure(call: Call): Promise<{ times: number[]; cpuMs: number }> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let n = 0; n < CALLS_A_ROUND; n++) {
    const started = performance.now();
    await call();
    times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(before);
  return { times, cpuMs: (user + system) / 1_000 / CALLS_A_ROUND };
}

/** A function's module, with or without what it records. */
async function bundled(
  folder: string,
  name: 'mcp' | 'authorizer',
  records: boolean,
): Promise<{ handler: Handler }> {
  const outdir = join(folder, `${name}-${records}`);
  await build({
    absWorkingDir: ROOT,
    entryPoints: { index: join('functions', `${name}.ts`) },
    outdir,
    outExtension: { '.js': '.mjs' },
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node24', minify: true },
    mainFields: ['module', 'main'],
    external: ['bowser'],
    banner: {
      js: "import { createRequire as portcullisCreateRequire } from 'node:module'; const require = portcullisCreateRequire(import.meta.url);",
    },
    logLevel: 'error',
    plugins: records
      ? []
      : [
          {
            name: 'no-records',
            setup({ onLoad }) {
              onLoad({ filter: /functions\/records\/print\.ts$/ }, () => ({
                contents: NO_RECORDS,
                loader: 'ts',
              }));
            },
          },
        ],
  });
  return import(pathToFileURL(join(outdir, 'index.mjs')).href);
}

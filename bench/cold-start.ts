import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { authorizerEvent } from '../test/support/fixtures.ts';
import { median } from './median.ts';

const BUNDLES = fileURLToPath(new URL('../dist/functions', import.meta.url));
const ROUNDS = 15;

/** What every function reads when its module loads, and the global that the Lambda runtime gives to those that stream. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  AWS_REGION: 'us-east-1',
  PORTCULLIS_TABLE_NAME: 'bench',
  PORTCULLIS_CACHE_SECONDS: '0',
  PORTCULLIS_KMS_KEY_ID: 'bench',
  PORTCULLIS_ROOT_SECRET_ID: 'bench',
  PORTCULLIS_STREAM_IDLE_SECONDS: '60',
  PORTCULLIS_PROJECT_PURGE_FUNCTION: 'bench',
  PORTCULLIS_RECORD_LOG_GROUPS: 'bench',
  PORTCULLIS_LOG_RETENTION_DAYS: '30',
  PORTCULLIS_THROTTLE_RATE: '1000',
  PORTCULLIS_THROTTLE_BURST: '2000',
  PORTCULLIS_SERVICE_NAME: 'bench',
};
/** A store with nothing in it. */
const STORE = `
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.end('{"Responses":{"bench":[]}}'));
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(String(server.address().port)));
  process.stdin.resume().on('end', () => process.exit());`;
const RUNTIME = 'globalThis.awslambda = { streamifyResponse: (handler) => handler };';

const metafile = z.object({
  outputs: z.record(
    z.string(),
    z.object({
      bytes: z.number(),
      entryPoint: z.optional(z.string()),
      imports: z.array(z.object({ path: z.string(), kind: z.string() })),
      inputs: z.record(z.string(), z.object({ bytesInOutput: z.number() })),
    }),
  ),
});

interface Bundle {
  readonly name: string;
  /** Of all its files. */
  readonly bytes: number;
  /** Of the files that a cold start loads: the entry and what it imports statically. */
  readonly loadedBytes: number;
  readonly largest: string;
}

/**
 * How long the authorizer takes in a fresh process from its start to its first answer, a request to a store on this machine
 * included. With `BEFORE=FOLDER` the bundle in that folder has its turn too.
 */
export async function firstCall(): Promise<string> {
  const store = spawn(process.execPath, ['-e', STORE], { stdio: ['pipe', 'pipe', 'inherit'] });
  const environment = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${String((await once(store.stdout, 'data'))[0])}`,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const before = process.env.BEFORE;
  const samples = [
    ...(before === undefined ? [] : [['before', before] as const]),
    ['now', BUNDLES] as const,
  ].map(([what, folder]) => ({ what, folder, loaded: [] as number[], answered: [] as number[] }));
  const event = authorizerEvent(`mcp_${'A'.repeat(38)}`);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { folder, loaded, answered } of samples) {
      const module = join(folder, 'authorizer', 'index.mjs');
      const script = `
        const { handler } = await import(${JSON.stringify(module)});
        const loaded = performance.now();
        await handler(${JSON.stringify(event)});
        console.error(JSON.stringify([loaded, performance.now() - loaded]));
        process.exit();`;
      const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...ENVIRONMENT, ...environment },
        encoding: 'utf8',
      });
      const [start = Number.NaN, call = Number.NaN] = z.array(z.number()).parse(JSON.parse(stderr));
      if (round === 0) continue;
      loaded.push(start);
      answered.push(call);
    }
  }
  store.stdin.end();
  return [
    `The authorizer in a fresh process, median of ${ROUNDS}:`,
    '',
    '| authorizer | loaded, ms | first call, ms |',
    '|---|---|---|',
    ...samples.map(
      ({ what, loaded, answered }) =>
        `| ${what} | ${median(loaded).toFixed(0)} | ${median(answered).toFixed(0)} |`,
    ),
  ].join('\n');
}

/**
 * Reads what is in each function's bundle and measures how long a fresh process takes to load it.
 * @returns a Markdown table; times are medians of interleaved rounds, as ratios to an empty function in the same run
 */
export function coldStart(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const empty = join(folder, 'index.mjs');
  writeFileSync(empty, 'export const handler = async () => {};\n');
  const bundles = readdirSync(BUNDLES)
    .filter((name) => statSync(join(BUNDLES, name)).isDirectory())
    .map(readBundle);
  const modules = [empty, ...bundles.map(({ name }) => join(BUNDLES, name, 'index.mjs'))];
  const times = modules.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [n, module] of modules.entries()) {
      const milliseconds = loadInFreshProcess(module);
      if (round > 0) times[n]?.push(milliseconds); // The first round warms the file cache.
    }
  }
  rmSync(folder, { recursive: true });
  const [baseline = Number.NaN, ...loads] = times.map(median);
  const rows = bundles.map(({ name, bytes, loadedBytes, largest }, n) => {
    const ratio = (loads[n] ?? Number.NaN) / baseline;
    return `| ${name} | ${kilobytes(bytes)} | ${kilobytes(loadedBytes)} | ${ratio.toFixed(2)} | ${largest} |`;
  });
  return [
    `An empty function: ${baseline.toFixed(0)} ms from the start of the process to the loaded module, median of ${ROUNDS}.`,
    '',
    '| function | KB | KB loaded at start | start, ratio to empty | what is in it (KB) |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function readBundle(name: string): Bundle {
  const { outputs } = metafile.parse(JSON.parse(readFileSync(join(BUNDLES, `${name}.meta.json`), 'utf8')));
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === `functions/${name}.ts`);
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path) || outputs[path] === undefined) return;
    loaded.add(path);
    for (const imported of outputs[path].imports)
      if (imported.kind === 'import-statement') load(imported.path);
  };
  load(entry ?? '');
  const byPackage = new Map<string, number>();
  for (const output of Object.values(outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const scope = /node_modules\/(@[^/]+|[^/]+)/.exec(input)?.[1] ?? 'own code';
      byPackage.set(scope, (byPackage.get(scope) ?? 0) + bytesInOutput);
    }
  }
  const largest = [...byPackage].sort(([, a], [, b]) => b - a).slice(0, 5);
  const sum = (paths: Iterable<string>) =>
    [...paths].reduce((total, path) => total + (outputs[path]?.bytes ?? 0), 0);
  return {
    name,
    bytes: sum(Object.keys(outputs)),
    loadedBytes: sum(loaded),
    largest: largest.map(([scope, bytes]) => `${scope} ${kilobytes(bytes)}`).join(', '),
  };
}

/** @returns milliseconds from the start of a Node process until the module is loaded */
function loadInFreshProcess(module: string): number {
  const script = `${RUNTIME} await import(${JSON.stringify(module)}); process.stdout.write(String(performance.now()));`;
  const { stdout, status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: ENVIRONMENT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${module} does not load: ${stderr}`);
  return Number(stdout);
}

const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(1);

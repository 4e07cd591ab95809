/** `npm run bench`, or `npm run bench -- PART …`: what is measured, as Markdown. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { attribution } from './attribution.ts';
import { burst, delivery } from './burst.ts';
import { cliStart } from './cli-start.ts';
import { coldStart, firstCall } from './cold-start.ts';
import { comparison } from './comparison.ts';
import { cost } from './cost.ts';
import { costInputs } from './cost-inputs.ts';
import { dashboard } from './dashboard.ts';
import { functions } from './functions.ts';
import { linearizability } from './linearizability.ts';
import { load } from './load.ts';
import { recording } from './recording.ts';
import { relay } from './relay.ts';
import { scale } from './scale.ts';
import { simulation } from './simulation.ts';
import { storeGrowth } from './store-growth.ts';
import { storeRequests } from './store-requests.ts';
import { timing } from './timing.ts';

const PARTS: Readonly<Record<string, () => string | Promise<string>>> = {
  'cold-start': bundled,
  'cli-start': cliStart,
  dashboard,
  functions,
  relay,
  recording,
  delivery,
  burst,
  load,
  comparison,
  attribution,
  'store-requests': storeRequests,
  'store-growth': storeGrowth,
  scale,
  'cost-inputs': costInputs,
  cost,
  simulation,
  timing,
  linearizability,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((part) => !Object.hasOwn(PARTS, part));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}: take ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}`,
);
for (const [part, measure] of Object.entries(PARTS)) {
  if (asked.length === 0 || asked.includes(part)) console.log(`\n${part}\n\n${await measure()}`);
}

/** The bundles as they would be deployed, measured. */
async function bundled(): Promise<string> {
  const assembly = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  execFileSync(process.execPath, ['infra/app.ts'], {
    env: { ...process.env, CDK_OUTDIR: assembly },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  rmSync(assembly, { recursive: true });
  return `${coldStart()}\n\n${await firstCall()}`;
}

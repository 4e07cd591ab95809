import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { coldStart } from './cold-start.ts';
import { relay } from './relay.ts';

const assembly = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
execFileSync(process.execPath, ['infra/app.ts'], {
  env: { ...process.env, CDK_OUTDIR: assembly },
  stdio: ['ignore', 'ignore', 'inherit'],
});
rmSync(assembly, { recursive: true });

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}\n`,
);
console.log(`${coldStart()}\n`);
console.log(await relay());

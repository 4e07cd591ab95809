import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
export type Revision = (typeof REVISIONS)[number];

/** What the suite demands of a server for a revision of the protocol. */
export interface Requirements {
  readonly scenarios: readonly string[];
  /** Run, but never demanded, with the suite's reason why: by name. */
  readonly notScored: ReadonlyMap<string, string>;
}

const checksSchema = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
    errorMessage: z.string().optional(),
  }),
);
export type Check = z.infer<typeof checksSchema>[number];

/** What a run has found: the checks of each scenario, by its name. A scenario that did not end is not in it. */
export type Findings = ReadonlyMap<string, readonly Check[]>;

/** Far above what a run takes, so that a way on which nothing answers ends too. */
const RUN_TIMEOUT_MS = 120_000;
const SCENARIO_TIMEOUT_MS = 10_000;

const SUITE = import.meta.resolve('@modelcontextprotocol/conformance/package.json');

/** @param path relative to the suite's package */
function suiteFile(path: string): string {
  return fileURLToPath(new URL(path, SUITE));
}

/** @returns the requirements as the suite's own file lists them */
export function readRequirements(revision: Revision): Requirements {
  const yaml = readFileSync(suiteFile(`requirements/${revision}.yaml`), 'utf8');
  const [, required = ''] = /^server:\n((?: {2}- .*\n)+)/m.exec(yaml) ?? [];
  const scenarios = [...required.matchAll(/- (\S+)/g)].map(([, name = '']) => name);
  if (scenarios.length === 0)
    throw new Error(`The suite's requirements of ${revision} name no server scenario`);
  const others = yaml.matchAll(/- scenario: (\S+)\n +leg: server\n +reason: (\S+)/g);
  return { scenarios, notScored: new Map([...others].map(([, name = '', reason = '']) => [name, reason])) };
}

/**
 * Runs the scenarios of a revision, one after the other, against the server at `url`.
 *
 * @throws Error with what the suite printed when it leaves no findings
 */
export async function runSuite(url: string, revision: Revision): Promise<Findings> {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-conformance-'));
  try {
    const args = ['server', '--url', url, '--requirements', revision, '--output-dir', directory];
    const child = spawn(
      process.execPath,
      [suiteFile('dist/index.js'), ...args, '--timeout', String(SCENARIO_TIMEOUT_MS)],
      { stdio: ['ignore', 'pipe', 'pipe'], timeout: RUN_TIMEOUT_MS },
    );
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    await once(child, 'close');
    const findings = readFindings(directory);
    if (findings.size === 0) throw new Error(`The suite found nothing at ${url}:\n${printed}`);
    return findings;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The suite keeps the checks of a scenario in `server-<scenario>-<time>/checks.json`. */
function readFindings(directory: string): Findings {
  const findings = new Map<string, readonly Check[]>();
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const [, scenario] = /^server-(.+)-\d{4}-\d\d-\d\dT[^/\\]+[/\\]checks\.json$/.exec(name) ?? [];
    if (scenario === undefined) continue;
    findings.set(scenario, checksSchema.parse(JSON.parse(readFileSync(join(directory, name), 'utf8'))));
  }
  return findings;
}

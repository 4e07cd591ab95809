/**
 * `npm run conformance`: the protocol's own conformance suite against the demo server, straight and through the gate.
 * A client must not be able to tell the difference, so every check has to end alike on every way.
 */
import { EXPECTED_FAILURES } from './expected-failures.ts';
import { type Findings, REVISIONS, type Revision, readRequirements, runSuite } from './suite.ts';
import { judge, type Verdict } from './verdict.ts';
import { type Ways, withWays } from './ways.ts';

interface Run {
  readonly revision: Revision;
  readonly way: string;
  readonly verdicts: readonly Verdict[];
}

async function runOn(ways: Ways): Promise<Run[]> {
  const runs: Run[] = [];
  for (const revision of REVISIONS) {
    const requirements = readRequirements(revision);
    const expected = EXPECTED_FAILURES.filter((failure) => failure.revision === revision);
    const expectedFailures = new Set(expected.map(({ scenario }) => scenario));
    let direct: Findings | undefined;
    for (const [way, url] of ways) {
      const findings = await runSuite(url, revision);
      direct ??= findings;
      runs.push({ revision, way, verdicts: judge(findings, direct, requirements, expectedFailures) });
    }
  }
  return runs;
}

/** @returns passed / total, of checks and of scenarios */
function counts(verdicts: readonly Verdict[]): [checks: string, scenarios: string] {
  const sum = (pick: (verdict: Verdict) => number) => verdicts.reduce((total, each) => total + pick(each), 0);
  return [
    `${sum(({ checks }) => checks.passed)} / ${sum(({ checks }) => checks.total)}`,
    `${sum(({ passed }) => Number(passed))} / ${verdicts.length}`,
  ];
}

function report(runs: readonly Run[]): void {
  console.log('| revision | way | checks | scenarios | checks not scored | scenarios not scored |');
  console.log('|---|---|---|---|---|---|');
  for (const { revision, way, verdicts } of runs) {
    const required = counts(verdicts.filter(({ isRequired }) => isRequired));
    const others = counts(verdicts.filter(({ isRequired }) => !isRequired));
    console.log(`| ${[revision, way, ...required, ...others].join(' | ')} |`);
  }
  for (const revision of REVISIONS) {
    const { notScored } = readRequirements(revision);
    const direct = runs.find((run) => run.revision === revision)?.verdicts ?? [];
    for (const { scenario, passed } of direct) {
      const reason = notScored.get(scenario);
      if (!passed && reason !== undefined)
        console.log(`${revision} ${scenario} fails, not scored: ${reason}`);
    }
  }
  for (const { revision, scenario, reason } of EXPECTED_FAILURES) {
    console.log(`${revision} ${scenario} is expected to fail: ${reason}`);
  }
  for (const { revision, way, verdicts } of runs) {
    for (const { scenario, problems } of verdicts) {
      for (const problem of problems) console.log(`${revision}, ${way}, ${scenario}: ${problem}`);
    }
  }
}

const runs = await withWays(runOn);
report(runs);
const verdicts = runs.flatMap((run) => run.verdicts);
const failed = verdicts.filter(({ problems }) => problems.length > 0).length;
console.log(`conformance: ${verdicts.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

import type { Check, Findings, Requirements } from './suite.ts';

/** How a scenario did on a way. */
export interface Verdict {
  readonly scenario: string;
  readonly isRequired: boolean;
  readonly passed: boolean;
  /** Checks that passed or failed; the suite counts no others. */
  readonly checks: { readonly passed: number; readonly total: number };
  /** What is wrong, one sentence each: the run fails for any. */
  readonly problems: readonly string[];
}

/**
 * Judges the scenarios of one run.
 *
 * @param direct what was found without the gate, to compare with
 * @param expectedFailures the required scenarios that have to fail
 */
export function judge(
  findings: Findings,
  direct: Findings,
  { scenarios, notScored }: Requirements,
  expectedFailures: ReadonlySet<string>,
): Verdict[] {
  return [...scenarios, ...notScored.keys()].map((scenario) => {
    const isRequired = !notScored.has(scenario);
    const checks = findings.get(scenario) ?? [];
    const failed = checks.filter(({ status }) => status === 'FAILURE');
    const passed = findings.has(scenario) && failed.length === 0;
    const isExpected = expectedFailures.has(scenario);

    const problems = differences(checks, direct.get(scenario) ?? []);
    if (!findings.has(scenario)) problems.push('did not end');
    if (isRequired && !isExpected)
      problems.push(...failed.map(({ id, errorMessage }) => `${id}: ${errorMessage ?? 'fails'}`));
    if (isExpected && passed) problems.push('passes, though it is expected to fail');
    const successes = checks.filter(({ status }) => status === 'SUCCESS').length;
    return {
      scenario,
      isRequired,
      passed,
      checks: { passed: successes, total: successes + failed.length },
      problems,
    };
  });
}

/** Where the outcome of a check is another one than directly. `INFO` notes what was seen, and is no outcome. */
function differences(checks: readonly Check[], direct: readonly Check[]): string[] {
  const here = outcomes(checks);
  const there = outcomes(direct);
  return [...new Set([...here.keys(), ...there.keys()])]
    .map((check) => ({ check, is: here.get(check) ?? 'absent', was: there.get(check) ?? 'absent' }))
    .filter(({ is, was }) => is !== was)
    .map(({ check, is, was }) => `${check} is ${is}, directly ${was}`);
}

/** @returns the statuses of each check, which a scenario may make several times */
function outcomes(checks: readonly Check[]): Map<string, string> {
  const statuses = new Map<string, string>();
  for (const { id, name, status } of checks) {
    if (status === 'INFO') continue;
    const check = `${id} (${name})`;
    const known = statuses.get(check);
    statuses.set(check, known === undefined ? status : `${known}, ${status}`);
  }
  return statuses;
}

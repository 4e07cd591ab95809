import type { Difference } from './differences.ts';

export interface TestResult {
  readonly file: string;
  /** With the names of what it stands in. */
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'left out';
  readonly failure: string;
}

export interface Verdict {
  readonly passed: number;
  /** Tests that end otherwise than on `npm start`, as the table says. */
  readonly different: number;
  /** What is wrong, one text each: the run fails for any. */
  readonly problems: readonly string[];
}

/** What the table does not name has to pass, and what it names must still be so. */
export function judge(results: readonly TestResult[], differences: readonly Difference[]): Verdict {
  const problems: string[] = [];
  const rowsOf = ({ file, name }: TestResult) =>
    differences.filter((row) => row.file === file && row.tests.test(name));
  for (const result of results) {
    const [row, another] = rowsOf(result);
    const title = `${result.file}: ${result.name}`;
    if (another !== undefined) problems.push(`${title}: two rows of the table name it`);
    const expected = row === undefined ? 'passed' : 'hangs' in row ? 'left out' : 'failed';
    if (result.status !== expected) {
      problems.push(
        row === undefined
          ? `${title}: ${result.status}\n${result.failure}`
          : `${title}: ${result.status}, though it differs: ${row.reason}`,
      );
    } else if (row !== undefined && 'fails' in row && !row.fails.test(result.failure)) {
      problems.push(`${title}: failed, and not with ${row.fails}\n${result.failure}`);
    }
  }
  for (const { file, tests } of differences) {
    if (!results.some((result) => result.file === file && tests.test(result.name)))
      problems.push(`${file}: no test is called ${tests}`);
  }
  return {
    passed: results.filter(({ status }) => status === 'passed').length,
    different: results.filter((result) => rowsOf(result).length > 0).length,
    problems,
  };
}

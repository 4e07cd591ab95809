import { describe, expect, it } from '@jest/globals';
import type { Difference } from './differences.ts';
import { judge, type TestResult } from './verdict.ts';

const OF_413 = { file: 'gate.test.ts', tests: /is 413$/ } as const;
const ROW: Difference = { ...OF_413, reason: 'no limit here', fails: /Expected 413/ };
const HANGING: Difference = { ...OF_413, reason: 'no end here', hangs: true };

const result = (status: TestResult['status'], name = 'a large body is 413', file = ROW.file): TestResult => ({
  file,
  name,
  status,
  failure: 'Expected 413',
});

describe('the problems of the acceptance tests of a deployment', () => {
  it.each<[string, TestResult[], Difference[], string[]]>([
    ['none: all passes', [result('passed')], [], []],
    ['none: it fails as the table says', [result('failed')], [ROW], []],
    ['none: what would never end is left out', [result('left out')], [HANGING], []],
    ['a test fails', [result('failed')], [], ['gate.test.ts: a large body is 413: failed\nExpected 413']],
    [
      'a test is left out',
      [result('left out')],
      [],
      ['gate.test.ts: a large body is 413: left out\nExpected 413'],
    ],
    [
      'a difference is none any more',
      [result('passed')],
      [ROW],
      ['gate.test.ts: a large body is 413: passed, though it differs: no limit here'],
    ],
    [
      'it fails with something else than the table says',
      [result('failed')],
      [{ ...ROW, fails: /Received 200/ }],
      ['gate.test.ts: a large body is 413: failed, and not with /Received 200/\nExpected 413'],
    ],
    [
      'a row names a test that is not there',
      [result('passed', 'a small body is 200')],
      [ROW],
      ['gate.test.ts: no test is called /is 413$/'],
    ],
    [
      'a row is of another file',
      [result('failed', 'a large body is 413', 'relay.test.ts')],
      [ROW],
      [
        'relay.test.ts: a large body is 413: failed\nExpected 413',
        'gate.test.ts: no test is called /is 413$/',
      ],
    ],
    [
      'two rows name one test',
      [result('failed')],
      [ROW, ROW],
      ['gate.test.ts: a large body is 413: two rows of the table name it'],
    ],
  ])('%s', (_case, results, differences, problems) => {
    expect(judge(results, differences).problems).toEqual(problems);
  });
});

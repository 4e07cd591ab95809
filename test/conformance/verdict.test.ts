import { describe, expect, it } from '@jest/globals';
import type { Check, Findings } from './suite.ts';
import { judge } from './verdict.ts';

const REQUIREMENTS = { scenarios: ['ping'], notScored: new Map([['tasks', 'extension']]) };

const check = (status: Check['status'], id = 'c'): Check => ({ id, name: 'C', status });
const found = (ping: Check[], tasks: Check[] = []): Findings =>
  new Map([
    ['ping', ping],
    ['tasks', tasks],
  ]);

describe('the problems of a run', () => {
  it.each<[string, Findings, Findings, string[], string[]]>([
    ['none: all alike', found([check('SUCCESS')]), found([check('SUCCESS')]), [], []],
    [
      'none: what is not scored fails on both ways',
      found([], [check('FAILURE')]),
      found([], [check('FAILURE')]),
      [],
      [],
    ],
    ['none: what was seen is no outcome', found([check('INFO')]), found([]), [], []],
    ['none: it fails as expected', found([check('FAILURE')]), found([check('FAILURE')]), ['ping'], []],
    ['a required check fails', found([check('FAILURE')]), found([check('FAILURE')]), [], ['c: fails']],
    ['a check is lost', found([]), found([check('SUCCESS')]), [], ['c (C) is absent, directly SUCCESS']],
    ['a check is new', found([check('WARNING')]), found([]), [], ['c (C) is WARNING, directly absent']],
    [
      'one of two like-named checks ends otherwise',
      found([check('SUCCESS'), check('SKIPPED')]),
      found([check('SUCCESS'), check('SUCCESS')]),
      [],
      ['c (C) is SUCCESS, SKIPPED, directly SUCCESS, SUCCESS'],
    ],
    [
      'what is not scored differs',
      found([], [check('FAILURE')]),
      found([], [check('SUCCESS')]),
      [],
      ['c (C) is FAILURE, directly SUCCESS'],
    ],
    ['a scenario did not end', new Map([['tasks', []]]), found([]), [], ['did not end']],
    [
      'it passes against expectation',
      found([check('SUCCESS')]),
      found([check('SUCCESS')]),
      ['ping'],
      ['passes, though it is expected to fail'],
    ],
  ])('%s', (_case, findings, direct, expectedFailures, problems) => {
    const verdicts = judge(findings, direct, REQUIREMENTS, new Set(expectedFailures));
    expect(verdicts.flatMap((verdict) => verdict.problems)).toEqual(problems);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { breakEven, COST_TABLES, dayOf, type Limits, transfer } from '../bench/cost.ts';

const page = readFileSync(new URL('../docs/cost.md', import.meta.url), 'utf8');

describe('docs/cost.md', () => {
  it.each(Object.entries(COST_TABLES))('has the table that answers: %s', (question, print) => {
    const [, answer = ''] = page.split(`\n## ${question}\n`);
    const [section = ''] = question.startsWith('Options') ? [page] : answer.split('\n## ');
    expect(section).toContain(`\n${print()}\n`);
  });

  it('has no other table', () => {
    expect(page.match(/^\|(---\|)+$/gm)).toHaveLength(Object.keys(COST_TABLES).length);
  });
});

describe('the break-even', () => {
  it('is where a fixed price and one by the call are the same, within a step of 3 %', () => {
    const byCall = (calls: number) => ({ all: calls / 10_000 });
    const calls = breakEven(byCall, () => ({ all: 100 }));
    expect(calls).toBeGreaterThan(1_000_000);
    expect(calls).toBeLessThan(1_030_000);
    expect(
      breakEven(
        () => ({ all: 100 }),
        () => ({ all: 101 }),
      ),
    ).toBeUndefined();
    expect(
      breakEven(
        () => ({ all: 101 }),
        () => ({ all: 100 }),
      ),
    ).toBe(0);
  });
});

it('each GB that leaves AWS has the price of its own tier', () => {
  expect(transfer(10_000)).toBeCloseTo(900);
  expect(transfer(50_000)).toBeCloseTo(900 + 3_400);
  expect(transfer(200_000)).toBeCloseTo(900 + 3_400 + 7_000 + 2_500);
});

describe('the worst day', () => {
  const open: Limits = {
    requestsPerSecond: 1_000,
    relays: 1_000,
    executions: 1_000,
    readUnitsPerSecond: 40_000,
    writeUnitsPerSecond: 40_000,
  };
  const call = {
    what: 'a call',
    runs: { authorizer: 10, mcp: 500 },
    reads: 50,
    writes: 60,
    boundBy: '',
  };

  it.each<keyof Limits>([
    'requestsPerSecond',
    'relays',
    'executions',
    'readUnitsPerSecond',
    'writeUnitsPerSecond',
  ])('costs less with lower %s', (limit) => {
    expect(dayOf(call, { ...open, [limit]: open[limit] / 100 })).toBeLessThan(dayOf(call, open) * 0.9);
  });

  it('of streams that are never closed is that of their memory', () => {
    const streams = { what: 'streams', runs: { mcp: 900_000 }, boundBy: '' };
    const gbSeconds = 1_000 * 86_400 * 0.0000133334;
    expect(dayOf(streams, open) / gbSeconds).toBeCloseTo(1, 1);
  });
});

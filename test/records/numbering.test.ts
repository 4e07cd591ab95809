import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Numbering } from '../../functions/records/numbering.ts';

const DAY_MS = 86_400_000;
const numbering = (options: { maxCounters?: number } = {}) => {
  let sources = 0;
  return new Numbering({ ...options, newSource: () => String(sources++).padStart(8, '0') });
};
const record = fc.record({
  project_id: fc.constantFrom('pr_1', 'pr_2', 'pr_3'),
  at: fc.integer({ min: 1_790_000_000_000, max: 1_790_000_000_000 + 2 * DAY_MS }),
});

describe('the numbers of records', () => {
  it('count each project and UTC day from 1 without gaps, in whatever order records come', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 200 }), (records) => {
        const numbers = numbering();
        const seen = new Map<string, number[]>();
        const ofSource = new Map<string, Set<string>>();
        for (const one of records) {
          const { source, n } = numbers.next(one);
          seen.set(source, [...(seen.get(source) ?? []), n]);
          const counted = `${one.project_id} ${new Date(one.at).toISOString().slice(0, 10)}`;
          ofSource.set(source, (ofSource.get(source) ?? new Set()).add(counted));
        }
        for (const numbered of seen.values()) expect(numbered).toEqual(numbered.map((_n, i) => i + 1));
        for (const counted of ofSource.values()) expect(counted.size).toBe(1);
        expect(ofSource.size).toBe(new Set([...ofSource.values()].map(([one]) => one)).size);
      }),
    );
  });

  it('never come twice, even where a counter had to be dropped', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 200 }), (records) => {
        const numbers = numbering({ maxCounters: 2 });
        const places = records.map((one) => Object.values(numbers.next(one)).join('#'));
        expect(new Set(places).size).toBe(records.length);
      }),
    );
  });

  it('are those of another source in another instance', () => {
    const at = { project_id: 'pr_1', at: 1_790_000_000_000 };
    const [one, two] = [new Numbering().next(at), new Numbering().next(at)];
    expect(one.source).toMatch(/^[0-9A-Za-z]{8}$/);
    expect(two.source).not.toBe(one.source);
  });
});

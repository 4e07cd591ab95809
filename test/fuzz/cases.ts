import fc from 'fast-check';

/**
 * How many cases each part of the fuzzing tries: a hundred thousand and more together, in the processor time of a few ordinary
 * tests. `FUZZ_FACTOR=100 npm test -- fuzz/` tries a hundred times as many, of other seeds each time.
 */
const CASES = {
  gate: 45_000,
  managementGate: 8_000,
  tools: 30_000,
  copies: 6_000,
  events: 3_000,
  headers: 18_000,
  records: 2_000,
  seals: 6_000,
  grants: 4_000,
  bodies: 1_500,
  queries: 1_500,
} as const;

const FACTOR = Number(process.env.FUZZ_FACTOR ?? 1);

/** Without the factor. */
export const ALL_CASES = Object.values(CASES).reduce<number>((sum, cases) => sum + cases, 0);

/** What a property runs with, and its number for the title of the test. */
export const cases = (part: keyof typeof CASES) => ({ numRuns: Math.ceil(CASES[part] * FACTOR) });

/** Any text, halves of characters among it. What fast-check calls `binary` takes seconds to be made. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc
      .oneof(fc.integer({ max: 0x7f }), fc.integer({ max: 0xffff }))
      .map((code) => String.fromCharCode(code)),
    maxLength,
  });

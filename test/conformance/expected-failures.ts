import type { Revision } from './suite.ts';

/** A required scenario that the demo server cannot pass, on any way. */
interface ExpectedFailure {
  readonly revision: Revision;
  readonly scenario: string;
  readonly reason: string;
}

/** None: the demo server passes everything that the suite requires. */
export const EXPECTED_FAILURES: readonly ExpectedFailure[] = [];

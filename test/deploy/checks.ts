let passed = 0;
let failed = 0;

/** Notes and tells whether something holds. */
export function check(what: string, holds: boolean): void {
  addResults(holds ? 1 : 0, holds ? 0 : 1);
  console.log(`${holds ? 'holds' : 'FAILS'}: ${what}`);
}

export function addResults(morePassed: number, moreFailed: number): void {
  passed += morePassed;
  failed += moreFailed;
}

export const results = () => ({ passed, failed });

/** Tells how many seconds it took. */
export async function timed<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  const startedAt = performance.now();
  const value = await work();
  console.log(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return value;
}

import { play, type Report } from '../test/linearizability/run.ts';

const MINUTE_MS = 60_000;

/**
 * The model check of `test/linearizability`, at length: `LINEARIZABILITY_OPERATIONS` (10⁶ when not set), progress on standard error.
 * @returns what was played, as a Markdown table
 * @throws Error that shows what was stale
 */
export async function linearizability(): Promise<string> {
  const operations = Number(process.env.LINEARIZABILITY_OPERATIONS ?? 1_000_000);
  let noted = 0;
  const { stale, faults, ...played } = await play({
    ...{ operations, seed: Math.random(), lanes: 4, killEveryMs: 20_000 },
    onHistory(report: Report) {
      if (performance.now() - noted < MINUTE_MS) return;
      noted = performance.now();
      const { operations: made, histories, kills, stale: found } = report;
      console.error(`${made} operations, ${histories} histories, ${kills} kills, ${found.length} stale`);
    },
  });
  if (stale.length > 0) throw new Error(`Stale: ${JSON.stringify(stale.slice(0, 10))}`);
  const rows = Object.entries({ ...played, ...faults }).map(([what, count]) => `| ${what} | ${count} |`);
  return ['| what | how many |', '|---|---|', ...rows, '| stale answers | 0 |'].join('\n');
}

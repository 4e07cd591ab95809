const MARKS = process.stdout.isTTY ? { done: '✔', failed: '✖' } : { done: 'ok', failed: 'failed' };

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/**
 * Prints a line when a step is over, with how long it took.
 *
 * @param name what was done, in the past tense
 * @param work the step
 * @returns what the step returns
 */
export async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    const result = await work();
    console.log(`${MARKS.done} ${name} (${seconds(startedAt)})`);
    return result;
  } catch (error) {
    console.log(`${MARKS.failed}: ${name} (${seconds(startedAt)})`);
    throw error;
  }
}

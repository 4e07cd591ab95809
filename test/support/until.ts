/**
 * Asks again and again until the answer is right, or the time is over: what is not there at once comes a moment later.
 * @returns the last answer
 */
export async function until<Value>(
  read: () => Promise<Value>,
  isRight: (value: Value) => boolean,
  withinMs = 10_000,
): Promise<Value> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await read();
    if (isRight(value) || performance.now() > deadline) return value;
  }
}

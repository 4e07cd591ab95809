/**
 * Does something with each of some items, so many at the same time, the last one first. What fails ends its own line; the other
 * lines go on.
 * @param width how many at the same time
 * @throws the first failure, once every line has ended: nothing goes on behind the caller's back
 */
export async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  run: (item: Item) => Promise<unknown>,
): Promise<void> {
  const pending = [...items];
  const lines = await Promise.allSettled(
    Array.from({ length: width }, async () => {
      for (let item = pending.pop(); item !== undefined; item = pending.pop()) await run(item);
    }),
  );
  for (const line of lines) if (line.status === 'rejected') throw line.reason;
}

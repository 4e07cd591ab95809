import type { ItemKey } from './layout.ts';

/** An item as it is stored. */
export type Item = Record<string, unknown>;

/** What one BatchGetItem answered. */
export interface Batch {
  /** Those that there are; `undefined` when the answer did not say. */
  readonly items: readonly Item[] | undefined;
  readonly unprocessed: readonly ItemKey[];
}

/**
 * Reads items in one BatchGetItem, and in further ones what that left unprocessed.
 * @param maxRounds how many BatchGetItem at most
 * @returns those that there are, in any order
 * @throws when the store fails, or answers a part only
 */
export async function readWhole(
  keys: readonly ItemKey[],
  maxRounds: number,
  batchGet: (keys: readonly ItemKey[]) => Promise<Batch>,
): Promise<Item[]> {
  const found: Item[] = [];
  let pending = keys;
  for (let round = 0; round < maxRounds && pending.length > 0; round++) {
    const { items, unprocessed } = await batchGet(pending);
    if (items === undefined) throw new Error('BatchGetItem answered without Responses');
    found.push(...items);
    pending = unprocessed;
  }
  if (pending.length > 0)
    throw new Error(`BatchGetItem left ${pending.length} of ${keys.length} keys unprocessed`);
  return found;
}

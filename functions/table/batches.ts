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
 * What an answer to BatchGetItem says of the one table that was asked for, whichever client it came by.
 * @throws Error when it leaves keys of another table
 */
export function batchOf<Stored, Key>(
  tableName: string,
  answer: {
    readonly Responses?: Readonly<Record<string, readonly Stored[]>> | undefined;
    readonly UnprocessedKeys?:
      | Readonly<Record<string, { readonly Keys?: readonly Key[] | undefined }>>
      | undefined;
  },
  read: { readonly item: (stored: Stored) => Item; readonly key: (key: Key) => ItemKey },
): Batch {
  const { Responses, UnprocessedKeys = {} } = answer;
  const { [tableName]: left, ...others } = UnprocessedKeys;
  if (Object.keys(others).length > 0) throw new Error('BatchGetItem answered for another table');
  // One that names the table nowhere says nothing of its items: that is not to say that there are none.
  const items = Responses && (Responses[tableName] ?? (left && []));
  return { items: items?.map(read.item), unprocessed: (left?.Keys ?? []).map(read.key) };
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

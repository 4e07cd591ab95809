/** What one client did with one register, and what it was told. Times are of one clock for all clients. */
export interface Operation<State> {
  readonly sent: number;
  /** `Infinity` when it was never answered: then it may take effect at any later time, or never. */
  readonly answered: number;
  /** It leaves the register as it is. */
  readonly isRead: boolean;
  /** @returns the state after it; `undefined` when from that state it could not have been answered as it was */
  apply(state: State): State | undefined;
}

/** A way in which what has been answered so far can have happened. */
interface Configuration<State> {
  readonly state: State;
  /** Of the operations under way, by the bits of their places: those that have taken effect. */
  readonly done: number;
}

/** Bits of a number that JavaScript's operators see. */
const MAX_UNDER_WAY = 31;

/**
 * Whether each operation can have taken effect at one moment between being sent and being answered, all of them in one order that
 * explains every answer: linearizability (Herlihy and Wing 1990), decided as by Wing and Gong with the memory of what was tried
 * (Lowe 2017, "Testing for linearizability"). An operation takes effect no sooner than an answer asks for it; a read as soon as it
 * can, which takes nothing from any other.
 *
 * @param initial the state before the first operation
 * @param keyOf says which states are the same
 * @returns the operation whose answer nothing explains; `undefined` when the history is linearizable
 * @throws when more than 31 operations are under way at once
 */
export function firstUnexplained<State, Made extends Operation<State>>(
  initial: State,
  operations: readonly Made[],
  keyOf: (state: State) => string,
): Made | undefined {
  const places = new Map<Made, number>();
  let configurations = distinct([{ state: initial, done: 0 }], keyOf);
  for (const { operation, isAnswer } of moments(operations)) {
    if (!isAnswer) {
      const place = freePlace(places);
      places.set(operation, place);
      configurations = distinct(
        configurations.map((configuration) => withReads(configuration, [[operation, place]])),
        keyOf,
      );
      continue;
    }
    configurations = explaining(operation, configurations, places, keyOf);
    places.delete(operation);
    if (configurations.length === 0) return operation;
  }
  return undefined;
}

/** Sendings and answers in their order; of two at one moment the sending comes first, which says less. */
function moments<Made extends Operation<unknown>>(operations: readonly Made[]) {
  return operations
    .flatMap((operation) => [
      { operation, isAnswer: false, at: operation.sent },
      ...(operation.answered < Number.POSITIVE_INFINITY
        ? [{ operation, isAnswer: true, at: operation.answered }]
        : []),
    ])
    .sort((one, other) => one.at - other.at || Number(one.isAnswer) - Number(other.isAnswer));
}

function freePlace(places: ReadonlyMap<unknown, number>): number {
  const taken = new Set(places.values());
  for (let place = 0; place < MAX_UNDER_WAY; place++) if (!taken.has(place)) return place;
  throw new Error(`More than ${MAX_UNDER_WAY} operations are under way at once`);
}

/** The configurations in which the operation has taken effect, its place free again. */
function explaining<State, Made extends Operation<State>>(
  operation: Made,
  configurations: readonly Configuration<State>[],
  places: ReadonlyMap<Made, number>,
  keyOf: (state: State) => string,
): Configuration<State>[] {
  const bit = 1 << (places.get(operation) ?? 0);
  const writes = [...places].filter(([{ isRead }]) => !isRead);
  const reads = [...places].filter(([{ isRead }]) => isRead);
  const tried = new Set<string>();
  const found: Configuration<State>[] = [];
  const open = [...configurations];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { state, done } = next;
    if ((done & bit) !== 0) {
      found.push({ state, done: done & ~bit });
      continue;
    }
    for (const [write, place] of writes) {
      if ((done & (1 << place)) !== 0) continue;
      const after = write.apply(state);
      if (after === undefined) continue;
      const tries = withReads<State, Made>({ state: after, done: done | (1 << place) }, reads);
      const key = `${tries.done} ${keyOf(tries.state)}`;
      if (tried.has(key)) continue;
      tried.add(key);
      open.push(tries);
    }
  }
  return distinct(found, keyOf);
}

function withReads<State, Made extends Operation<State>>(
  { state, done }: Configuration<State>,
  operations: readonly (readonly [Made, number])[],
): Configuration<State> {
  let read = done;
  for (const [operation, place] of operations) {
    if (operation.isRead && operation.apply(state) !== undefined) read |= 1 << place;
  }
  return { state, done: read };
}

function distinct<State>(
  configurations: readonly Configuration<State>[],
  keyOf: (state: State) => string,
): Configuration<State>[] {
  const byKey = new Map(configurations.map((one) => [`${one.done} ${keyOf(one.state)}`, one]));
  return [...byKey.values()];
}

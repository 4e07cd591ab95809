import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod/mini';
import { type CallRecord, dayOf } from '../domain/call-record.ts';
import { inParallel } from '../domain/in-parallel.ts';
import { DAY_MS } from '../domain/time.ts';
import {
  addressOfCaller,
  callerShare,
  callerValue,
  mergeCallers,
  type RefusedCaller,
  refusedCaller,
} from './caller-store.ts';
import type { Table } from './client.ts';
import type { CountedDay, CountedValue } from './counted-value.ts';
import { readItem } from './items.ts';
import { COUNT_SHARDS, type ItemKey, itemKey, TIME_TO_LIVE } from './layout.ts';
import { expiresAfter, type FloodShare, floodOf, floodShare, floodValues, mergeFloods } from './log-store.ts';
import { getItem, getItems } from './reads.ts';
import { UsageTally, usageShare, usageValue } from './usage-store.ts';
import { asRead, putWhere } from './writes.ts';

/**
 * Counting, each record once, however often and in whatever order records come, whoever counts at the same time, and
 * wherever a writer breaks off. Usage, refused callers and the rows of floods are sums: items of one project, day and
 * shard, each with the number of the last change that is in it (`applied`). The journal of that project, day and shard holds
 * which records were counted, and the last change: which sums grow by what.
 *
 * A writer makes sure that the journal's last change is in all its sums; writes the journal with the new records and their
 * change, where nobody has written it since it was read; and puts that change into the sums. A record is counted when that
 * write is made, which happens once. And each change reaches each sum once: nobody writes the next before it has, and a
 * write of a sum rests on the change not being in it.
 */

/** How many sums a change names at most: the journal is one item, and a change is made within one deadline. */
const MAX_VALUES = 300;
/** Tools of a project, day and shard that are told apart; the rest counts as one. */
const MAX_TOOLS = 100;
/**
 * Callers of them, of one address and in all; the rest counts as one for each address, server and reason, as long as they are
 * no more with these, and then as one for each reason.
 */
const MAX_CALLERS_OF_ADDRESS = 20;
const MAX_CALLERS = 100;
const MAX_CALLERS_AND_ADDRESSES = 150;
/** And rows of floods in one change. An authorizer's instance names no more than that in a minute. */
const MAX_FLOODS = 32;
const OTHER_TOOL = '(other)';
/**
 * Sources whose records a journal knows. One that has not been heard of for the longest is forgotten, and its records would
 * be counted again if they came again: after so many other instances, on one day.
 */
const MAX_SOURCES = 4_000;
/** How often a writer starts again because another one was quicker. */
const MAX_ATTEMPTS = 40;
/** Projects, days and shards that are counted at the same time, and sums that are written so. */
const PARALLEL_JOURNALS = 4;
const PARALLEL_VALUES = 25;
/** A journal outlives what it counts, and every record that may still come. */
const JOURNAL_DAYS_MORE = 2;

const change = z.object({
  usage: z.array(usageShare),
  floods: z.array(floodShare),
  callers: z.array(callerShare),
});
type Change = z.infer<typeof change>;

const journalState = z.object({
  /** Of each source which numbers were counted: first and last of each range, in order. The one heard of last comes last. */
  seen: z.array(z.tuple([z.string(), z.array(z.int())])),
  /** Which tools and callers are told apart. */
  tools: z.array(z.string()),
  callers: z.array(z.string()),
  change,
});
type State = z.infer<typeof journalState>;
const journalItem = z.object({ revision: z.int(), state: z.instanceof(Uint8Array) });

const NOTHING: State = { seen: [], tools: [], callers: [], change: { usage: [], floods: [], callers: [] } };

/**
 * Counts the records that were not counted yet.
 * @throws when the store fails, or others were quicker too often: then the same records must come again
 */
export async function countCalls(
  table: Table,
  records: readonly CallRecord[],
  retentionDays: number,
): Promise<void> {
  const groups = new Map<string, { readonly of: CountedDay; readonly records: CallRecord[] }>();
  for (const record of records) {
    const of = countedDay(record, retentionDays);
    const name = `${of.projectId}#${of.shard}#${of.day}`;
    const group = groups.get(name) ?? { of, records: [] };
    groups.set(name, group);
    group.records.push(record);
  }
  const failures: unknown[] = [];
  await inParallel([...groups.values()], PARALLEL_JOURNALS, (group) =>
    // The others need not wait for this one.
    countDay(table, group.of, group.records).catch((error: unknown) => failures.push(error)),
  );
  if (failures.length > 0) throw failures[0];
}

function countedDay({ project_id, source, at }: CallRecord, retentionDays: number): CountedDay {
  const shard = (createHash('sha256').update(source).digest()[0] ?? 0) % COUNT_SHARDS;
  const day = dayOf(at);
  return { projectId: project_id, shard, day, expires: expiresAfter(endOf(day), retentionDays) };
}

const endOf = (day: string): number => Date.parse(day) + DAY_MS;

async function countDay(table: Table, of: CountedDay, records: readonly CallRecord[]): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; ) {
    const { revision, state } = await readJournal(table, of);
    const step = nextStep(of, state, records);
    const [last, next] = [valuesOf(of, state.change), valuesOf(of, step.state.change)];
    const stored = await readValues(table, [...last, ...next]);
    await apply(table, stored, last, revision);
    if (step.counted === 0) return;
    if (await writeJournal(table, of, revision, step.state)) {
      await apply(table, stored, next, revision + 1);
      if (step.isAll) return;
    } else {
      await pause(Math.random() * Math.min(10 * 2 ** attempt++, 500));
    }
  }
  throw new Error(`Others counted calls of ${of.projectId} more quickly ${MAX_ATTEMPTS} times`);
}

async function readJournal(table: Table, of: CountedDay): Promise<{ revision: number; state: State }> {
  const item = readItem(journalItem, 'journal', await getItem(table, journalKey(of)));
  if (item === undefined) return { revision: 0, state: NOTHING };
  const state = journalState.parse(JSON.parse(inflateRawSync(item.state).toString()));
  return { revision: item.revision, state };
}

/** @returns whether nobody has written it since that revision */
const writeJournal = (table: Table, of: CountedDay, revision: number, state: State): Promise<boolean> =>
  putWhere(
    table,
    journalKey(of),
    {
      revision: revision + 1,
      state: deflateRawSync(JSON.stringify(state)),
      [TIME_TO_LIVE]: of.expires + JOURNAL_DAYS_MORE * 86_400,
    },
    asRead(revision),
  );

const journalKey = ({ projectId, shard, day }: CountedDay): ItemKey => itemKey.journal(projectId, shard, day);

const valuesOf = (of: CountedDay, { usage, floods, callers }: Change): CountedValue[] => [
  ...usage.map((share) => usageValue(of, share)),
  ...floods.flatMap((share) => floodValues(of, share)),
  ...callers.map((share) => callerValue(of, share)),
];

/**
 * What is written next: the records that were not counted, as far as one change holds them.
 * @returns also how many it counts, and whether that is all of them
 */
function nextStep(
  { day }: CountedDay,
  state: State,
  records: readonly CallRecord[],
): { readonly state: State; readonly counted: number; readonly isAll: boolean } {
  const seen = new Map(state.seen.map(([source, ranges]) => [source, new Numbers(ranges)]));
  const isTool = told(state.tools, MAX_TOOLS);
  const isCaller = toldCallers(state.callers);
  const isFlood = told([], MAX_FLOODS);
  const usage = new UsageTally(day);
  const floods = new Map<string, FloodShare>();
  const callers = new Map<string, RefusedCaller>();
  let counted = 0;
  let isAll = true;
  for (const record of records) {
    const numbers = seen.get(record.source) ?? new Numbers([]);
    if (numbers.has(record.n)) continue;
    if (usage.size + floods.size * 4 + callers.size > MAX_VALUES) {
      isAll = false;
      break;
    }
    numbers.add(record.n);
    // Heard of last: to the end.
    seen.delete(record.source);
    seen.set(record.source, numbers);
    counted++;
    const { tool, flood_since } = record;
    usage.add(record, tool === null || isTool.has(short(tool)) ? tool : OTHER_TOOL);
    const caller = refusedCaller(record, isCaller);
    if (caller !== undefined) {
      const known = callers.get(caller.id);
      callers.set(caller.id, known === undefined ? caller : mergeCallers(known, caller));
    }
    if (flood_since !== null) {
      const flood = floodOf(record, flood_since, isFlood.has);
      const known = floods.get(flood.place);
      floods.set(flood.place, known === undefined ? flood : mergeFloods(known, flood));
    }
  }
  const next: State = {
    seen: [...seen].slice(-MAX_SOURCES).map(([source, numbers]) => [source, numbers.ranges]),
    ...{ tools: isTool.all(), callers: isCaller.all() },
    change: { usage: usage.shares(), floods: [...floods.values()], callers: [...callers.values()] },
  };
  return { state: next, counted, isAll };
}

/** Stands for a tool's name in the journal, where a hundred of them are read and written each time. */
const short = (tool: string): string => createHash('sha256').update(tool).digest('base64url').slice(0, 8);

/** The first so many of a kind are told apart. */
function told(known: readonly string[], limit: number) {
  const names = new Set(known);
  return {
    has: (name: string): boolean => {
      if (!names.has(name) && names.size < limit) names.add(name);
      return names.has(name);
    },
    all: (): string[] => [...names],
  };
}

/** As {@link told}, so that no address has all the room: what is left to others tells at least which address it is. */
function toldCallers(known: readonly string[]) {
  const ids = new Set(known);
  const ofAddress = new Map<string, number>();
  const count = (id: string) => {
    const address = addressOfCaller(id);
    ofAddress.set(address, (ofAddress.get(address) ?? 0) + 1);
  };
  for (const id of ids) count(id);
  const has = (id: string, hasRoom: () => boolean): boolean => {
    if (!ids.has(id) && hasRoom()) {
      ids.add(id);
      count(id);
    }
    return ids.has(id);
  };
  return {
    caller: (id: string): boolean =>
      has(
        id,
        () => ids.size < MAX_CALLERS && (ofAddress.get(addressOfCaller(id)) ?? 0) < MAX_CALLERS_OF_ADDRESS,
      ),
    address: (id: string): boolean => has(id, () => ids.size < MAX_CALLERS_AND_ADDRESSES),
    all: (): string[] => [...ids],
  };
}

/** Whole numbers, as ranges: first and last of each, in order. */
class Numbers {
  #ranges: number[];

  constructor(ranges: readonly number[]) {
    this.#ranges = [...ranges];
  }

  get ranges(): number[] {
    return this.#ranges;
  }

  has(n: number): boolean {
    const at = this.#rangeUpTo(n);
    return at >= 0 && n <= (this.#ranges[at + 1] ?? 0);
  }

  /** @param n not in it yet */
  add(n: number): void {
    const at = this.#rangeUpTo(n);
    const joinsBefore = at >= 0 && this.#ranges[at + 1] === n - 1;
    const joinsAfter = this.#ranges[at + 2] === n + 1;
    if (joinsBefore && joinsAfter) this.#ranges.splice(at + 1, 2);
    else if (joinsBefore) this.#ranges[at + 1] = n;
    else if (joinsAfter) this.#ranges[at + 2] = n;
    else this.#ranges.splice(at + 2, 0, n, n);
  }

  /** @returns where the last range begins whose first number is not above n; -2: none does */
  #rangeUpTo(n: number): number {
    let at = this.#ranges.length - 2;
    while (at >= 0 && (this.#ranges[at] ?? 0) > n) at -= 2;
    return at < 0 ? -2 : at;
  }
}

const nameOf = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;

/** What is stored of sums, by {@link nameOf} their keys. */
type Stored = Map<string, Record<string, unknown>>;

const BATCH_GET = 100;
const GET_ROUNDS = 8;

async function readValues(table: Table, values: readonly CountedValue[]): Promise<Stored> {
  const keys = [...new Map(values.map(({ key }) => [nameOf(key), key])).values()];
  const stored: Stored = new Map();
  for (let n = 0; n < keys.length; n += BATCH_GET) {
    const some = keys.slice(n, n + BATCH_GET);
    for (const item of await getItems(table, some, { isConsistent: true, maxRounds: GET_ROUNDS })) {
      stored.set(nameOf({ pk: String(item.pk), sk: String(item.sk) }), item);
    }
  }
  return stored;
}

/**
 * Puts a change into each of its sums that does not have it.
 * @param stored the sums as they were read, and then as they are
 */
async function apply(
  table: Table,
  stored: Stored,
  values: readonly CountedValue[],
  revision: number,
): Promise<void> {
  const pending = values.filter(({ key }) => Number(stored.get(nameOf(key))?.applied ?? 0) < revision);
  const write = async ({ key, expires, add }: CountedValue) => {
    const item = { ...add(stored.get(nameOf(key))), applied: revision, [TIME_TO_LIVE]: expires };
    // Where another writer has put it in meanwhile, it stands there as it would have here.
    await putWhere(table, key, item, {
      expression: 'attribute_not_exists(applied) OR applied < :revision',
      values: { ':revision': revision },
    });
    stored.set(nameOf(key), { ...item, ...key });
  };
  await inParallel(pending, PARALLEL_VALUES, write);
}

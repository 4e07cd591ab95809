import { LRUCache } from 'lru-cache';
import { randomBase62 } from '../domain/api-key.ts';
import { type CallRecord, SOURCE_LENGTH } from '../domain/call-record.ts';
import { DAY_MS } from '../domain/time.ts';

/** Bounds the memory of one instance. A counter that is dropped starts again as another source. */
const MAX_COUNTERS = 10_000;

/** Numbers the records of one instance, so that each is told from every other and one that is delivered twice is known. */
export class Numbering {
  readonly #counters: LRUCache<string, { readonly source: string; last: number }>;
  readonly #newSource: () => string;

  /** @param options.newSource gives 8 characters that no other counter, of whatever instance, has */
  constructor({ newSource = () => randomBase62(SOURCE_LENGTH), maxCounters = MAX_COUNTERS } = {}) {
    this.#counters = new LRUCache({ max: maxCounters });
    this.#newSource = newSource;
  }

  /** @returns the next number of the source for that project and the UTC day of `at`, from 1 without gaps */
  next({ project_id, at }: Pick<CallRecord, 'project_id' | 'at'>): Pick<CallRecord, 'source' | 'n'> {
    const name = `${project_id}#${Math.floor(at / DAY_MS)}`;
    const counter = this.#counters.get(name) ?? { source: this.#newSource(), last: 0 };
    if (counter.last === 0) this.#counters.set(name, counter);
    counter.last += 1;
    return { source: counter.source, n: counter.last };
  }
}

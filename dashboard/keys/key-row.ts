import { scopeName } from '../parts/words.ts';
import { type Key, STANDING_WORDS, standingOf } from './key.ts';

/** A key as its table sorts and filters it: by what is read there. */
export interface KeyRow {
  readonly id: string;
  readonly of: Key;
  readonly name: string;
  readonly key: string;
  readonly standing: string;
  readonly scopes: readonly string[];
  /** By name. */
  readonly servers: readonly string[];
}

/** @param now milliseconds since the epoch */
export const rowOf = (key: Key, serverNames: ReadonlyMap<string, string>, now: number): KeyRow => ({
  id: key.id,
  of: key,
  name: key.name,
  key: key.key,
  standing: STANDING_WORDS[standingOf(key, now)],
  scopes: key.scopes.map(scopeName),
  servers: key.mcp_server_ids?.map((id) => serverNames.get(id) ?? id) ?? ['All'],
});

/** Orders moments in ISO 8601; none comes last, as what never was or never will be. */
export const byMoment =
  (field: 'last_used_at' | 'expires_at' | 'created_at') =>
  ({ of: one }: KeyRow, { of: other }: KeyRow): number =>
    (one[field] ?? LAST).localeCompare(other[field] ?? LAST);

export const byList =
  (field: 'scopes' | 'servers') =>
  (one: KeyRow, other: KeyRow): number =>
    one[field].join().localeCompare(other[field].join());

const LAST = '~';

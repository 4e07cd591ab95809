import { applyToJson, parseJsonFile } from './json.ts';
import { applyToToml, parseTomlFile } from './toml.ts';

export type Language = 'json' | 'toml';
/** What a file or a part of it holds, by names. */
export type Entries = Readonly<Record<string, unknown>>;
/** One thing to set: its path, of a group (`mcpServers`) and mostly a name in it, and what is to stand there. */
export interface Change {
  readonly path: readonly [group: string, name?: string];
  readonly value: unknown;
  /** Of a list: the elements of `value` that are new, at its end. */
  readonly added?: readonly unknown[];
}

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Puts a client's configuration into the file that it has already. Of what stands there, only an entry of the same name is
 * replaced: all others, comments and the form of the file stay.
 * @param existing what is in the file; `''`: nothing
 * @param fragment a whole configuration with the one entry, as it would be pasted into an empty file
 * @returns the new content: `existing` itself when the entry stands there already
 * @throws Error with the end of a sentence about the file, when it cannot be read as what it should be
 */
export function mergeConfiguration(existing: string, fragment: string, language: Language): string {
  const { parse, apply } = LANGUAGES[language];
  const mark = existing.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const text = existing.slice(mark.length);
  if (text.trim() === '') return `${mark}${fragment.trim()}\n`;
  const found = parse(text);
  const changes = changesOf(found, parse(fragment));
  if (changes.length === 0) return existing;
  const wanted = changes.reduce(changed, found);
  const merged = apply(text, changes, { fragment, wanted });
  if (!isAlike(parse(merged), wanted)) throw new Error('it has a form that cannot be changed safely');
  return mark + merged;
}

const LANGUAGES = {
  json: { parse: parseJsonFile, apply: applyToJson },
  toml: { parse: parseTomlFile, apply: applyToToml },
};

/** @returns the entry of a server in a fragment: the group that it is in, and its name */
export function entryOf(fragment: string, language: Language): { group: string; name: string } {
  const entries = Object.entries(LANGUAGES[language].parse(fragment));
  const [group, members] = entries.find(([, value]) => isEntries(value)) ?? ['', {}];
  return { group, name: Object.keys(members ?? {})[0] ?? '' };
}

/** @returns whether a file has an entry already, whatever is in it */
export function hasEntry(
  existing: string,
  { group, name }: { readonly group: string; readonly name: string },
  language: Language,
): boolean {
  const text = existing.replace(BYTE_ORDER_MARK, '');
  const members = text.trim() === '' ? undefined : own(LANGUAGES[language].parse(text), group);
  return isEntries(members) && Object.hasOwn(members, name);
}

/**
 * What has to change: each entry of a group as a whole, each element of a list that is not there yet by its id, and whatever
 * else only where it is missing.
 */
function changesOf(found: Entries, fragment: Entries): Change[] {
  return Object.entries(fragment).flatMap(([group, value]): Change[] => {
    const there = own(found, group);
    if (there === undefined) return [{ path: [group], value }];
    if (isEntries(value)) {
      if (!isEntries(there)) throw new Error(`its "${group}" is no object`);
      return Object.entries(value)
        .filter(([name, entry]) => !isAlike(own(there, name), entry))
        .map(([name, entry]) => ({ path: [group, name], value: entry }));
    }
    if (Array.isArray(value)) {
      if (!Array.isArray(there)) throw new Error(`its "${group}" is no list`);
      const added = value.filter((one) => !there.some((other) => isAlike(idOf(other), idOf(one))));
      return added.length === 0 ? [] : [{ path: [group], value: [...there, ...added], added }];
    }
    return [];
  });
}

/** The object with one change made; what it does not touch is the same. */
function changed(found: Entries, { path: [group, name], value }: Change): Entries {
  if (name === undefined) return { ...found, [group]: value };
  const members = own(found, group);
  return { ...found, [group]: { ...(isEntries(members) && members), [name]: value } };
}

const own = (entries: Entries, name: string): unknown =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;

const idOf = (element: unknown): unknown => (isEntries(element) && own(element, 'id')) || element;

export const isEntries = (value: unknown): value is Entries =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Whether two hold the same, in whatever order. */
const isAlike = (one: unknown, other: unknown): boolean =>
  JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));

/** As JSON has it: the members of objects by their names, and as text what JSON does not know. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isEntries(value)) return ['bigint', 'number'].includes(typeof value) ? `${value}` : value;
  return Object.keys(value)
    .sort()
    .map((name) => [name, inOrder(value[name])]);
}

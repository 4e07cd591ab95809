import { parse as parseToml, patch as patchToml } from '@decimalturn/toml-patch';
import { applyEdits, modify, type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

type Language = 'json' | 'toml';
type Entries = Record<string, unknown>;

const isEntries = (value: unknown): value is Entries =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Puts a client's configuration into the file that it has already. Of what stands there, only an entry of the same name is
 * replaced: all others, comments and the form of the file stay.
 * @param existing what is in the file; `''`: nothing
 * @param fragment a whole configuration with the one entry, as it would be pasted into an empty file
 * @returns the new content
 * @throws Error with one sentence when the file cannot be read as what it should be
 */
export function mergeConfiguration(existing: string, fragment: string, language: Language): string {
  return language === 'json' ? mergeJson(existing, fragment) : mergeToml(existing, fragment);
}

function mergeJson(existing: string, fragment: string): string {
  const text = existing.replace(/^\uFEFF/, '');
  if (text.trim() === '') return `${fragment.trim()}\n`;
  const problems: ParseError[] = [];
  const found: unknown = parse(text, problems, { allowTrailingComma: true });
  const [problem] = problems;
  if (problem !== undefined || !isEntries(found)) {
    throw new Error(
      problem === undefined
        ? 'it is no JSON object'
        : `it is no JSON: ${printParseErrorCode(problem.error)} at ${problem.offset}`,
    );
  }
  let merged = existing;
  for (const [path, value] of changes(found, JSON.parse(fragment))) {
    merged = applyEdits(merged, modify(merged, path, value, { formattingOptions: formatOf(text) }));
  }
  return merged;
}

/** As the file is indented already. */
function formatOf(text: string) {
  const [, indent = '  '] = /\n([ \t]+)"/.exec(text) ?? [];
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

function mergeToml(existing: string, fragment: string): string {
  if (existing.trim() === '') return `${fragment.trim()}\n`;
  let found: Entries;
  try {
    found = parseToml(existing) as Entries;
  } catch (error) {
    throw new Error(`it is no TOML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`);
  }
  const wanted = structuredClone(found);
  const asked = changes(found, parseToml(fragment) as Entries);
  if (asked.length === 0) return existing;
  for (const [path, value] of asked) set(wanted, path, value);
  // What is new goes to the end as it is; what is there already is changed where it stands.
  const isNew = asked.every(
    ([[group = '', name = '']]) => !(String(name) in entriesOf(found, String(group))),
  );
  const merged = isNew ? `${existing.trimEnd()}\n\n${fragment.trim()}\n` : patchToml(existing, wanted);
  if (!isAlike(parseToml(merged), wanted)) throw new Error('it has a form that cannot be changed safely');
  return merged;
}

/** Whether two hold the same, in whatever order. */
const isAlike = (one: unknown, other: unknown): boolean =>
  JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));

const inOrder = (value: unknown): unknown =>
  isEntries(value) && !(value instanceof Date)
    ? Object.fromEntries(
        Object.keys(value)
          .toSorted()
          .map((name) => [name, inOrder(value[name])]),
      )
    : Array.isArray(value)
      ? value.map(inOrder)
      : value;

const entriesOf = (found: Entries, group: string): Entries => {
  const there = found[group];
  return isEntries(there) ? there : {};
};

function set(target: Entries, path: readonly (string | number)[], value: unknown): void {
  const [name, ...rest] = path;
  if (typeof name !== 'string') return;
  if (rest.length === 0) target[name] = value;
  else {
    const inner = target[name];
    const next = isEntries(inner) ? inner : {};
    target[name] = next;
    set(next, rest, value);
  }
}

/**
 * What has to change: each entry of a group (`mcpServers`) as a whole, each element of a list that is not there yet by its id, and
 * whatever else only where it is missing.
 */
function changes(found: Entries, fragment: Entries): [path: (string | number)[], value: unknown][] {
  return Object.entries(fragment).flatMap(([group, value]): [(string | number)[], unknown][] => {
    const there = found[group];
    if (isEntries(value)) {
      if (there !== undefined && !isEntries(there)) throw new Error(`its "${group}" is no object`);
      return Object.entries(value)
        .filter(([name, entry]) => JSON.stringify(there?.[name]) !== JSON.stringify(entry))
        .map(([name, entry]) => [[group, name], entry]);
    }
    if (Array.isArray(value)) {
      if (there !== undefined && !Array.isArray(there)) throw new Error(`its "${group}" is no list`);
      const known: readonly unknown[] = there ?? [];
      const missing = value.filter((one) => !known.some((other) => idOf(other) === idOf(one)));
      return missing.length === 0 ? [] : [[[group], [...known, ...missing]]];
    }
    return there === undefined ? [[[group], value]] : [];
  });
}

const idOf = (element: unknown): unknown =>
  isEntries(element) && 'id' in element ? element.id : JSON.stringify(element);

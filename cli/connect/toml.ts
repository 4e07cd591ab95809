import { parse, patch } from '@decimalturn/toml-patch';
import { type Change, type Entries, isEntries } from './merge.ts';

/** @throws Error with the end of a sentence when it is no TOML */
export function parseTomlFile(text: string): Entries {
  let found: unknown;
  try {
    found = parse(text);
  } catch (error) {
    const [, line] = /\((\d+), *\d+\)/.exec(error instanceof Error ? error.message : '') ?? [];
    throw new Error(`it is no TOML${line === undefined ? '' : `: line ${line}`}`);
  }
  if (!isEntries(found)) throw new Error('it is no TOML');
  return found;
}

/**
 * Makes changes. An entry that is new goes to the end; one that has tables of its own makes way where it stands. In any other
 * form it is changed value by value.
 */
export function applyToToml(
  text: string,
  changes: readonly Change[],
  { fragment, wanted }: { readonly fragment: string; readonly wanted: Entries },
): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const entry = fragment.trim().split('\n');
  const lines = text.split(/\r?\n/);
  const paths = changes.map(({ path }) => path.filter((name) => name !== undefined));
  const tables = tablesOf(lines).filter(({ path }) =>
    paths.some((changed) => changed.every((name, n) => path[n] === name)),
  );
  const candidate =
    tables.length === 0
      ? `${text.trimEnd()}${end}${end}${entry.join(end)}${end}`
      : replaced(text, tables, entry.join(end));
  // A group that is written in one line, for example, cannot be gone on with further down.
  return isToml(candidate) ? candidate : patch(text, wanted);
}

/** A table with a header of its own. */
interface Table {
  readonly path: readonly string[];
  /** Where its header begins. */
  readonly start: number;
  /** Behind its last value; what follows belongs to the next. */
  readonly end: number;
}

/** @param lines without their ends */
function tablesOf(lines: readonly string[]): Table[] {
  const headers = lines.flatMap((line, n) => {
    const path = /^\s*\[/.test(line) && isToml(lines.slice(0, n).join('\n')) ? pathOf(line) : undefined;
    return path === undefined ? [] : [{ path, start: n }];
  });
  return headers.map(({ path, start }, n) => {
    const next = headers[n + 1]?.start ?? lines.length;
    const last = lines.slice(start, next).findLastIndex((line) => !/^\s*(#.*)?$/.test(line));
    return { path, start, end: start + last + 1 };
  });
}

/** @returns the names in the header of a table; `undefined`: the line is none */
function pathOf(header: string): string[] | undefined {
  if (!isToml(header)) return undefined;
  const path: string[] = [];
  for (let inner: unknown = parse(header); isEntries(inner); ) {
    const [name] = Object.keys(inner);
    if (name === undefined) break;
    path.push(name);
    inner = inner[name];
  }
  return path;
}

/** Puts an entry in the place of the first of its tables, and takes the others away. */
function replaced(text: string, tables: readonly Table[], entry: string): string {
  const lines = text.split(/(?<=\n)/);
  const [first] = tables;
  return lines
    .flatMap((line, n) => {
      const table = tables.find(({ start, end }) => start <= n && n < end);
      if (table === undefined) return [line];
      return table === first && n === table.start
        ? [entry, /\r?\n$/.exec(lines[table.end - 1] ?? '')?.[0] ?? '']
        : [];
    })
    .join('');
}

function isToml(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

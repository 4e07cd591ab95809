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

/** Makes changes: what is new goes to the end as it is, and what is there already is changed where it stands. */
export function applyToToml(
  text: string,
  changes: readonly Change[],
  { fragment, wanted }: { readonly fragment: string; readonly wanted: Entries },
): string {
  const found = parseTomlFile(text);
  const isNew = changes.every(({ path: [group, name = ''] }) => {
    const members = found[group];
    return !(isEntries(members) && Object.hasOwn(members, name));
  });
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const appended = `${text.trimEnd()}${end}${end}${fragment.trim().replaceAll('\n', end)}${end}`;
  // A group that is written in one line cannot be gone on with further down.
  return isNew && isToml(appended) ? appended : patch(text, wanted);
}

function isToml(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

import CliTable from 'cli-table3';
import colors from 'picocolors';

/** Controls of the terminal, and what turns the direction of text around. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What others have written must not steer a terminal: whatever cannot be seen is shown as `·`. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, '·');

/** A line on stdout: a result. */
export const print = (line = ''): boolean => process.stdout.write(`${line}\n`);

/** A line on stderr: about what is done. */
export const note = (line: string): boolean => process.stderr.write(`${line}\n`);

/** A result as the API answered it. */
export const printJson = (value: unknown): boolean => print(JSON.stringify(value, null, 2));

/** A cell: what is not there is a dash. */
type Cell = string | number | boolean | null | undefined;

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((name) => [name, '']),
);

/** Prints rows below a line of names; with none a sentence on stderr. */
export function printTable(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  ifNone: string,
): void {
  if (rows.length === 0) {
    note(ifNone);
    return;
  }
  const table = new CliTable({
    head: columns.map((column) => colors.bold(column.toUpperCase())),
    chars: { ...NO_LINES, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => row.map(cell)));
  print(
    table
      .toString()
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n'),
  );
}

const cell = (value: Cell): string =>
  value === null || value === undefined || value === '' ? '-' : printable(String(value));

/** `2026-11-27 12:00:00Z`. @param iso a moment in UTC; `null`: a dash */
export const moment = (iso: string | null | undefined): string =>
  iso == null ? '-' : iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');

/** One object, a line a member. */
export function printFields(fields: Readonly<Record<string, Cell | readonly Cell[]>>): void {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  for (const [name, value] of Object.entries(fields)) {
    const shown = Array.isArray(value) ? value.map(cell).join(', ') || '-' : cell(value as Cell);
    print(`${colors.bold(name.padEnd(width))}  ${shown}`);
  }
}

export { colors };

import CliTable from 'cli-table3';
import { createColors } from 'picocolors';

/** Whether results are wanted as the API answers them: then nothing is said beside them but what went wrong. */
export const IS_JSON = process.argv.includes('--json');

const isPlain =
  process.env.TERM === 'dumb' || Boolean(process.env.NO_COLOR) || process.argv.includes('--no-color');

const colorsOf = ({ isTTY }: NodeJS.WriteStream) => createColors(isTTY === true && !isPlain);

/** Of what is printed on stdout. */
export const colors = colorsOf(process.stdout);

/** Controls of the terminal, and what turns the direction of text around. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What others have written must not steer a terminal: whatever cannot be seen is shown as `·`. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, '·');

/** A line on stdout: a result. */
export const print = (line = ''): boolean => process.stdout.write(`${line}\n`);

/** A line on stderr: about what is done. */
export const note = (line: string): boolean => IS_JSON || process.stderr.write(`${line}\n`);

/**
 * @param indent of spaces; 0: all in one line
 * @returns the value as JSON, in which nothing steers a terminal
 */
export const toJson = (value: unknown, indent = 0): string =>
  JSON.stringify(value, null, indent).replaceAll(UNPRINTABLE, (character) =>
    character === '\n' ? character : escaped(character),
  );

/** `\u009b`; of a character outside the first plane, both its halves. */
const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((n) => `\\u${character.charCodeAt(n).toString(16).padStart(4, '0')}`)
    .join('');

/** A result as the API answered it. */
export const printJson = (value: unknown): boolean => print(toJson(value, 2));

/** A cell: what is not there is a dash. */
type Cell = string | number | boolean | null | undefined;

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((name) => [name, '']),
);
const GAP = '  ';

/**
 * Prints rows below a line of names. On a terminal a row stays a line: what is too wide for it is cut, the widest first.
 * @param ifNone a sentence for stderr, where there are no rows
 */
export function printTable(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  ifNone: string,
): void {
  if (rows.length === 0) note(ifNone);
  else print(table(columns, rows, process.stdout));
}

/** As {@link printTable}, of what is told on the way. */
export const noteTable = (columns: readonly string[], rows: readonly (readonly Cell[])[]): boolean =>
  note(table(columns, rows, process.stderr));

function table(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  stream: NodeJS.WriteStream,
): string {
  const head = columns.map((column) => column.toUpperCase());
  const cells = rows.map((row) => row.map(shown));
  const drawn = new CliTable({
    head: head.map(colorsOf(stream).bold),
    colWidths: widths([head, ...cells], stream.columns),
    chars: { ...NO_LINES, middle: GAP },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  drawn.push(...cells);
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Narrower than that a column tells nothing. */
const MIN_WIDTH = 4;

/**
 * @param available characters of a line; `undefined`: as many as it takes
 * @returns the widths of the columns, of which none is wider than the widest that lets a row stay a line
 */
function widths(
  rows: readonly (readonly string[])[],
  available = Number.POSITIVE_INFINITY,
): (number | null)[] {
  const needed = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => [...(row[n] ?? '')].length)));
  const room = available - GAP.length * (needed.length - 1);
  if (total(needed) <= room) return needed.map(() => null);
  let widest = Math.max(...needed);
  const cut = () => needed.map((width) => Math.min(width, widest));
  while (widest > MIN_WIDTH && total(cut()) > room) widest--;
  return cut();
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

const shown = (value: Cell): string =>
  value === null || value === undefined || value === '' ? '-' : printable(String(value));

/** `2026-11-27 12:00:00Z`. @param iso a moment in UTC; `null`: a dash */
export const moment = (iso: string | null | undefined): string =>
  iso == null ? '-' : iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');

/** One object, a line a member. */
export function printFields(fields: Readonly<Record<string, Cell | readonly Cell[]>>): void {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  for (const [name, value] of Object.entries(fields)) {
    const text = Array.isArray(value) ? value.map(shown).join(', ') || '-' : shown(value as Cell);
    print(`${colors.bold(name.padEnd(width))}  ${text}`);
  }
}

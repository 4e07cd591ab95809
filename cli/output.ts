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

type Rows = readonly (readonly Cell[])[];

/**
 * Prints rows below a line of names. On a terminal a row stays a line: what is too wide for it is left out, or cut.
 * @param ifNone a sentence for stderr, where there are no rows
 * @param spare the columns that are missed least, from the first to be left out
 */
export async function printTable(
  columns: readonly string[],
  rows: Rows,
  ifNone: string,
  spare?: readonly string[],
): Promise<void> {
  if (rows.length === 0) note(ifNone);
  else print(await table(columns, rows, spare, process.stdout));
}

/** As {@link printTable}, of what is told on the way. */
export async function noteTable(
  columns: readonly string[],
  rows: Rows,
  spare?: readonly string[],
): Promise<void> {
  note(await table(columns, rows, spare, process.stderr));
}

async function table(
  columns: readonly string[],
  rows: Rows,
  spare: readonly string[] = [],
  stream: NodeJS.WriteStream,
): Promise<string> {
  // It brings what is known of the width of characters: whoever draws no table does not wait for it.
  const { default: CliTable } = await import('cli-table3');
  const all = [columns.map((column) => column.toUpperCase()), ...rows.map((row) => row.map(shown))];
  const room = stream.columns || Number.POSITIVE_INFINITY;
  const gone = new Set<string>();
  const left = () => all.map((row) => row.filter((_, n) => !gone.has(columns[n] ?? '')));
  for (const column of spare) {
    if (needed(left(), COMFORTABLE) <= room) break;
    gone.add(column);
  }
  const [head = [], ...cells] = left();
  const drawn = new CliTable({
    head: head.map(colorsOf(stream).bold),
    colWidths: cutWidths([head, ...cells], room),
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

/** Columns are left out until each of the others has so much, if it needs it. */
const COMFORTABLE = 12;
/** The first column has room for an id, or a moment. */
const FIRST = 28;
const LEAST = 4;

/** How wide the columns are, none but the first wider than `most`. */
const widths = (rows: readonly (readonly string[])[], most: number): number[] =>
  (rows[0] ?? [])
    .map((_, n) => Math.max(...rows.map((row) => [...(row[n] ?? '')].length)))
    .map((width, n) => Math.min(width, n === 0 ? Math.max(most, FIRST) : most));

const needed = (rows: readonly (readonly string[])[], most: number): number =>
  widths(rows, most).reduce((sum, width) => sum + width + GAP.length, -GAP.length);

/** @returns for each column how wide it may be, so that a row has room; `null`: as wide as it is */
function cutWidths(rows: readonly (readonly string[])[], room: number): (number | null)[] {
  const whole = widths(rows, Number.POSITIVE_INFINITY);
  if (needed(rows, Number.POSITIVE_INFINITY) <= room) return whole.map(() => null);
  let most = Math.max(...whole);
  while (most > LEAST && needed(rows, most) > room) most--;
  return widths(rows, most);
}

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

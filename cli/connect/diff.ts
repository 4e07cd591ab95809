/** More cells than that are compared no more: all lines are shown as changed. */
const MAX_CELLS = 4_000_000;

/**
 * What changes between two texts, line by line, with nothing around it: what stands beside it may hold secrets. Commas make no difference: one comes
 * behind what was last.
 * @returns lines that begin with `-`, `+`, or with `@@` and the number of the first that is changed
 */
export function diff(before: string, after: string): string[] {
  const [old, young] = [linesOf(before), linesOf(after)];
  const start = commonLines(old, young);
  const end = Math.min(
    commonLines(old.toReversed(), young.toReversed()),
    Math.min(old.length, young.length) - start,
  );
  const [gone, come] = [old.slice(start, old.length - end), young.slice(start, young.length - end)];
  const shown: string[] = [];
  let line = start + 1;
  let isChange = false;
  for (const [sign, text] of steps(gone, come)) {
    if (sign !== ' ' && !isChange) shown.push(`@@ line ${line} @@`);
    isChange = sign !== ' ';
    if (isChange) shown.push(`${sign}${masked(text)}`);
    if (sign !== '-') line++;
  }
  return shown;
}

const linesOf = (text: string): string[] => (text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/));

const isSame = (one: string | undefined, other: string | undefined): boolean =>
  one?.replaceAll(',', '') === other?.replaceAll(',', '');

function commonLines(one: readonly string[], other: readonly string[]): number {
  let n = 0;
  while (n < one.length && n < other.length && isSame(one[n], other[n])) n++;
  return n;
}

/** The lines of both, in order: those that they have in common as many as can be. */
function steps(old: readonly string[], young: readonly string[]): [sign: '-' | '+' | ' ', text: string][] {
  const all = (sign: '-' | '+', lines: readonly string[]) =>
    lines.map((text): ['-' | '+', string] => [sign, text]);
  if (old.length * young.length > MAX_CELLS) return [...all('-', old), ...all('+', young)];
  // How many lines the rests from here on have in common.
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(young.length + 1));
  const at = (n: number, m: number) => common[n]?.[m] ?? 0;
  for (let n = old.length - 1; n >= 0; n--) {
    for (let m = young.length - 1; m >= 0; m--) {
      const row = common[n];
      if (row)
        row[m] = isSame(old[n], young[m]) ? at(n + 1, m + 1) + 1 : Math.max(at(n + 1, m), at(n, m + 1));
    }
  }
  const found: [sign: '-' | '+' | ' ', text: string][] = [];
  let [n, m] = [0, 0];
  while (n < old.length || m < young.length) {
    const [one, other] = [old[n], young[m]];
    if (one !== undefined && other !== undefined && isSame(one, other)) {
      found.push([' ', other]);
      n++;
      m++;
    } else if (one !== undefined && (other === undefined || at(n + 1, m) >= at(n, m + 1))) {
      found.push(['-', one]);
      n++;
    } else if (other !== undefined) {
      found.push(['+', other]);
      m++;
    }
  }
  return found;
}

/** Keys of the gateway by their last characters, other credentials not at all. */
const masked = (line: string): string =>
  line
    .replaceAll(/\b(o?ak_)[0-9A-Za-z]{26,}(?=[0-9A-Za-z]{4}\b)/g, '$1**')
    .replaceAll(/\b(Bearer|Basic) +(?!o?ak_|[$%{])[^\s"',]+/gi, '$1 ***');

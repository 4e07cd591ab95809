import {
  createScanner,
  type Node,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { type Change, type Entries, isEntries } from './merge.ts';

/** As most clients read their files: with comments, and with a comma at the end. */
const OPTIONS = { allowTrailingComma: true };

/** @throws Error with the end of a sentence when it is no object of JSON */
export function parseJsonFile(text: string): Entries {
  const problems: ParseError[] = [];
  const found: unknown = parse(text, problems, OPTIONS);
  const [problem] = problems;
  if (problem !== undefined) {
    const line = text.slice(0, problem.offset).split('\n').length;
    throw new Error(`it is no JSON: ${printParseErrorCode(problem.error)} in line ${line}`);
  }
  if (!isEntries(found)) throw new Error('it is no JSON object');
  return found;
}

/** Makes changes so that not a character moves that has nothing to do with them. */
export const applyToJson = (text: string, changes: readonly Change[]): string =>
  changes.reduce(applied, text);

function applied(text: string, { path, value, added }: Change): string {
  let node = parseTree(text, [], OPTIONS);
  for (const [n, name] of path.entries()) {
    const found = memberOf(node, name);
    if (found === undefined) {
      const [outer, ...inner] = path.slice(n).filter((step) => step !== undefined);
      const member = inner.reduceRight<unknown>((content, step) => ({ [step]: content }), value);
      return inserted(text, node, (style) => `${JSON.stringify(outer)}:${style.space}${style.write(member)}`);
    }
    node = found;
    if (path[n + 1] === undefined) break;
  }
  if (added !== undefined) {
    return added.reduce<string>((before, element) => {
      const list = memberOf(parseTree(before, [], OPTIONS), path[0]);
      return inserted(before, list, (style) => style.write(element));
    }, text);
  }
  const { offset, length } = node ?? { offset: 0, length: 0 };
  const written = styleOf(text, { indent: indentAt(text, offset), isBlock: isBlock(text) }).write(value);
  return text.slice(0, offset) + written + text.slice(offset + length);
}

/** Of several of the same name the last: it is the one that counts. */
const memberOf = (node: Node | undefined, name: string | undefined): Node | undefined =>
  node?.children?.findLast(({ children }) => children?.[0]?.value === name)?.children?.[1];

interface Style {
  readonly space: string;
  /** @returns a value as JSON, as the file is formed */
  readonly write: (value: unknown) => string;
}

/** Whether a file is written over several lines. */
const isBlock = (text: string): boolean => text.trim().includes('\n');

function styleOf(
  text: string,
  { indent, isBlock }: { readonly indent: string; readonly isBlock: boolean },
): Style {
  const isWide = isBlock || /": /.test(text);
  return {
    space: isWide ? ' ' : '',
    write: (value) =>
      isBlock
        ? JSON.stringify(value, null, unitOf(text)).replaceAll('\n', newline(text) + indent)
        : JSON.stringify(value),
  };
}

/** What the file is indented by. */
const unitOf = (text: string): string => /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
const newline = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** The white space that the line of an offset begins with. */
const indentAt = (text: string, offset: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))?.[0] ?? '';

const isFirstInLine = (text: string, offset: number): boolean =>
  text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).trim() === '';

/** Puts an item at the end of an object or a list. */
function inserted(text: string, container: Node | undefined, write: (style: Style) => string): string {
  const { offset: open, length, children = [] } = container ?? { offset: 0, length: text.length };
  const close = open + length - 1;
  const first = children[0];
  const last = children.at(-1);
  const end = last === undefined ? open + 1 : last.offset + last.length;
  const comma = commaAfter(text, end, close);
  // An object that has members stays in its line when it is in one.
  if (last !== undefined && !text.slice(open, close).includes('\n')) {
    const style = styleOf(text, { indent: '', isBlock: false });
    const at = comma === undefined ? end : comma + 1;
    const item = style.space + write(style);
    return text.slice(0, at) + (comma === undefined ? `,${item}` : `${item},`) + text.slice(at);
  }

  const closeIndent = indentAt(text, isFirstInLine(text, close) ? close : open);
  const indent =
    first !== undefined && isFirstInLine(text, first.offset)
      ? indentAt(text, first.offset)
      : closeIndent + unitOf(text);
  const item = newline(text) + indent + write(styleOf(text, { indent, isBlock: true }));
  // Behind the comments that belong to what is there.
  const at = open + 1 + text.slice(open + 1, close).trimEnd().length;
  const rest = text.slice(at, close);
  return [
    text.slice(0, end),
    last === undefined || comma !== undefined ? '' : ',',
    text.slice(end, at),
    item,
    comma === undefined ? '' : ',',
    rest.includes('\n') ? rest : newline(text) + closeIndent,
    text.slice(close),
  ].join('');
}

/** Where the comma behind the last item is, which may stand behind comments; `undefined`: there is none. */
function commaAfter(text: string, end: number, close: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(end);
  scanner.scan();
  const at = scanner.getTokenOffset();
  return at < close && text[at] === ',' ? at : undefined;
}

import type { APIGatewayProxyResult } from 'aws-lambda';
import { stringify } from 'csv-stringify/sync';
import { NEXT_CURSOR_HEADER, textAnswer } from './management.ts';
import type { ListFormat } from './schemas.ts';

/** Names of members of a row; a dot goes into a member: `outcomes.allowed`. */
export type Columns = readonly string[];

/**
 * So much the rows of an answer may take, as Lambda counts it, which has the answer in JSON once more: 6 MB are its limit,
 * and headers are in it too.
 */
const MAX_ROWS_BYTES = 5_500_000;

/**
 * @param columns of CSV: what they leave out of a row is not in it; what a row leaves out is empty
 * @returns renders the rows of a list as far as one answer holds them, at least one, and then the answer
 */
export function listRenderer(format: ListFormat, { name, columns }: { name: string; columns: Columns }) {
  const line = LINES[format];
  const toLine = (row: object): string => line(row, columns);
  return {
    room: (bytes: number = MAX_ROWS_BYTES) => answerRoom(toLine, bytes),

    /** @param more what stands beside the rows; in JSON alone */
    answer(
      lines: readonly string[],
      nextCursor: string | null | undefined,
      more: Readonly<Record<string, unknown>> = {},
    ): APIGatewayProxyResult {
      const items = lines.join('');
      if (format === 'json') {
        // The rows are rendered already: they are put into their place as they are.
        const rest = { ...more, ...(nextCursor !== undefined && { next_cursor: nextCursor }) };
        const [head, tail] = [JSON.stringify(rest).slice(1, -1), items.slice(0, -1)];
        return textAnswer(200, `{"items":[${tail}]${head === '' ? '' : `,${head}`}}`, JSON_TYPE);
      }
      const body = format === 'csv' ? headOf(columns) + items : items;
      return textAnswer(200, body, {
        ...CONTENT_TYPES[format],
        ...(nextCursor != null && { [NEXT_CURSOR_HEADER]: nextCursor }),
        'content-disposition': `attachment; filename="${name}.${format}"`,
      });
    },
  };
}

const JSON_TYPE = { 'content-type': 'application/json' } as const;
const CONTENT_TYPES = {
  jsonl: { 'content-type': 'application/x-ndjson' },
  csv: { 'content-type': 'text/csv; charset=utf-8' },
} as const;

const CSV = {
  record_delimiter: 'windows',
  // What a client calls itself must not run in the owner's spreadsheet.
  escape_formulas: true,
  cast: { boolean: String },
} as const;

const LINES: Record<ListFormat, (row: object, columns: Columns) => string> = {
  json: (row) => `${JSON.stringify(row)},`,
  jsonl: (row) => `${JSON.stringify(row)}\n`,
  csv: (row, columns) => stringify([row], { ...CSV, columns: [...columns] }),
};

const headOf = (columns: Columns): string => stringify([], { ...CSV, header: true, columns: [...columns] });

/** Takes rows until an answer is full. */
function answerRoom(toLine: (row: object) => string, maxBytes: number) {
  const lines: string[] = [];
  let bytes = 0;
  return {
    lines,
    /** @returns whether there was room for it */
    take(row: object): boolean {
      const line = toLine(row);
      bytes += Buffer.byteLength(JSON.stringify(line));
      if (lines.length > 0 && bytes > maxBytes) return false;
      lines.push(line);
      return true;
    },
  };
}

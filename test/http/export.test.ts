import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { listRenderer } from '../../functions/http/export.ts';
import { LIST_FORMATS, type ListFormat } from '../../functions/http/schemas.ts';

const COLUMNS = ['id', 'name', 'count', 'is_new', 'sums.left', 'sums.right', 'data'];

/** What a client may write into a row. */
const HOSTILE = [
  'plain',
  '',
  'with "quotes"',
  'a,b;c\td',
  'two\nlines',
  'two\r\nlines',
  'only\rreturn',
  'ключ-🔑-鍵',
  "'single",
  ' spaces ',
  'null',
  '\u2028\u2029',
  '\ufeffmark',
];
const FORMULAS = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '＝1',
  '=HYPERLINK("https://x.invalid","y")',
];

const row = (n: number, name: string | null) => ({
  id: `log_${n}`,
  name,
  count: n,
  is_new: n % 2 === 0,
  sums: { left: 1 - n, right: null },
  data: { arguments: { text: name }, list: [1, 'a'] },
});

function rendered(format: ListFormat, rows: readonly object[], cursor: string | null = null) {
  const renderer = listRenderer(format, { name: 'rows', columns: COLUMNS });
  const room = renderer.room();
  for (const one of rows) expect(room.take(one)).toBe(true);
  return renderer.answer(room.lines, cursor);
}

const csvRows = (body: string): Record<string, string>[] =>
  parse(body, { columns: true, record_delimiter: '\r\n' });

describe('a list', () => {
  const rows = [...HOSTILE, ...FORMULAS, null].map((name, n) => row(n, name));

  it('as JSON is one object with the rows and the next cursor', () => {
    const { headers, body } = rendered('json', rows, 'next');
    expect(JSON.parse(body)).toEqual({ items: rows, next_cursor: 'next' });
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(headers).not.toHaveProperty('x-next-cursor');
    expect(headers).not.toHaveProperty('content-disposition');
    expect(JSON.parse(rendered('json', []).body)).toEqual({ items: [], next_cursor: null });
  });

  it('as JSON may have more beside the rows, and no cursor', () => {
    const renderer = listRenderer('json', { name: 'rows', columns: [] });
    const { body } = renderer.answer([], undefined, { group_by: 'day' });
    expect(JSON.parse(body)).toEqual({ items: [], group_by: 'day' });
    expect(JSON.parse(renderer.answer([], undefined).body)).toEqual({ items: [] });
  });

  it('as JSON lines is a row a line, whatever the rows hold', () => {
    const { headers, body } = rendered('jsonl', rows, 'next');
    const lines = body.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
    expect(headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="rows.jsonl"',
      'x-next-cursor': 'next',
    });
    expect(rendered('jsonl', []).body).toBe('');
  });

  it('as CSV is read back as it was, what is nested as JSON', () => {
    const { headers, body } = rendered('csv', rows, 'next');
    const read = csvRows(body);
    expect(read).toHaveLength(rows.length);
    for (const [n, { id, name, count, is_new, sums, data }] of rows.entries()) {
      expect(read[n]).toEqual({
        id,
        name: FORMULAS.includes(name ?? '') ? `'${name}` : (name ?? ''),
        count: String(count),
        is_new: String(is_new),
        'sums.left': String(sums.left),
        'sums.right': '',
        data: expect.any(String),
      });
      expect(JSON.parse(read[n]?.data ?? '')).toEqual(data);
    }
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="rows.csv"',
      'x-next-cursor': 'next',
    });
  });

  it('as CSV has no cell that a spreadsheet runs, wherever in the row it stands', () => {
    for (const formula of FORMULAS) {
      const { body } = rendered('csv', [{ id: formula, name: formula, data: formula }]);
      for (const cell of Object.values(csvRows(body)[0] ?? {})) expect(cell).toMatch(/^(?:'|$)/);
    }
  });

  it('as CSV has its head without rows too, and no cursor on the last page', () => {
    const { headers, body } = rendered('csv', []);
    expect(body).toBe(`${COLUMNS.join(',')}\r\n`);
    expect(headers).not.toHaveProperty('x-next-cursor');
  });

  it('lets a page read the cursor and the name of the file', () => {
    const exposed = String(rendered('csv', []).headers?.['access-control-expose-headers']).split(', ');
    expect(exposed).toEqual(expect.arrayContaining(['x-next-cursor', 'content-disposition', 'x-request-id']));
  });
});

describe('an answer', () => {
  const LAMBDA_LIMIT = 6 * 1024 * 1024;
  const payload = (text: string) => ({ id: 'log_1', name: 'x', data: { text: text.repeat(20_000) } });

  it.each(
    LIST_FORMATS.flatMap((format) =>
      ['"', '\\', '\u0001', '🔑', 'a', '\n'].map((text) => [format, text] as const),
    ),
  )('as %s stays under the limit of Lambda with rows full of %j', (format, text) => {
    const renderer = listRenderer(format, { name: 'rows', columns: COLUMNS });
    const room = renderer.room();
    let taken = 0;
    while (taken < 1_000 && room.take(payload(text))) taken++;
    expect(taken).toBe(room.lines.length);
    expect(taken).toBeGreaterThan(20);
    const whole = Buffer.byteLength(JSON.stringify(renderer.answer(room.lines, 'c'.repeat(200))));
    expect(whole).toBeLessThan(LAMBDA_LIMIT);
    if (taken < 1_000) expect(whole).toBeGreaterThan(LAMBDA_LIMIT * 0.8);
  });

  it('has at least one row, so that whoever pages gets on', () => {
    const room = listRenderer('json', { name: 'rows', columns: COLUMNS }).room(10);
    expect(room.take(row(1, 'first'))).toBe(true);
    expect(room.take(row(2, 'second'))).toBe(false);
    expect(room.lines).toHaveLength(1);
  });
});

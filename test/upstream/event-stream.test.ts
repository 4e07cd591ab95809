import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  firstAnswer,
  readWhole,
  toolListEvents,
  withAllowedTools,
} from '../../functions/upstream/answer-filter.ts';
import {
  EventSplitter,
  eventData,
  eventTransform,
  withEventData,
} from '../../functions/upstream/event-stream.ts';

const ALLOWED = new Set(['echo']);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const listed = (id: number) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    result: { tools: [{ name: 'delete_all' }, { name: 'echo', title: 'Écho' }] },
  });
const filteredList = (id: number) =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { tools: [{ name: 'echo', title: 'Écho' }] } });

/** The same bytes in pieces: how they are cut must not matter. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, n) => bytes.subarray(n === 0 ? 0 : at[n - 1], end));
}

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const line = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
  fc.constantFrom('event: message', 'id: 7', ': comment', 'retry: 10', 'data', 'data:{"a":"ü"}'),
);
const stream = fc
  .array(fc.tuple(fc.array(line, { minLength: 1 }), lineEnd))
  .map((events) =>
    Buffer.from(events.map(([lines, end]) => lines.map((text) => text + end).join('') + end).join('')),
  );

describe('an event stream that is looked into', () => {
  it('leaves byte for byte as it came, whatever it holds and however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), stream, fc.array(fc.nat()), async (hasMark, events, cuts) => {
        const bytes = hasMark ? Buffer.concat([BYTE_ORDER_MARK, events]) : events;
        const out = await buffer(Readable.from(pieces(bytes, cuts)).pipe(eventTransform(() => undefined)));
        expect(out.equals(bytes)).toBe(true);
      }),
    );
  });

  it('is cut without loss, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.array(fc.nat()), (array, cuts) => {
        const bytes = Buffer.from(array);
        const splitter = new EventSplitter();
        const events = pieces(bytes, cuts).flatMap((chunk) => splitter.push(chunk));
        expect(Buffer.concat([...events, ...splitter.rest()]).equals(bytes)).toBe(true);
      }),
    );
  });

  it('drops an event that is left unfinished, as every client must', async () => {
    const out = await buffer(
      Readable.from([Buffer.from('data: 1\n\ndata: 2\n')]).pipe(eventTransform(() => undefined)),
    );
    expect(out.toString()).toBe('data: 1\n\n');
  });

  it('is cut into the same events, however its chunks are cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (bytes, cuts) => {
        const data = (chunks: Buffer[]) => {
          const splitter = new EventSplitter();
          return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.rest()]
            .map(eventData)
            .filter((text) => text !== undefined);
        };
        expect(data(pieces(bytes, cuts))).toEqual(data([bytes]));
      }),
    );
  });

  it('lets each event leave with the chunk that ends it', () => {
    const splitter = new EventSplitter();
    expect(splitter.push(Buffer.from('data: 1\n'))).toEqual([]);
    expect(splitter.push(Buffer.from('\ndata: 2\n\nda')).map(String)).toEqual(['data: 1\n\n', 'data: 2\n\n']);
    expect(splitter.push(Buffer.from('ta: 3\r\n\r\n')).map(String)).toEqual(['data: 3\r\n\r\n']);
    expect(splitter.push(Buffer.from('data: 4\r\r')).map(String)).toEqual(['data: 4\r\r']);
    expect(splitter.push(Buffer.from('data: 5\r\n\r')).map(String)).toEqual(['data: 5\r\n\r']);
    expect(splitter.push(Buffer.from('\ndata: 6\n\n')).map(String)).toEqual(['\ndata: 6\n\n']);
  });

  it('breaks off at an event that is too large to be read', () => {
    const splitter = new EventSplitter();
    const megabyte = Buffer.alloc(1024 * 1024, 0x61);
    expect(() => {
      for (let n = 0; n < 20; n++) splitter.push(megabyte);
    }).toThrow('too large');
  });

  it('has the data of its events, over several lines too', () => {
    expect(eventData(Buffer.from('event: m\ndata: {"a":\ndata: 1}\nid: 3\n\n'))).toBe('{"a":\n1}');
    expect(eventData(Buffer.from(': ping\n\n'))).toBeUndefined();
  });

  it('keeps the other fields of an event whose data changes', () => {
    expect(
      withEventData(
        Buffer.from('event: message\r\nid: 3\r\ndata: old\r\ndata: old\r\n\r\n'),
        'new',
      ).toString(),
    ).toBe('event: message\nid: 3\ndata: new\n\n');
  });
});

describe('a list of tools', () => {
  it('in an event stream is filtered, and every other event passes as it came', async () => {
    const before =
      ': ping\r\n\r\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"x": 1.0}}\r\n\r\n';
    const bytes = Buffer.from(`${before}id: 9\ndata: ${listed(1)}\n\ndata:\n\n`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat()), async (cuts) => {
        const out = await buffer(Readable.from(pieces(bytes, cuts)).pipe(toolListEvents(ALLOWED)));
        expect(out.toString()).toBe(`${before}id: 9\ndata: ${filteredList(1)}\n\ndata:\n\n`);
      }),
      { numRuns: 50 },
    );
  });

  it('in JSON is filtered', () => {
    expect(withAllowedTools(listed(1), ALLOWED)).toBe(filteredList(1));
  });

  it('behind a byte order mark is filtered as well', async () => {
    const bytes = Buffer.concat([BYTE_ORDER_MARK, Buffer.from(`data: ${listed(1)}\n\n`)]);
    const out = await buffer(Readable.from([bytes]).pipe(toolListEvents(ALLOWED)));
    expect(out.equals(Buffer.concat([BYTE_ORDER_MARK, Buffer.from(`data: ${filteredList(1)}\n\n`)]))).toBe(
      true,
    );
  });

  it.each([
    ['not JSON', '{"jsonrpc":"2.0","id":1,"x":NaN,"result":{"tools":[{"name":"delete_all"}]}}'],
    ['a key twice', '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"delete_all"}]},"result":{}}'],
  ])('is not passed on where it could be read in two ways: %s', async (_name, data) => {
    expect(() => withAllowedTools(data, ALLOWED)).toThrow('not plain JSON');
    const events = Readable.from([Buffer.from(`data: ${data}\n\n`)]).pipe(toolListEvents(ALLOWED));
    await expect(buffer(events)).rejects.toThrow('not plain JSON');
  });

  it('keeps every number as it is written, and what holds no list its every byte', () => {
    const list = '{"jsonrpc":"2.0","id":9007199254740993,"result":{"tools":[{"name":"echo","max":1.0e3}]}}';
    expect(withAllowedTools(list, ALLOWED)).toBe(list);
    const error = '{"jsonrpc":"2.0",  "id":9007199254740993,"error":{"code":1}}';
    expect(withAllowedTools(error, ALLOWED)).toBe(error);
  });

  it('that is too large is not passed on', async () => {
    const megabytes = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(1024 * 1024)));
    await expect(readWhole(megabytes)).rejects.toThrow('too large');
  });
});

describe('an event stream for a client that takes JSON alone', () => {
  const events = (...data: string[]) => Readable.from(data.map((text) => Buffer.from(`data: ${text}\n\n`)));
  const one = { ids: [1], isBatch: false };

  it('is its answer, as the server wrote it', async () => {
    const answer = '{"jsonrpc":"2.0",  "id":1,"result":{"x":1.0}}';
    expect(
      await firstAnswer(events('{"jsonrpc":"2.0","method":"notifications/progress"}', answer), one),
    ).toBe(answer);
  });

  it('is the answer to what was asked, not to something else', async () => {
    expect(
      await firstAnswer(
        events('{"jsonrpc":"2.0","id":2,"result":{}}', '{"jsonrpc":"2.0","id":1,"error":{"code":1}}'),
        one,
      ),
    ).toBe('{"jsonrpc":"2.0","id":1,"error":{"code":1}}');
  });

  it('is the first answer where the question could not be read', async () => {
    expect(
      await firstAnswer(events('{"jsonrpc":"2.0","id":null,"error":{}}'), { ids: [], isBatch: false }),
    ).toContain('error');
  });

  it('is all answers for a batch', async () => {
    const answers = await firstAnswer(events('{"id":2,"result":{}}', '{"id":1,"result":{}}'), {
      ids: [1, 2],
      isBatch: true,
    });
    expect(JSON.parse(answers)).toEqual([
      { id: 2, result: {} },
      { id: 1, result: {} },
    ]);
  });

  it('may end without a blank line', async () => {
    expect(await firstAnswer(Readable.from([Buffer.from('data: {"id":1,"result":{}}')]), one)).toBe(
      '{"id":1,"result":{}}',
    );
  });

  it('is an error without an id as well, and of a batch what was answered', async () => {
    expect(await firstAnswer(events('{"id":null,"error":{"code":1}}'), one)).toBe(
      '{"id":null,"error":{"code":1}}',
    );
    const half = await firstAnswer(events('{"id":2,"result":{}}'), { ids: [1, 2], isBatch: true });
    expect(JSON.parse(half)).toEqual([{ id: 2, result: {} }]);
  });

  it('fails when it ends without an answer', async () => {
    await expect(firstAnswer(events('{"jsonrpc":"2.0","method":"x"}'), one)).rejects.toThrow(
      'without an answer',
    );
  });
});

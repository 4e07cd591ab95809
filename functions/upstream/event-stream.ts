import { Transform } from 'node:stream';

/** One event may have that many bytes; a larger one breaks the stream off, since it cannot be looked into. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/**
 * The end of an event: two line ends, each of CRLF, CR or LF (WHATWG HTML, "Server-sent events"). A LF that comes later and
 * belongs to the last CR begins the next event: there it is an empty line, which means nothing.
 */
const EVENT_END = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/g;
/** What of an event's end may have come before: three of `\r\n\r\n`. */
const CARRIED = 3;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Cuts an event stream into whole events, byte for byte as they came, whatever the chunks are. A byte order mark, which may
 * stand before the first event, comes as a piece of its own.
 */
export class EventSplitter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #tail = '';
  #isFirst = true;

  /**
   * @returns the events that end within the chunk, their line ends included
   * @throws when an event is larger than 16 MB
   */
  push(chunk: Buffer): Buffer[] {
    const events: Buffer[] = [];
    const text = this.#tail + chunk.toString('latin1');
    const carried = this.#tail.length;
    let start = 0;
    EVENT_END.lastIndex = 0;
    while (EVENT_END.exec(text) !== null) {
      const end = EVENT_END.lastIndex - carried;
      events.push(...this.#take(chunk.subarray(start, end)));
      start = end;
    }
    const rest = chunk.subarray(start);
    this.#tail = text.slice(Math.max(start + carried, text.length - CARRIED));
    this.#pending.push(rest);
    this.#pendingBytes += rest.length;
    if (this.#pendingBytes > MAX_EVENT_BYTES)
      throw new Error('An event of the MCP server is too large to be read');
    return events;
  }

  /** @returns what has come after the last event that ended; nothing when that was all */
  rest(): Buffer[] {
    return this.#take(Buffer.alloc(0)).filter(({ length }) => length > 0);
  }

  #take(last: Buffer): Buffer[] {
    const event = Buffer.concat([...this.#pending, last]);
    this.#pending = [];
    this.#pendingBytes = 0;
    const hasMark = this.#isFirst && event.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    this.#isFirst = false;
    return hasMark ? [BYTE_ORDER_MARK, event.subarray(BYTE_ORDER_MARK.length)] : [event];
  }
}

/**
 * @param rewrite gets each event, its line ends included; its answer leaves in its place, or the event itself for
 *   `undefined`. What it throws breaks the stream off. An event with data that the stream leaves unfinished is dropped, as
 *   every client must do.
 */
export function eventTransform(rewrite: (event: Buffer) => Buffer | undefined): Transform {
  const splitter = new EventSplitter();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        for (const event of splitter.push(chunk)) this.push(rewrite(event) ?? event);
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
    flush(done) {
      for (const rest of splitter.rest()) if (eventData(rest) === undefined) this.push(rest);
      done();
    },
  });
}

const LINE_END = /\r\n|\r|\n/;
const isData = (line: string): boolean => line === 'data' || line.startsWith('data:');

/** @returns the data of one event, its lines joined by LF; `undefined` when it has none */
export function eventData(event: Buffer): string | undefined {
  const data = event
    .toString('utf8')
    .split(LINE_END)
    .filter(isData)
    .map((line) => line.slice('data:'.length).replace(/^ /, ''));
  return data.length === 0 ? undefined : data.join('\n');
}

/** @returns the event with other data, and its other fields as they were */
export function withEventData(event: Buffer, data: string): Buffer {
  const text = event.toString('utf8');
  const emptyLines = /^[\r\n]*/.exec(text)?.[0] ?? '';
  const fields = text.split(LINE_END).filter((line) => line !== '' && !isData(line));
  return Buffer.from(emptyLines + [...fields, `data: ${data}`, '', ''].join('\n'));
}

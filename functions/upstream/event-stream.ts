import { Transform } from 'node:stream';

/** One event may have that many bytes; a larger one breaks the stream off, since it cannot be looked into. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/**
 * The end of an event: two line ends, each of CRLF, CR or LF (WHATWG HTML, "Server-sent events"). A CR at the end of what
 * has come so far may be half of a CRLF, so it does not count yet.
 */
const EVENT_END = /(?:\r\n|\n|\r(?!\n|$))(?:\r\n|\n|\r(?!\n|$))/g;

/** Cuts an event stream into whole events, byte for byte as they came, whatever the chunks are. */
export class EventSplitter {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * @returns the events that end within the chunk, their line ends included
   * @throws when an event is larger than 16 MB
   */
  push(chunk: Buffer): Buffer[] {
    // An end may have begun with the last three bytes that were there before.
    EVENT_END.lastIndex = Math.max(0, this.#pending.length - 3);
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const text = this.#pending.toString('latin1');
    const events: Buffer[] = [];
    let start = 0;
    while (EVENT_END.exec(text) !== null) {
      events.push(this.#pending.subarray(start, EVENT_END.lastIndex));
      start = EVENT_END.lastIndex;
    }
    this.#pending = this.#pending.subarray(start);
    if (this.#pending.length > MAX_EVENT_BYTES)
      throw new Error('An event of the MCP server is too large to be read');
    return events;
  }

  /** @returns what has come after the last event that ended; empty when nothing has */
  rest(): Buffer {
    return this.#pending;
  }
}

/**
 * @param rewrite gets each event, its line ends included; its answer leaves in its place, or the event itself for
 *   `undefined`
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
      const rest = splitter.rest();
      if (rest.length > 0) this.push(rewrite(rest) ?? rest);
      done();
    },
  });
}

const LINE_END = /\r\n|\r|\n/;

/** @returns the data of one event, its lines joined by LF; `undefined` when it has none */
export function eventData(event: Buffer): string | undefined {
  const data = event
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(LINE_END)
    .filter((line) => line === 'data' || line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).replace(/^ /, ''));
  return data.length === 0 ? undefined : data.join('\n');
}

/** @returns the event with other data, and its other fields as they were */
export function withEventData(event: Buffer, data: string): Buffer {
  const fields = event
    .toString('utf8')
    .split(LINE_END)
    .filter((line) => line !== '' && line !== 'data' && !line.startsWith('data:'));
  return Buffer.from([...fields, `data: ${data}`, '', ''].join('\n'));
}

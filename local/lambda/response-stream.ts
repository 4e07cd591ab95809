import { Writable } from 'node:stream';

/**
 * The response stream of Lambda's Node runtime, with its sharp edges: a handler that loses its status on AWS must
 * lose it here too. Modelled on aws/aws-lambda-nodejs-runtime-interface-client 3.3.0 (ResponseStream.js and
 * HttpResponseStream.js); each rule below was observed by running that code.
 */

const METADATA_CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = new Uint8Array(8);

/** Where the bytes go. */
export interface StreamTarget {
  /** @param accepted to be called when the target can take the next chunk */
  chunk(data: Uint8Array<ArrayBuffer>, accepted: () => void): void;
  end(): void;
}

type BeforeFirstWrite = (write: (chunk: string | Uint8Array) => void) => void;

/** The stream inside, and its face as the handler sees it. */
export interface ResponseStream {
  readonly inner: Writable;
  /** An object with the members of a Writable, but no Writable: that is what the runtime passes. */
  readonly face: Record<string, unknown>;
}

const METHODS = [
  'cork',
  'destroy',
  'end',
  'uncork',
  'write',
  'addListener',
  'emit',
  'eventNames',
  'getMaxListeners',
  'listenerCount',
  'listeners',
  'off',
  'on',
  'once',
  'prependListener',
  'prependOnceListener',
  'rawListeners',
  'removeAllListeners',
  'removeListener',
  'setMaxListeners',
  'setContentType',
];
const MUTABLE = ['destroyed', 'writable', '_onBeforeFirstWrite'];
const READ_ONLY = [
  'writableFinished',
  'writableObjectMode',
  'writableBuffer',
  'writableEnded',
  'writableNeedDrain',
  'writableHighWaterMark',
  'writableCorked',
  'writableLength',
];

class InvalidStreamingOperation extends Error {
  override readonly name = 'InvalidStreamingOperation';
}

class RuntimeStream extends Writable {
  readonly #target: StreamTarget;
  #writeCalled = false;
  _onBeforeFirstWrite: BeforeFirstWrite | undefined;

  constructor(target: StreamTarget) {
    super();
    this.#target = target;
  }

  // Copied, because small buffers share one memory block that cannot be handed to another thread alone.
  override _write(chunk: Uint8Array, _encoding: BufferEncoding, callback: () => void): void {
    this.#target.chunk(new Uint8Array(chunk), callback);
  }

  override _writev(chunks: { chunk: Uint8Array }[], callback: () => void): void {
    this.#target.chunk(new Uint8Array(Buffer.concat(chunks.map(({ chunk }) => chunk))), callback);
  }

  override _final(callback: () => void): void {
    this.#target.end();
    callback();
  }

  setContentType(_contentType: string): void {
    if (this.#writeCalled) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
  }

  // The prelude leaves with the first write, even with an empty one, and with nothing else.
  override write(chunk: unknown, ...rest: unknown[]): boolean {
    const isBytes = Buffer.isBuffer(chunk) || (chunk as object | undefined)?.constructor === Uint8Array;
    const payload = typeof chunk === 'string' || isBytes ? chunk : JSON.stringify(chunk);
    const first = !this.#writeCalled;
    this.#writeCalled = true;
    if (!first) return super.write(payload, ...(rest as []));
    this.cork(); // One message for the prelude and the first bytes.
    try {
      this._onBeforeFirstWrite?.((prelude) => super.write(prelude));
      return super.write(payload, ...(rest as []));
    } finally {
      this.uncork();
    }
  }

  // `end` hands on its first argument alone, and goes around `write`: bytes given here bring no prelude, and a
  // callback after them is lost.
  override end(chunk?: unknown): this {
    return typeof chunk === 'function' ? super.end(chunk as () => void) : super.end(chunk);
  }
}

/**
 * @param target takes the bytes, one chunk at a time
 * @returns a new stream for one invocation
 */
export function createResponseStream(target: StreamTarget): ResponseStream {
  const inner = new RuntimeStream(target);
  const members = inner as unknown as Record<string, unknown>;
  const face: Record<string, unknown> = {};
  for (const name of METHODS) {
    const method = members[name];
    if (typeof method === 'function') face[name] = method.bind(inner);
  }
  for (const name of [...MUTABLE, ...READ_ONLY]) {
    Object.defineProperty(face, name, {
      get: () => members[name],
      ...(MUTABLE.includes(name) && { set: (value: unknown) => (members[name] = value) }),
    });
  }
  return { inner, face };
}

/** The `awslambda.HttpResponseStream` of the runtime. */
export const HttpResponseStream = {
  /**
   * @param stream the response stream of the invocation
   * @param metadata `statusCode` and `headers` of the answer
   * @returns the same stream, which now starts with the metadata and a delimiter of eight zero bytes
   */
  from<T extends object>(stream: T, metadata: unknown): T {
    const runtimeStream = stream as T & {
      setContentType(contentType: string): void;
      _onBeforeFirstWrite: BeforeFirstWrite;
    };
    runtimeStream.setContentType(METADATA_CONTENT_TYPE);
    const prelude = JSON.stringify(metadata);
    runtimeStream._onBeforeFirstWrite = (write) => {
      write(prelude);
      write(DELIMITER);
    };
    return stream;
  },
};

/** The Lambda runtime: runs one function's bundle in a worker thread. Started by `instance.ts`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { currentRequestId, installConsole } from './console.ts';
import { functionError } from './function-error.ts';
import {
  type FromRuntime,
  type InvokeMessage,
  type Outcome,
  type RuntimeConfiguration,
  type ToRuntime,
  WINDOW_BYTES,
} from './protocol.ts';
import { createResponseStream, HttpResponseStream, type StreamTarget } from './response-stream.ts';

type Handler = (...args: unknown[]) => unknown;

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: a buffered answer. */
const MAX_PAYLOAD_BYTES = 6_291_556;

if (parentPort === null) throw new Error('The Lambda runtime runs in a worker thread only');
const gateway = parentPort;
const configuration: RuntimeConfiguration = workerData;

/** The invocations whose response stream is open, by id. */
const openStreams = new Map<string, { accepted(bytes: number): void; abandoned(): void }>();

function send(message: FromRuntime, transfer: ArrayBuffer[] = []): void {
  gateway.postMessage(message, transfer);
}

async function loadHandler(): Promise<Handler> {
  const [moduleName, ...path] = configuration.handler.split('.');
  const file = ['.mjs', '.js', '.cjs']
    .map((extension) => join(configuration.taskRoot, `${moduleName}${extension}`))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error(`Cannot find module '${moduleName}' in ${configuration.taskRoot}`);
  const loaded: Record<string, unknown> = await import(pathToFileURL(file).href);
  const name = path.join('.');
  const handler = loaded[name] ?? (loaded.default as Record<string, unknown> | undefined)?.[name];
  if (typeof handler !== 'function') throw new Error(`${configuration.handler} is undefined or not exported`);
  if (!isStreaming(handler as Handler) && handler.length >= 3) {
    throw new Error('Node.js 24 on Lambda has no callback-based handlers: return a promise');
  }
  return handler as Handler;
}

function isStreaming(handler: Handler): boolean {
  return Reflect.get(handler, STREAMING) === 'response';
}

function contextOf({ id, functionArn, deadline }: InvokeMessage): Record<string, unknown> {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: functionArn,
    awsRequestId: id,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

async function answerBuffered(handler: Handler, message: InvokeMessage): Promise<string> {
  const answer = await handler(JSON.parse(message.event), contextOf(message));
  const payload = JSON.stringify(answer === undefined ? null : answer);
  if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
    throw new Error(
      `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
    );
  }
  return payload;
}

async function answerStreaming(handler: Handler, message: InvokeMessage): Promise<string> {
  const { id } = message;
  let onTheirWay = 0;
  let goOn: (() => void) | undefined;
  const target: StreamTarget = {
    chunk(data, next) {
      onTheirWay += data.length;
      send({ type: 'chunk', id, data }, [data.buffer]);
      if (onTheirWay < WINDOW_BYTES) next();
      else goOn = next;
    },
    end: () => send({ type: 'end', id }),
  };
  const { inner, face } = createResponseStream(target);
  openStreams.set(id, {
    accepted(bytes) {
      onTheirWay -= bytes;
      if (onTheirWay >= WINDOW_BYTES) return;
      const next = goOn;
      goOn = undefined; // Before the next chunk, which may have to wait in its turn.
      next?.();
    },
    abandoned: () => inner.destroy(),
  });
  const sent = finished(inner);
  sent.catch(() => {}); // Awaited below, once the handler is through.
  try {
    const answer = handler(JSON.parse(message.event), face, contextOf(message));
    if (!types.isPromise(answer)) throw new Error('Streaming does not support non-async handlers.');
    await answer;
    await sent; // A handler that returns without ending its stream hangs until its timeout, as on Lambda.
    return '';
  } finally {
    openStreams.delete(id);
  }
}

async function invoke(handler: Handler, message: InvokeMessage): Promise<void> {
  let outcome: Outcome;
  try {
    const payload = await (isStreaming(handler) ? answerStreaming : answerBuffered)(handler, message);
    outcome = { ok: true, payload };
  } catch (thrown) {
    outcome = { ok: false, error: functionError(thrown) };
    console.error('Invoke Error', JSON.stringify(outcome.error));
  }
  send({ type: 'settled', id: message.id, outcome });
}

// A thread's own standard output is a stream across threads, which costs several messages for each line.
const decoder = new StringDecoder('utf8');
process.stdout.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
  send({ type: 'printed', text: typeof chunk === 'string' ? chunk : decoder.write(chunk) });
  const callback = rest.at(-1);
  if (typeof callback === 'function') process.nextTick(callback);
  return true;
};
installConsole(configuration.logFormat);
Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (handler: Handler): Handler => Object.assign(handler, { [STREAMING]: 'response' }),
    HttpResponseStream,
  },
});

try {
  const handler = await loadHandler();
  gateway.on('message', (message: ToRuntime) => {
    if (message.type === 'invoke') currentRequestId.run(message.id, () => void invoke(handler, message));
    else if (message.type === 'accepted') openStreams.get(message.id)?.accepted(message.bytes);
    else openStreams.get(message.id)?.abandoned();
  });
  send({ type: 'ready' });
} catch (thrown) {
  send({ type: 'init-failed', error: functionError(thrown) });
}

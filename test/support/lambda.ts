import { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';

export const context = { getRemainingTimeInMillis: () => 900_000 } as Context;

interface StreamedAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

type StreamingModule = {
  handler: (event: APIGatewayProxyEvent, stream: Writable, context: Context) => Promise<void>;
};

/** How a client takes an answer, other than to its end at once. */
interface Client {
  /** Gets the stream with each chunk that it is sent. */
  readonly taking?: (stream: Writable) => void;
  /** How long the function may run, in milliseconds. */
  readonly remainingMs?: number;
  /** Gets the stream before the function is called. */
  readonly calling?: (stream: Writable) => void;
}

/**
 * Calls a function that streams, one call at a time, with the part of the Lambda runtime that it needs; `test/local` holds the runtime itself
 * to AWS's behaviour.
 * @param load imports the function's module, once the runtime is there
 */
export async function invokeStreaming(
  load: () => Promise<StreamingModule>,
  event: APIGatewayProxyEvent,
  { taking, calling, remainingMs }: Client = {},
): Promise<StreamedAnswer> {
  let head = { statusCode: 0, headers: {} };
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
      if (chunk.length > 0) taking?.(stream);
    },
  });
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: {
        from(underlying: Writable, metadata: typeof head) {
          head = metadata;
          return underlying;
        },
      },
    },
  });
  const { handler } = await load();
  calling?.(stream);
  await handler(event, stream, {
    ...context,
    ...(remainingMs !== undefined && { getRemainingTimeInMillis: () => remainingMs }),
  });
  return { ...head, body: Buffer.concat(chunks).toString() };
}

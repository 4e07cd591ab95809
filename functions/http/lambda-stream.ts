import type { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Headers } from './headers.ts';

/** The head of a streamed answer, as API Gateway reads it before the payload. */
export interface StreamHead {
  readonly statusCode: number;
  readonly headers: Headers;
}

type StreamingHandler = (event: APIGatewayProxyEvent, stream: Writable, context: Context) => Promise<void>;

/** What the Lambda runtime offers to functions that stream. */
declare const awslambda: {
  streamifyResponse(handler: StreamingHandler): StreamingHandler;
  HttpResponseStream: { from(stream: Writable, head: StreamHead): Writable };
};

export const streamingHandler = (handler: StreamingHandler): StreamingHandler =>
  awslambda.streamifyResponse(handler);

/**
 * Sends the head at once. The runtime sends it with the first write only, and loses status and headers of an answer
 * that ends without one (a 202, a 204): the empty write forces it out.
 */
export function openAnswer(stream: Writable, head: StreamHead): Writable {
  const answer = awslambda.HttpResponseStream.from(stream, head);
  answer.write('');
  return answer;
}

/**
 * Ends the answer and waits until all of it has left.
 * @param patienceMs how long that may take, in milliseconds: then the client, which takes nothing, is cut off
 */
export function endAnswer(answer: Writable, patienceMs: number): Promise<void> {
  if (answer.destroyed) return Promise.resolve(); // The client has left: a stream that is closed never tells that it ended.
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => answer.destroy(), patienceMs);
    const settle = (error?: Error) => {
      clearTimeout(patience);
      if (error) reject(error);
      else resolve();
    };
    answer.once('error', settle);
    answer.once('close', () => settle());
    answer.end(() => settle());
  });
}

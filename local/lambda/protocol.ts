/** What the gateway and the runtime in a function's worker thread say to each other. */

/** How a handler failed, as the Lambda runtime reports it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** How an invocation ended. The payload is the handler's answer as JSON; empty when it was streamed. */
export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

/**
 * So many bytes of an answer may be on their way before the runtime waits until they have left for the client: a small answer
 * waits for nothing, and a slow client slows the function.
 */
export const WINDOW_BYTES = 64 * 1024;

/** Given to a worker when it starts. */
export interface RuntimeConfiguration {
  /** The folder of the bundle. */
  readonly taskRoot: string;
  /** As in the template, for example `index.handler`. */
  readonly handler: string;
  readonly logFormat: 'Text' | 'JSON';
}

export interface InvokeMessage {
  readonly type: 'invoke';
  readonly id: string;
  readonly event: string;
  readonly functionArn: string;
  /** Milliseconds since the epoch at which the invocation times out. */
  readonly deadline: number;
}

export type ToRuntime =
  | InvokeMessage
  /** So many more bytes of this invocation's answer have left for the client. */
  | { readonly type: 'accepted'; readonly id: string; readonly bytes: number }
  /** Nobody reads the answer of this invocation any more. */
  | { readonly type: 'abandoned'; readonly id: string };

export type FromRuntime =
  | { readonly type: 'ready' }
  | { readonly type: 'init-failed'; readonly error: FunctionError }
  /** What was written to the standard output: lines, or a part of one. */
  | { readonly type: 'printed'; readonly text: string }
  | { readonly type: 'chunk'; readonly id: string; readonly data: Uint8Array }
  | { readonly type: 'end'; readonly id: string }
  | { readonly type: 'settled'; readonly id: string; readonly outcome: Outcome };

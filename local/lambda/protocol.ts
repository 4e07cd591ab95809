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
  /** The last chunk of this invocation has left for the client: send the next one. */
  | { readonly type: 'accepted'; readonly id: string }
  /** Nobody reads the answer of this invocation any more. */
  | { readonly type: 'abandoned'; readonly id: string };

export type FromRuntime =
  | { readonly type: 'ready' }
  | { readonly type: 'init-failed'; readonly error: FunctionError }
  | { readonly type: 'chunk'; readonly id: string; readonly data: Uint8Array }
  | { readonly type: 'end'; readonly id: string }
  | { readonly type: 'settled'; readonly id: string; readonly outcome: Outcome };

import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { functionError } from './function-error.ts';
import {
  type FromRuntime,
  type FunctionError,
  type Outcome,
  type RuntimeConfiguration,
  type ToRuntime,
  WINDOW_BYTES,
} from './protocol.ts';

/** Takes the bytes of a streamed answer. */
export interface StreamSink {
  /** @param accepted to be called when the bytes have left for the client: until then no more come */
  chunk(data: Uint8Array, accepted: () => void): void;
  /** The stream is complete. */
  end(): void;
  /** The handler failed, or crashed, or timed out; more bytes will not come. */
  fail(error: FunctionError): void;
}

/** A function as its instances see it. */
export interface InstanceConfiguration extends RuntimeConfiguration {
  readonly arn: string;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Gets each line that the function prints, without the line break. */
  log(line: string): void;
}

/** Lambda ends what has not loaded after 10 s; here several functions may load at once, on a machine that does other things. */
const MAX_LOADING_MS = 30_000;

interface Invocation {
  settle(outcome: Outcome): void;
  readonly stream?: StreamSink;
  timeout?: NodeJS.Timeout;
  /** Bytes that have left for the client, and the runtime has not been told of. */
  accepted: number;
}

/**
 * One execution environment of a function: a worker thread with an environment of its own.
 *
 * It differs from Lambda's in one thing: concurrent invocations share it, where Lambda gives each an environment of
 * its own. State in module scope is therefore seen by concurrent invocations, and a crash fails all of them.
 */
export class Instance {
  readonly #configuration: InstanceConfiguration;
  readonly #worker: Worker;
  readonly #invocations = new Map<string, Invocation>();
  readonly #unusable: () => void;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;
  readonly #printed = this.#lines();
  #retired = false;
  /** What is to be done when the module has loaded; undefined from then on. */
  #afterLoading: (() => void)[] | undefined = [];
  readonly #loading: NodeJS.Timeout;

  /** @param unusable called once, when this instance takes no more invocations */
  constructor(configuration: InstanceConfiguration, unusable: () => void) {
    this.#configuration = configuration;
    this.#unusable = unusable;
    const { taskRoot, handler, logFormat } = configuration;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { taskRoot, handler, logFormat } satisfies RuntimeConfiguration,
      env: { ...configuration.environment },
      execArgv: ['--no-warnings'],
      stderr: true,
    });
    this.#worker = worker;
    this.#loading = setTimeout(() => {
      this.#stop({
        errorType: 'Sandbox.Timedout',
        errorMessage: `Init timed out after ${MAX_LOADING_MS} ms`,
      });
      void this.terminate();
    }, MAX_LOADING_MS);
    worker.stderr.setEncoding('utf8').on('data', this.#lines());
    this.ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (message: FromRuntime) => this.#receive(message));
    worker.on('error', (thrown: unknown) => this.#stop(functionError(thrown)));
    worker.on('exit', (status) => {
      const errorMessage = `Runtime exited with error: exit status ${status}`;
      this.#stop({ errorType: 'Runtime.ExitError', errorMessage });
    });
  }

  /**
   * @param event the payload, as JSON
   * @param stream takes the answer of a streaming handler as it comes
   * @returns how it ended, and a way to say that nobody reads the stream any more
   */
  invoke(event: string, stream?: StreamSink): { readonly outcome: Promise<Outcome>; abandon(): void } {
    const id = randomUUID();
    const { timeoutSeconds, arn } = this.#configuration;
    const outcome = new Promise<Outcome>((settle) => {
      this.#invocations.set(id, { settle, accepted: 0, ...(stream && { stream }) });
    });
    // As on Lambda, no invocation's time is spent on loading the module.
    this.#whenLoaded(() => {
      const invocation = this.#invocations.get(id);
      if (invocation === undefined) return;
      invocation.timeout = setTimeout(() => this.#timeOut(id), timeoutSeconds * 1000);
      const deadline = Date.now() + timeoutSeconds * 1000;
      this.#send({ type: 'invoke', id, event, functionArn: arn, deadline });
    });
    return { outcome, abandon: () => this.#whenLoaded(() => this.#send({ type: 'abandoned', id })) };
  }

  /** Stops at once; running invocations fail. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #whenLoaded(work: () => void): void {
    if (this.#afterLoading === undefined) work();
    else this.#afterLoading.push(work);
  }

  #loaded(): void {
    clearTimeout(this.#loading);
    const works = this.#afterLoading ?? [];
    this.#afterLoading = undefined;
    for (const work of works) work();
  }

  #send(message: ToRuntime): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromRuntime): void {
    switch (message.type) {
      case 'ready':
        this.#loaded();
        return;
      case 'init-failed':
        this.#stop(message.error);
        void this.terminate();
        return;
      case 'printed':
        this.#printed(message.text);
        return;
      case 'chunk': {
        const { id, data } = message;
        const invocation = this.#invocations.get(id);
        const accepted = (bytes: number): void => this.#send({ type: 'accepted', id, bytes });
        if (invocation?.stream === undefined) accepted(data.length);
        else
          invocation.stream.chunk(data, () => {
            invocation.accepted += data.length;
            if (invocation.accepted < WINDOW_BYTES / 2) return;
            accepted(invocation.accepted);
            invocation.accepted = 0;
          });
        return;
      }
      case 'end':
        this.#invocations.get(message.id)?.stream?.end();
        return;
      case 'settled':
        this.#settle(message.id, message.outcome);
    }
  }

  #settle(id: string, outcome: Outcome): void {
    const invocation = this.#invocations.get(id);
    if (invocation === undefined) return;
    this.#invocations.delete(id);
    clearTimeout(invocation.timeout);
    if (!outcome.ok) invocation.stream?.fail(outcome.error);
    invocation.settle(outcome);
    if (this.#retired && this.#invocations.size === 0) void this.terminate();
  }

  // Lambda ends the environment of an invocation that timed out. Others may share this one, so it ends after them.
  #timeOut(id: string): void {
    this.#retire();
    const errorMessage = `Task timed out after ${this.#configuration.timeoutSeconds.toFixed(2)} seconds`;
    this.#configuration.log(`${new Date().toISOString()} ${id} ${errorMessage}`);
    this.#settle(id, { ok: false, error: { errorType: 'Sandbox.Timedout', errorMessage } });
  }

  #stop(error: FunctionError): void {
    clearTimeout(this.#loading);
    this.#retire();
    if (this.#invocations.size > 0) this.#configuration.log(`${error.errorType}: ${error.errorMessage}`);
    for (const id of this.#invocations.keys()) this.#settle(id, { ok: false, error });
  }

  #retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#unusable();
  }

  // Not readline: it ends a line at a carriage return too, which Lambda puts in place of a line break within one event.
  #lines(): (text: string) => void {
    let rest = '';
    return (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#configuration.log(line);
    };
  }
}

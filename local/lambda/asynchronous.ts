import type { After } from '../timers.ts';
import type { AsynchronousSettings } from './asynchronous-settings.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { LambdaFunction } from './function.ts';
import type { FunctionError } from './protocol.ts';

/**
 * Before the second and the third attempt. Lambda waits one minute and two:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const RETRY_DELAYS_MS: readonly number[] = [1_000, 2_000];

/**
 * So many events of one function are processed at the same time, and others wait. Lambda would start more environments, each
 * with a processor of its own; here they share one thread and one store, and all would be slow until all time out.
 */
const MAX_CONCURRENT = 4;

/** Invocations whose caller does not wait: what the function answers is read by nobody. */
export interface AsynchronousInvocations {
  /**
   * Invokes a function, and again when it fails; tells where the event is, or that it is dropped, when it has failed for the
   * last time.
   *
   * @param event the payload, as JSON
   * @returns resolves when the function has succeeded, or will not be tried again; never rejects
   */
  invoke(lambdaFunction: LambdaFunction, event: string): Promise<void>;
  /**
   * From now on no attempt begins. What has not succeeded is a dead letter, or dropped in silence.
   *
   * @returns resolves when that is done: the functions must be stopped for that
   */
  close(): Promise<void>;
}

interface Surroundings {
  readonly settings: (functionName: string) => AsynchronousSettings;
  /** `undefined`: events that fail are dropped, whatever the settings say. */
  readonly deadLetters: DeadLetters | undefined;
  readonly after: After;
  /** Told about each event that is dropped or kept as a dead letter; once a function about those kept when it was stopped. */
  readonly report: (problem: string) => void;
}

const CLOSED: FunctionError = { errorType: 'Closed', errorMessage: 'the gateway was stopped' };

export function createAsynchronousInvocations({
  settings,
  deadLetters,
  after,
  report,
}: Surroundings): AsynchronousInvocations {
  const turns = new Map<LambdaFunction, Turns>();
  const underWay = new Set<Promise<void>>();
  const unprocessed = new Map<string, { file: string; events: number }>();
  const closed = Promise.withResolvers<void>();
  let isClosed = false;
  let isTold = false;

  function turnsOf(lambdaFunction: LambdaFunction): Turns {
    const known = turns.get(lambdaFunction);
    if (known !== undefined) return known;
    const made = new Turns(MAX_CONCURRENT);
    turns.set(lambdaFunction, made);
    return made;
  }

  /** @returns how it failed, undefined when it has succeeded */
  async function attempt(lambdaFunction: LambdaFunction, event: string): Promise<FunctionError | undefined> {
    if (isClosed) return CLOSED;
    return turnsOf(lambdaFunction).take(async () => {
      if (isClosed) return CLOSED;
      const outcome = await lambdaFunction.invoke(event);
      return outcome.ok ? undefined : outcome.error;
    });
  }

  async function run(lambdaFunction: LambdaFunction, event: string): Promise<void> {
    const { retries, deadLetterQueue } = settings(lambdaFunction.name);
    const delays = RETRY_DELAYS_MS.slice(0, retries);
    for (let failures = 1; ; failures += 1) {
      const error = await attempt(lambdaFunction, event);
      if (error === undefined) return;
      const delay = delays[failures - 1];
      if (delay === undefined || isClosed) {
        giveUp(lambdaFunction.name, failures, deadLetterQueue, event, error.errorMessage);
        return;
      }
      await Promise.race([new Promise<void>((resolve) => void after(delay, resolve)), closed.promise]);
    }
  }

  function giveUp(
    name: string,
    failures: number,
    queue: string | undefined,
    event: string,
    errorMessage: string,
  ): void {
    if (queue !== undefined && deadLetters !== undefined) {
      try {
        const file = deadLetters.keep(queue, event, errorMessage);
        if (isClosed && !isTold)
          unprocessed.set(name, { file, events: (unprocessed.get(name)?.events ?? 0) + 1 });
        else if (isClosed) report(leftBehind(name, file, 1));
        else report(`${name} failed ${failures} times, and its event is kept in ${file}: ${errorMessage}`);
        return;
      } catch (error) {
        report(`The dead letter cannot be kept: ${error instanceof Error ? error.message : error}`);
      }
    }
    if (!isClosed) report(`${name} failed ${failures} times, and its event is dropped: ${errorMessage}`);
  }

  return {
    invoke(lambdaFunction, event) {
      const running = run(lambdaFunction, event);
      underWay.add(running);
      return running.finally(() => underWay.delete(running));
    },
    async close() {
      isClosed = true;
      closed.resolve();
      await Promise.all(underWay);
      for (const [name, { file, events }] of unprocessed) report(leftBehind(name, file, events));
      isTold = true;
    },
  };
}

const leftBehind = (name: string, file: string, events: number): string =>
  `${name} was stopped before it was done; events kept in ${file}: ${events}`;

/** Lets so many tasks run at a time, in the order in which they came. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

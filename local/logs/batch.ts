import type { After } from '../timers.ts';

/** How long a line waits for others, when none has come lately. */
const WAIT_MS = 100;
/** And how long after a delivery the next one is: what it costs is paid once for all calls of that time. */
const REST_MS = 600;
const MAX_EVENTS = 1_000;
const MAX_BYTES = 1024 * 1024;

/** A line as CloudWatch Logs delivers it. */
export interface LogEvent {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** Log events that are delivered together. */
export interface Batch {
  add(event: LogEvent): void;
  /** Delivers what is in it at once. */
  flush(): void;
}

/** @param deliver gets the events in their order, at least one; a larger event than a batch holds goes alone */
export function createBatch(after: After, deliver: (events: readonly LogEvent[]) => void): Batch {
  let events: LogEvent[] = [];
  let bytes = 0;
  let isResting = false;
  let stopWaiting = (): void => {};

  function rest(): void {
    isResting = true;
    stopWaiting = after(REST_MS, () => {
      isResting = false;
      flush();
    });
  }

  function flush(): void {
    if (events.length === 0) return;
    stopWaiting();
    rest();
    const full = events;
    events = [];
    bytes = 0;
    deliver(full);
  }

  return {
    add(event) {
      const size = Buffer.byteLength(event.message);
      if (bytes + size > MAX_BYTES) flush();
      if (events.length === 0 && !isResting) stopWaiting = after(WAIT_MS, flush);
      events.push(event);
      bytes += size;
      if (events.length === MAX_EVENTS) flush();
    },
    flush,
  };
}

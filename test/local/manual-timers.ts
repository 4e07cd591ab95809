import { EventEmitter, once } from 'node:events';
import type { After } from '../../local/timers.ts';

interface Timer {
  readonly milliseconds: number;
  readonly run: () => void;
}

/** Timers that run when the test says so. */
export class ManualTimers {
  readonly #timers = new Set<Timer>();
  readonly #asked = new EventEmitter();

  readonly after: After = (milliseconds, run) => {
    const timer = { milliseconds, run };
    this.#timers.add(timer);
    this.#asked.emit('timer');
    return () => this.#timers.delete(timer);
  };

  /** The milliseconds of each timer that has neither run nor been stopped. */
  get waiting(): number[] {
    return [...this.#timers].map(({ milliseconds }) => milliseconds);
  }

  /** Runs a timer of that many milliseconds, as soon as somebody has asked for one. */
  async run(milliseconds: number): Promise<void> {
    for (;;) {
      const timer = [...this.#timers].find((candidate) => candidate.milliseconds === milliseconds);
      if (timer !== undefined) {
        this.#timers.delete(timer);
        return timer.run();
      }
      await once(this.#asked, 'timer');
    }
  }
}

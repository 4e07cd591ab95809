import type { ServerEventBus } from '@modelcontextprotocol/server';

/** What changes in the demo, so that there is something to watch: how many countdowns have come to their end. */
export class LaunchLog {
  readonly uri = 'test://watched-resource';
  #launches = 0;
  readonly #changes: ServerEventBus;

  constructor(changes: ServerEventBus) {
    this.#changes = changes;
  }

  get launches(): number {
    return this.#launches;
  }

  add(): void {
    this.#launches += 1;
    this.#changes.publish({ kind: 'resource_updated', uri: this.uri });
  }
}

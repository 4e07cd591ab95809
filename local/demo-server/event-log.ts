import type { EventId, EventStore, JSONRPCMessage, StreamId } from '@modelcontextprotocol/server';

const MAX_EVENTS = 500;

interface StoredEvent {
  readonly id: EventId;
  readonly streamId: StreamId;
  readonly message: JSONRPCMessage;
}

/** The last events of one session, for a client that comes back with `Last-Event-ID` after its stream broke. */
export class EventLog implements EventStore {
  #events: StoredEvent[] = [];
  #stored = 0;

  async storeEvent(streamId: StreamId, message: JSONRPCMessage): Promise<EventId> {
    this.#stored += 1;
    const id = String(this.#stored);
    this.#events = [...this.#events.slice(1 - MAX_EVENTS), { id, streamId, message }];
    return id;
  }

  async getStreamIdForEventId(id: EventId): Promise<StreamId | undefined> {
    return this.#events.find((event) => event.id === id)?.streamId;
  }

  /** Sends what followed an event on its own stream, and nothing of the session's other streams. */
  async replayEventsAfter(
    lastEventId: EventId,
    { send }: { send: (id: EventId, message: JSONRPCMessage) => Promise<void> },
  ): Promise<StreamId> {
    const last = this.#events.findIndex(({ id }) => id === lastEventId);
    const streamId = this.#events[last]?.streamId;
    if (streamId === undefined) throw new Error(`There is no event ${lastEventId}`);
    for (const event of this.#events.slice(last + 1)) {
      if (event.streamId === streamId) await send(event.id, event.message);
    }
    return streamId;
  }
}

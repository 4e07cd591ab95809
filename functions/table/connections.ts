import type { Agent } from 'node:http';
import https from 'node:https';

/** At the same time; others wait. As the SDK has it. */
const LIMITS = { keepAlive: true, maxSockets: 50 };

/** Connections to the store that are kept from one request to the next, for either kind of endpoint. */
export interface StoreConnections {
  readonly httpAgent: Agent;
  readonly httpsAgent: https.Agent;
  /**
   * Closes those that carry nothing now. After one was lost none of them is trusted: all may have been closed at the other end
   * while Lambda had frozen this one, and then each would fail one attempt more.
   */
  closeIdle(): void;
}

export function storeConnections(): StoreConnections {
  // Not imported: with its names an import asks for all that it has, WebSocket and fetch among them, and a start waits for that.
  const http = process.getBuiltinModule('node:http');
  const httpAgent = new http.Agent(LIMITS);
  const httpsAgent = new https.Agent(LIMITS);
  return {
    httpAgent,
    httpsAgent,
    closeIdle() {
      for (const { freeSockets } of [httpAgent, httpsAgent]) {
        for (const socket of Object.values(freeSockets).flatMap((sockets = []) => sockets)) socket.destroy();
      }
    },
  };
}

import {
  createMcpHandler,
  InMemoryServerEventBus,
  isInitializeRequest,
  isLegacyRequest,
} from '@modelcontextprotocol/server';
import { createDemo } from './demo.ts';
import { LaunchLog } from './launch-log.ts';
import { Sessions } from './sessions.ts';

/** One address for every revision of the protocol, as a function from request to answer. */
export interface Endpoint {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * A client of a revision up to 2025-11-25 that opens with `initialize` gets a session. Every other request stands alone:
 * one of 2026-07-28 always, one of an earlier revision when it names no session.
 */
export function createEndpoint(): Endpoint {
  const changes = new InMemoryServerEventBus();
  const launches = new LaunchLog(changes);
  const createServer = () => createDemo(changes, launches);
  const standalone = createMcpHandler(createServer, { bus: changes });
  const sessions = new Sessions(createServer, changes);

  return {
    async fetch(request) {
      const parsedBody = request.method === 'POST' ? await readJson(request.clone()) : undefined;
      if (await isLegacyRequest(request, parsedBody)) {
        const sessionId = request.headers.get('mcp-session-id');
        if (sessionId !== null) return sessions.serve(sessionId, request, parsedBody);
        if (isInitializeRequest(parsedBody)) return sessions.open(request, parsedBody);
      }
      return standalone.fetch(request, { parsedBody });
    },
    async close() {
      await Promise.all([standalone.close(), sessions.close()]);
    },
  };
}

/** @returns undefined for what is no JSON: whoever serves the request says so to the client */
function readJson(request: Request): Promise<unknown> {
  return request.json().catch(() => undefined);
}

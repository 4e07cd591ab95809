import { randomUUID } from 'node:crypto';
import {
  type McpServer,
  type ServerEventBus,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { announceChanges } from './announcements.ts';
import { EventLog } from './event-log.ts';

/** Most clients never say that they leave, so the session that was used least recently makes room. */
const MAX_SESSIONS = 1_000;
/** How soon a client whose stream was closed shall come back. */
const RETRY_MS = 200;

/** The sessions of the revisions up to 2025-11-25: each has a server, a transport and a log of its own. */
export class Sessions {
  /** Those used least recently first. */
  readonly #open = new Map<string, WebStandardStreamableHTTPServerTransport>();
  readonly #createServer: () => McpServer;
  readonly #changes: ServerEventBus;
  readonly #maxSessions: number;

  constructor(createServer: () => McpServer, changes: ServerEventBus, maxSessions = MAX_SESSIONS) {
    this.#createServer = createServer;
    this.#changes = changes;
    this.#maxSessions = maxSessions;
  }

  /** Answers an `initialize`: the answer carries the id of the new session. */
  async open(request: Request, parsedBody: unknown): Promise<Response> {
    const server = this.#createServer();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new EventLog(),
      retryInterval: RETRY_MS,
      onsessioninitialized: (id) => {
        const stopAnnouncing = announceChanges(server, this.#changes);
        server.server.onclose = () => {
          stopAnnouncing();
          this.#open.delete(id);
        };
        this.#open.set(id, transport);
        this.#makeRoom();
      },
    });
    await server.connect(transport);
    return endWithRequest(request, await transport.handleRequest(request, { parsedBody }));
  }

  async serve(id: string, request: Request, parsedBody: unknown): Promise<Response> {
    const transport = this.#open.get(id);
    if (transport === undefined) return sessionNotFound();
    this.#open.delete(id);
    this.#open.set(id, transport);
    return endWithRequest(request, await transport.handleRequest(request, { parsedBody }));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((transport) => transport.close()));
  }

  #makeRoom(): void {
    const [oldest] = this.#open.values();
    if (oldest !== undefined && this.#open.size > this.#maxSessions) void oldest.close();
  }
}

/** Else the stream of a client that has left stays open until the next write, and no other may take its place. */
function endWithRequest({ signal }: Request, response: Response): Response {
  const body = response.body?.pipeThrough(new TransformStream(), { signal }) ?? null;
  return new Response(body, response);
}

function sessionNotFound(): Response {
  const error = { code: -32001, message: 'Session not found' };
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 });
}

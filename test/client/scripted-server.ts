import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server does with one request. */
export type Step = (request: IncomingMessage, response: ServerResponse) => void;

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server on a real socket that does what it is told, and remembers what it was sent. */
export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
  /** What it does with the requests to come, one after the other; with all others the last. Forgets what it has received. */
  plays(...steps: Step[]): void;
}

export async function scriptedServer(): Promise<ScriptedServer> {
  const received: Received[] = [];
  let script: Step[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    const step = script.length > 1 ? script.shift() : script[0];
    step?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    plays(...steps) {
      received.length = 0;
      script = steps;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const json =
  (status: number, body: unknown, headers = {}): Step =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'r-1', ...headers });
    response.end(JSON.stringify(body));
  };

/** An error as the gateway answers it. */
export const error = (status: number, slug = 'HTTP_InternalServerError', more = {}, headers = {}): Step =>
  json(
    status,
    { error: { message: 'It failed', code: 10_000 + status, slug, status, request_id: 'r-1', ...more } },
    headers,
  );

export const throttled = (headers = {}): Step => error(429, 'HTTP_TooManyRequests', {}, headers);

/** The connection is lost, and nobody knows what became of the request. */
export const reset: Step = (request) => request.socket.destroy();

/** Nothing comes. */
export const hang: Step = () => {};

/** An answer that begins, and of which nothing more comes. */
export const stall: Step = (_, response) => {
  response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    .write('{"items":[');
};

/** An answer that breaks off. */
export const breakOff: Step = (request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"items":[', () => request.socket.destroy());
};

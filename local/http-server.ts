import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * @param server a server
 * @param port 0 for any free one
 * @returns the port it listens on, at 127.0.0.1 only
 * @throws Error with `code` EADDRINUSE when the port is taken
 */
export async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Closes a server.
 *
 * @param graceMs how long requests that are being answered may go on before their connections are cut
 */
export async function closeServer(server: Server, graceMs = 0): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}

/**
 * For a server that asks for no password and is there for the functions alone: answers 403 to what a web page makes the
 * browser of this machine send, also under a name that the page has let mean 127.0.0.1 (DNS rebinding).
 *
 * @param server with its listeners
 * @returns the same server
 */
export function refuseWebPages(server: Server): Server {
  const listeners = server.listeners('request');
  return server.removeAllListeners('request').on('request', (request, response) => {
    if (isOfWebPage(request)) return response.writeHead(403).end();
    for (const listener of listeners) listener.call(server, request, response);
  });
}

const isOfWebPage = ({ headers }: IncomingMessage): boolean =>
  headers.origin !== undefined ||
  headers['sec-fetch-site'] !== undefined ||
  !/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '');

import type { Server } from 'node:http';
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

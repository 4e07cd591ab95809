import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** A forwarder that adds an API key, for clients that cannot. */
export interface KeyShim {
  readonly origin: string;
  /** Where requests go, whatever their path. */
  target: string;
  close(): Promise<void>;
}

/**
 * Starts it at 127.0.0.1. Headers go both ways as they were written, bodies as they come, and when one side leaves, the
 * other one is cut off.
 */
export async function startKeyShim(apiKey: string): Promise<KeyShim> {
  const shim = { target: '' };
  const server = http.createServer((request, response) => {
    const forwarded = http.request(shim.target, {
      method: request.method,
      headers: [...request.rawHeaders, 'x-api-key', apiKey],
      agent: false,
    });
    forwarded.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
      response.flushHeaders();
      pipeline(answer, response, ignoreBrokenStream);
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    pipeline(request, forwarded, ignoreBrokenStream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return Object.assign(shim, {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

/** `pipeline` has cut off the other side already. */
function ignoreBrokenStream(): void {}

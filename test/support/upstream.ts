import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Gateway, send } from './gateway.ts';

/** An MCP server of a test's own: the test says what it answers. */
export interface TestUpstream {
  readonly url: string;
  answer: RequestListener;
  closeConnections(): void;
  close(): void;
}

export async function startUpstream(): Promise<TestUpstream> {
  let answer: RequestListener = (_request, response) => response.end();
  const server = http.createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    get answer() {
      return answer;
    },
    set answer(listener) {
      answer = listener;
    },
    closeConnections: () => server.closeAllConnections(),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Puts a server behind the gate. @returns its `mcp_url` */
export async function addServer(
  gateway: Gateway,
  key: string,
  url: string,
  more: object = {},
): Promise<string> {
  const { headers, ...others } = more as { headers?: object };
  const created = await send(
    'POST',
    `${gateway.url}/api/v3/mcp/servers`,
    { 'content-type': 'application/json', 'x-api-key': key },
    JSON.stringify({
      name: `Own ${randomUUID()}`,
      upstream: { kind: 'http', url, ...(headers && { headers }) },
      ...others,
    }),
  );
  if (created.status !== 201) throw new Error(`The server was not added: ${created.body}`);
  return JSON.parse(created.body).mcp_url;
}

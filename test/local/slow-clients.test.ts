import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import { createGateway, createGatewayServer } from '../../local/gateway.ts';
import { closeServer, listen } from '../../local/http-server.ts';
import { ECHO, makeStack } from './fixture.ts';

const PATIENCE = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };

it.each([
  ['nothing', ''],
  ['headers that never end', 'POST /x HTTP/1.1\r\nhost: a\r\nx-slow: '],
  ['a body that never ends', 'POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{'],
  ['a chunk that never ends', 'POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3e8\r\n{'],
])(
  'a client that sends %s is answered 408 and cut off, and nothing is reported',
  async (_what, beginning) => {
    const reported: string[] = [];
    const stack = makeStack({ functions: { Echo: ECHO }, routes: [{ path: '/x', to: 'Echo' }] });
    const report = (problem: string) => reported.push(problem);
    const gateway = createGateway({ stack, domainName: 'a', report });
    const server = createGatewayServer(gateway.listener, PATIENCE);
    try {
      const socket = net.connect(await listen(server, 0), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(beginning);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(reported).toEqual([]);
    } finally {
      await closeServer(server);
      await gateway.close();
      stack.remove();
    }
  },
);

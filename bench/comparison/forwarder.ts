/** The floor, in six lines: a gateway that forwards and does nothing else. Its argument is the port of the server behind it. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const agent = new http.Agent({ keepAlive: true });
const server = http.createServer((request, response) => {
  const { url: path, method, headers } = request;
  const there = { host: '127.0.0.1', port: process.argv[2], path, method, headers, agent };
  request.pipe(
    http.request(there, (answer) =>
      answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)),
    ),
  );
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit(0));

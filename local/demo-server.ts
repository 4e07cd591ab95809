/** The demo MCP server, in a process of its own: `node local/demo-server.ts PORT`. Both protocol eras, at `/mcp`. */
import { createServer } from 'node:http';
import {
  localhostHostValidation,
  localhostOriginValidation,
  type NodeIncomingMessageLike,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { createEndpoint } from './demo-server/endpoint.ts';
import { withPromptHead } from './demo-server/prompt-head.ts';
import { closeServer, listen } from './http-server.ts';
import { serveParent } from './service-process.ts';

const endpoint = createEndpoint();
const serveMcp = toNodeHandler(endpoint, { onerror: (error) => console.error(error) });
/** A page that had its own name resolve to 127.0.0.1 gets a 403. */
const guards = [localhostHostValidation(), localhostOriginValidation()];

const server = createServer((request, response) => {
  if (!guards.every((isLocal) => isLocal(request, response))) return;
  if (request.url === '/mcp') {
    return void serveMcp(request as NodeIncomingMessageLike, withPromptHead(response));
  }
  response.writeHead(404).end();
});

serveParent(await listen(server, Number(process.argv[2] ?? 0)), async () => {
  await endpoint.close();
  await closeServer(server);
});

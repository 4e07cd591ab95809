/**
 * The MCP server behind every way: `node bench/comparison/upstream.ts` serves HTTP and reports its port to its parent,
 * `… stdio` speaks over its standard streams.
 */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type NodeIncomingMessageLike,
  type NodeServerResponseLike,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import { listen } from '../../local/http-server.ts';

const echoInput = z.object({ text: z.string() });
const countInput = z.object({ chunks: z.number(), everyMs: z.number() });

/** `echo` gives its text back; `count` sends the time of each of its chunks as a progress notification. */
function createEcho(): McpServer {
  const server = new McpServer({ name: 'comparison', version: '1' });
  server.registerTool('echo', { description: 'Echo', inputSchema: echoInput }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  server.registerTool(
    'count',
    { description: 'Count', inputSchema: countInput },
    async ({ chunks, everyMs }, context) => {
      const progressToken = context.mcpReq._meta?.progressToken;
      for (let progress = 1; progressToken !== undefined && progress <= chunks; progress++) {
        await context.mcpReq.notify({
          method: 'notifications/progress',
          // The clock that all processes of a machine share.
          params: { progressToken, progress, message: `sent ${process.hrtime.bigint()}` },
        });
        await delay(everyMs);
      }
      return { content: [{ type: 'text', text: 'counted' }] };
    },
  );
  return server;
}

if (process.argv[2] === 'stdio') {
  serveStdio(createEcho);
} else {
  const serveMcp = toNodeHandler(createMcpHandler(createEcho));
  const server = createServer((request, response) => {
    void serveMcp(request as NodeIncomingMessageLike, response as NodeServerResponseLike);
  });
  // Longer than a way waits for its turn: none is to find its connections closed.
  server.keepAliveTimeout = 120_000;
  const port = await listen(server, 0);
  process.once('disconnect', () => process.exit(0));
  process.send?.(port);
}

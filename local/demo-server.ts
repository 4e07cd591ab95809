/** The demo MCP server, in a process of its own: `node local/demo-server.ts PORT`. Both protocol eras, at `/mcp`. */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { closeServer, listen } from './http-server.ts';
import { serveParent } from './service-process.ts';

/** Long enough to see that an answer comes as a stream. */
const STEP_MS = 50;

type ToolResult = { content: { type: 'text'; text: string }[] };

function text(value: string): ToolResult {
  return { content: [{ type: 'text', text: value }] };
}

function createDemo(): McpServer {
  const server = new McpServer({ name: 'portcullis-demo', version: '1.0.0' });

  server.registerTool(
    'echo',
    { description: 'Answers with the text it was given', inputSchema: z.object({ text: z.string() }) },
    ({ text: given }) => text(given),
  );

  server.registerTool(
    'add',
    { description: 'Adds two numbers', inputSchema: z.object({ a: z.number(), b: z.number() }) },
    ({ a, b }) => text(String(a + b)),
  );

  server.registerTool(
    'countdown',
    {
      description: 'Counts down, with a progress notification for each step',
      inputSchema: z.object({ from: z.int().min(1).max(10) }),
    },
    async ({ from }, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (let step = 1; step <= from && progressToken !== undefined; step++) {
        const params = { progressToken, progress: step, total: from, message: `${from - step}` };
        await mcpReq.notify({ method: 'notifications/progress', params });
        await delay(STEP_MS);
      }
      return text('lift-off');
    },
  );

  server.registerTool(
    'whoami',
    { description: 'Names the request headers that reached this server: no API key is among them' },
    ({ http }) => {
      const headers = http?.req?.headers ?? new Headers();
      const names = [...headers.keys()].sort();
      return text(
        JSON.stringify({ headers: names, via: headers.get('via'), 'user-agent': headers.get('user-agent') }),
      );
    },
  );

  return server;
}

const handler = createMcpHandler(createDemo);
const serveMcp = toNodeHandler(handler);
const server = createServer((request, response) => {
  if (request.url === '/mcp') return void serveMcp(request as NodeIncomingMessageLike, response);
  response.writeHead(404).end();
});

serveParent(await listen(server, Number(process.argv[2] ?? 0)), async () => {
  await handler.close();
  await closeServer(server);
});

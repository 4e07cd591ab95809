import { setTimeout as delay } from 'node:timers/promises';
import type { McpServer } from '@modelcontextprotocol/server';
import { text } from './text.ts';

const STEP_MS = 50;

/** What can happen while a tool runs: it logs, tells how far it is, fails, or drops the line. */
export function registerRunningTools(server: McpServer): void {
  server.registerTool(
    'test_tool_with_logging',
    { description: 'Logs when it starts, while it works and when it ends' },
    async ({ mcpReq }) => {
      await mcpReq.log('info', 'Started');
      await delay(STEP_MS);
      await mcpReq.log('info', 'Working');
      await delay(STEP_MS);
      await mcpReq.log('info', 'Done');
      return text('Logged three messages.');
    },
  );

  server.registerTool(
    'test_logging_tool',
    { description: 'Logs once, if the request asks for log messages' },
    async ({ mcpReq }) => {
      await mcpReq.log('warning', 'Somebody listens');
      return text('Logged one message, if you asked for it.');
    },
  );

  server.registerTool(
    'test_tool_with_progress',
    { description: 'Tells its progress, if the request has a token for it' },
    async ({ mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          const params = { progressToken, progress, total: 100 };
          await mcpReq.notify({ method: 'notifications/progress', params });
        }
        await delay(STEP_MS);
      }
      return text('Done.');
    },
  );

  server.registerTool('test_error_handling', { description: 'Fails' }, () => {
    throw new Error('This tool always fails');
  });

  server.registerTool(
    'test_reconnection',
    { description: 'Closes its stream before it answers: the answer waits for a client that reconnects' },
    async ({ http }) => {
      http?.closeSSE?.();
      await delay(STEP_MS);
      return text('You came back.');
    },
  );
}

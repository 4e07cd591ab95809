import { setTimeout as delay } from 'node:timers/promises';
import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { LaunchLog } from '../launch-log.ts';
import { text } from './text.ts';

/** Long enough to see that an answer comes as a stream. */
const STEP_MS = 50;

const echoSchema = z.object({ text: z.string() });
const addSchema = z.object({ a: z.number(), b: z.number() });
const countdownSchema = z.object({ from: z.int().min(1).max(10) });

/** The tools of the README. */
export function registerBasicTools(server: McpServer, launches: LaunchLog): void {
  server.registerTool(
    'echo',
    { description: 'Answers with the text it was given', inputSchema: echoSchema },
    ({ text: given }) => text(given),
  );

  server.registerTool('add', { description: 'Adds two numbers', inputSchema: addSchema }, ({ a, b }) =>
    text(String(a + b)),
  );

  server.registerTool(
    'countdown',
    {
      description: 'Counts down, with a progress notification for each step',
      inputSchema: countdownSchema,
    },
    async ({ from }, { mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (let step = 1; step <= from && progressToken !== undefined; step++) {
        const params = { progressToken, progress: step, total: from, message: `${from - step}` };
        await mcpReq.notify({ method: 'notifications/progress', params });
        await delay(STEP_MS);
      }
      launches.add();
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
}

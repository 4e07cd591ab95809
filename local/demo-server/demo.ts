import { McpServer, type ServerEventBus } from '@modelcontextprotocol/server';
import type { LaunchLog } from './launch-log.ts';
import { registerPrompts } from './prompts.ts';
import { requestState } from './request-state.ts';
import { registerResources } from './resources.ts';
import { registerBasicTools } from './tools/basic.ts';
import { registerChangeTools } from './tools/change.ts';
import { registerClientFeatureTools } from './tools/client-features.ts';
import { registerContentTools } from './tools/content.ts';
import { registerElicitationTools } from './tools/elicitation.ts';
import { registerRoundTools } from './tools/rounds.ts';
import { registerRunningTools } from './tools/running.ts';
import { registerSamplingTools } from './tools/sampling.ts';
import { registerSchemaTools } from './tools/schema.ts';

/**
 * A server that shows every feature of the protocol. Beside its own tools it has those that the conformance suite calls,
 * by the suite's names, which begin with `test`.
 */
export function createDemo(changes: ServerEventBus, launches: LaunchLog): McpServer {
  const server = new McpServer(
    { name: 'portcullis-demo', version: '1.0.0' },
    {
      capabilities: { logging: {}, resources: { subscribe: true } },
      requestState: { verify: requestState.verify },
    },
  );
  registerBasicTools(server, launches);
  registerContentTools(server);
  registerRunningTools(server);
  registerSchemaTools(server);
  registerSamplingTools(server);
  registerElicitationTools(server);
  registerClientFeatureTools(server);
  registerRoundTools(server);
  registerChangeTools(server, changes);
  registerResources(server, launches);
  registerPrompts(server);
  return server;
}

import type { McpServer, ServerEventBus } from '@modelcontextprotocol/server';
import { text } from './text.ts';

/** Tools that tell every listening client to read a list again. */
export function registerChangeTools(server: McpServer, changes: ServerEventBus): void {
  server.registerTool(
    'test_trigger_tool_change',
    { description: 'Tells listening clients that the list of tools has changed' },
    () => {
      changes.publish({ kind: 'tools_list_changed' });
      return text('Told.');
    },
  );

  server.registerTool(
    'test_trigger_prompt_change',
    { description: 'Tells listening clients that the list of prompts has changed' },
    () => {
      changes.publish({ kind: 'prompts_list_changed' });
      return text('Told.');
    },
  );
}

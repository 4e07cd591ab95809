import { inputRequired, inputResponse, type McpServer } from '@modelcontextprotocol/server';
import { nameSchema } from './elicitation.ts';
import { modelRequest } from './sampling.ts';
import { text } from './text.ts';

/** Tools that depend on what the client can do. */
export function registerClientFeatureTools(server: McpServer): void {
  server.registerTool(
    'test_input_required_result_list_roots',
    { description: 'Names the folders that the client lets servers work in' },
    ({ mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, 'client_roots');
      if (answer.kind === 'roots') return text(answer.roots.map(({ uri }) => uri).join('\n'));
      return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
    },
  );

  server.registerTool(
    'test_input_required_result_capabilities',
    { description: 'Asks the user and the model, as far as the client can' },
    ({ mcpReq }) => {
      if (mcpReq.inputResponses !== undefined) return text('Thank you.');
      const { elicitation, sampling } = server.server.getClientCapabilities() ?? {};
      const form = { message: 'What is your name?', requestedSchema: nameSchema };
      if (elicitation === undefined && sampling === undefined) return text('You have nobody to ask.');
      return inputRequired({
        inputRequests: {
          ...(elicitation && { user_name: inputRequired.elicit(form) }),
          ...(sampling && { greeting: modelRequest('Greet somebody.') }),
        },
      });
    },
  );
}

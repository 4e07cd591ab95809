import {
  acceptedContent,
  type InputRequest,
  inputRequired,
  type McpServer,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import { type Remembered, requestState } from '../request-state.ts';
import { nameSchema } from './elicitation.ts';
import { modelRequest } from './sampling.ts';
import { text } from './text.ts';

const okSchema = z.object({ ok: z.boolean() });
const colorSchema = z.object({ color: z.string() });

async function askAndRemember(inputRequests: Record<string, InputRequest>, remembered: Remembered) {
  return inputRequired({ inputRequests, requestState: await requestState.mint(remembered) });
}

/** Tools that remember something from one round to the next. */
export function registerRoundTools(server: McpServer): void {
  const confirmation = inputRequired.elicit({ message: 'Go on?', requestedSchema: okSchema });
  for (const [name, description] of [
    [
      'test_input_required_result_request_state',
      'Asks for confirmation, and checks that its state came back',
    ],
    [
      'test_input_required_result_tampered_state',
      'Asks for confirmation: a state that was changed is refused',
    ],
  ] as const) {
    server.registerTool(name, { description }, ({ mcpReq }) => {
      const answer = acceptedContent(mcpReq.inputResponses, 'confirm', okSchema);
      if (answer === undefined || mcpReq.requestState() === undefined) {
        return askAndRemember({ confirm: confirmation }, {});
      }
      return text(`state-ok, and you said ${answer.ok ? 'yes' : 'no'}`);
    });
  }

  server.registerTool(
    'test_input_required_result_multi_round',
    { description: 'Asks for a name, then for a color, then says both' },
    ({ mcpReq }) => {
      const { name } = mcpReq.requestState<Remembered>() ?? {};
      const color = acceptedContent(mcpReq.inputResponses, 'step2', colorSchema)?.color;
      if (name !== undefined && color !== undefined) return text(`${name} likes ${color}.`);

      const given = name ?? acceptedContent(mcpReq.inputResponses, 'step1', nameSchema)?.name;
      if (given === undefined) {
        const step1 = inputRequired.elicit({ message: 'What is your name?', requestedSchema: nameSchema });
        return askAndRemember({ step1 }, {});
      }
      const step2 = inputRequired.elicit({
        message: 'Which color do you like?',
        requestedSchema: colorSchema,
      });
      return askAndRemember({ step2 }, { name: given });
    },
  );

  server.registerTool(
    'test_input_required_result_multiple_inputs',
    { description: 'Asks the user, the model and the client at once' },
    ({ mcpReq }) => {
      const { user_name, greeting, client_roots } = mcpReq.inputResponses ?? {};
      if (user_name && greeting && client_roots) return text('Three answers, thank you.');
      return askAndRemember(
        {
          user_name: inputRequired.elicit({ message: 'What is your name?', requestedSchema: nameSchema }),
          greeting: modelRequest('Greet somebody.', 50),
          client_roots: inputRequired.listRoots(),
        },
        {},
      );
    },
  );
}

import {
  acceptedContent,
  type CallToolResult,
  type ElicitInputParams,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import { text } from './text.ts';

const messageSchema = z.object({ message: z.string() });
const userSchema = z.object({ username: z.string(), email: z.string() });
export const nameSchema = z.object({ name: z.string() });

/** A form with a default for every type of field. */
const DEFAULTS_FORM: ElicitInputParams = {
  message: 'Is this you?',
  requestedSchema: {
    type: 'object',
    properties: {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    },
  },
};

/** A form with every kind of choice: of one or of several, with or without titles, and titles as they once were. */
const CHOICES_FORM: ElicitInputParams = {
  message: 'Choose',
  requestedSchema: {
    type: 'object',
    properties: {
      untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
      titledSingle: {
        type: 'string',
        oneOf: [
          { const: 'value1', title: 'First' },
          { const: 'value2', title: 'Second' },
        ],
      },
      legacyEnum: { type: 'string', enum: ['opt1', 'opt2'], enumNames: ['First', 'Second'] },
      untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
      titledMulti: {
        type: 'array',
        items: {
          anyOf: [
            { const: 'value1', title: 'First' },
            { const: 'value2', title: 'Second' },
          ],
        },
      },
    },
  },
};

/** Shows the user a form, and answers what came of it. */
function fillIn(form: ElicitInputParams, { mcpReq }: ServerContext): CallToolResult | InputRequiredResult {
  const answer = inputResponse(mcpReq.inputResponses, 'form');
  if (answer.kind === 'elicit') return text(`${answer.action}: ${JSON.stringify(answer.content ?? {})}`);
  return inputRequired({ inputRequests: { form: inputRequired.elicit(form) } });
}

/** Tools that ask the user of the client. */
export function registerElicitationTools(server: McpServer): void {
  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user for a name and an address, with your message', inputSchema: messageSchema },
    ({ message }, context) => fillIn({ message, requestedSchema: userSchema }, context),
  );

  server.registerTool(
    'test_elicitation_sep1034_defaults',
    { description: 'Shows the user a form that is filled in already' },
    (context) => fillIn(DEFAULTS_FORM, context),
  );

  server.registerTool(
    'test_elicitation_sep1330_enums',
    { description: 'Shows the user a form with every kind of choice' },
    (context) => fillIn(CHOICES_FORM, context),
  );

  server.registerTool(
    'test_streaming_elicitation',
    { description: 'Logs that it will ask the user, and asks' },
    async (context) => {
      await context.mcpReq.log('info', 'Asking');
      return fillIn({ message: 'What is your name?', requestedSchema: nameSchema }, context);
    },
  );

  server.registerTool(
    'test_input_required_result_elicitation',
    { description: 'Greets the user by name, which it asks for until it has one' },
    ({ mcpReq }) => {
      const user = acceptedContent(mcpReq.inputResponses, 'user_name', nameSchema);
      if (user !== undefined) return text(`Hello, ${user.name}!`);
      const user_name = inputRequired.elicit({ message: 'What is your name?', requestedSchema: nameSchema });
      return inputRequired({ inputRequests: { user_name } });
    },
  );
}

import {
  acceptedContent,
  completable,
  type GetPromptResult,
  inputRequired,
  type McpServer,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import { PNG } from './samples.ts';

type Content = GetPromptResult['messages'][number]['content'];

const WORDS = ['tea', 'test', 'text'];
const word = completable(z.string(), (start) => WORDS.filter((known) => known.startsWith(start)));
const argumentsSchema = z.object({ arg1: word, arg2: word });
const resourceSchema = z.object({ resourceUri: z.string() });
const contextSchema = z.object({ context: z.string() });

function fromUser(...contents: Content[]): GetPromptResult {
  return { messages: contents.map((content) => ({ role: 'user', content })) };
}

/** Prompts with and without arguments, with an image, with a resource, and one that asks back. */
export function registerPrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description: 'One message' }, () =>
    fromUser({ type: 'text', text: 'Say hello.' }),
  );

  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'A message with two words in it', argsSchema: argumentsSchema },
    ({ arg1, arg2 }) => fromUser({ type: 'text', text: `Compare "${arg1}" with "${arg2}".` }),
  );

  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A resource, and what to do with it', argsSchema: resourceSchema },
    ({ resourceUri: uri }) =>
      fromUser(
        { type: 'resource', resource: { uri, mimeType: 'text/plain', text: 'What the resource says.' } },
        { type: 'text', text: 'Summarise this resource.' },
      ),
  );

  server.registerPrompt('test_prompt_with_image', { description: 'An image, and what to do with it' }, () =>
    fromUser({ type: 'image', ...PNG }, { type: 'text', text: 'Describe this image.' }),
  );

  server.registerPrompt(
    'test_input_required_result_prompt',
    { description: 'Asks for its context first' },
    ({ mcpReq }) => {
      const answer = acceptedContent(mcpReq.inputResponses, 'user_context', contextSchema);
      if (answer !== undefined) return fromUser({ type: 'text', text: `Consider: ${answer.context}` });
      const user_context = inputRequired.elicit({
        message: 'Which context?',
        requestedSchema: contextSchema,
      });
      return inputRequired({ inputRequests: { user_context } });
    },
  );
}

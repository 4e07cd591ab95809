import {
  type CreateMessageResult,
  type CreateMessageResultWithTools,
  type InputRequest,
  inputRequired,
  inputResponse,
  type McpServer,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import { text } from './text.ts';

const promptSchema = z.object({ prompt: z.string() });

/** What the client shall ask its model. */
export function modelRequest(question: string, maxTokens = 100): InputRequest {
  const content = { type: 'text' as const, text: question };
  return inputRequired.createMessage({ messages: [{ role: 'user', content }], maxTokens });
}

function textOf({ content }: CreateMessageResult | CreateMessageResultWithTools): string {
  const blocks = Array.isArray(content) ? content : [content];
  return blocks.map((block) => (block.type === 'text' ? block.text : `(${block.type})`)).join(' ');
}

/**
 * Tools that ask the model of the client. A tool that returns what it needs runs again with the answer: a client of
 * 2026-07-28 calls it again, and in a session the SDK asks the client and calls it again.
 */
export function registerSamplingTools(server: McpServer): void {
  server.registerTool(
    'test_sampling',
    { description: "Puts a question to the client's model", inputSchema: promptSchema },
    ({ prompt }, { mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, 'answer');
      if (answer.kind === 'sampling') return text(`The model says: ${textOf(answer.result)}`);
      return inputRequired({ inputRequests: { answer: modelRequest(prompt) } });
    },
  );

  server.registerTool(
    'test_input_required_result_sampling',
    { description: "Asks the client's model for a capital" },
    ({ mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, 'capital_question');
      if (answer.kind === 'sampling') return text(textOf(answer.result));
      return inputRequired({
        inputRequests: { capital_question: modelRequest('What is the capital of France?') },
      });
    },
  );

  server.registerTool(
    'test_missing_capability',
    { description: 'Needs sampling: the SDK refuses the call of a client that does not offer it' },
    ({ mcpReq }) => {
      const answer = inputResponse(mcpReq.inputResponses, 'answer');
      if (answer.kind === 'sampling') return text('You offer sampling.');
      return inputRequired({ inputRequests: { answer: modelRequest('Are you there?') } });
    },
  );
}

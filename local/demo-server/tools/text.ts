import type { CallToolResult } from '@modelcontextprotocol/server';

/** @returns the result of a tool that answers with a text */
export function text(value: string): CallToolResult {
  return { content: [{ type: 'text', text: value }] };
}

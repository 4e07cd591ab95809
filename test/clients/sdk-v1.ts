import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type McpClient, type Reached, STEP_WITHIN_MS } from './client.ts';

const WITHIN = { timeout: STEP_WITHIN_MS };

/** The TypeScript SDK of the older protocol era, over any transport. */
export async function useSdkV1(transport: Transport, text: string): Promise<Reached> {
  const client = new Client({ name: 'portcullis-test', version: '1' });
  try {
    await client.connect(transport, WITHIN);
    const { tools } = await client.listTools(undefined, WITHIN);
    const { content } = await client.callTool({ name: 'echo', arguments: { text } }, undefined, WITHIN);
    return { tools: tools.map(({ name }) => name), echoed: JSON.stringify(content) };
  } finally {
    await client.close();
  }
}

export const sdkV1: McpClient = {
  name: 'SDK v1',
  async use(mcpUrl, headers, text) {
    const transport = new StreamableHTTPClientTransport(new URL(mcpUrl), { requestInit: { headers } });
    // The class declares `sessionId: string | undefined`, the interface `sessionId?: string`.
    const reached = await useSdkV1(transport as Transport, text);
    return { ...reached, protocol: transport.protocolVersion };
  },
};

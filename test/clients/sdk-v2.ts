import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type McpClient, STEP_WITHIN_MS } from './client.ts';

const WITHIN = { timeout: STEP_WITHIN_MS };

/** The TypeScript SDK of both protocol eras. `auto` asks the server which one it speaks. */
export const sdkV2 = (mode: 'legacy' | 'auto'): McpClient => ({
  name: `SDK v2, ${mode}`,
  async use(mcpUrl, headers, text) {
    const client = new Client({ name: 'portcullis-test', version: '1' }, { versionNegotiation: { mode } });
    try {
      await client.connect(
        new StreamableHTTPClientTransport(new URL(mcpUrl), { requestInit: { headers } }),
        WITHIN,
      );
      const { tools } = await client.listTools(undefined, WITHIN);
      const { content } = await client.callTool({ name: 'echo', arguments: { text } }, WITHIN);
      return {
        tools: tools.map(({ name }) => name),
        echoed: JSON.stringify(content),
        protocol: client.getNegotiatedProtocolVersion(),
      };
    } finally {
      await client.close();
    }
  },
});

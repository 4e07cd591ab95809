import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { McpClient } from './client.ts';
import { environment, scriptOf } from './process.ts';
import { useSdkV1 } from './sdk-v1.ts';

/** A stdio server for clients that know nothing else; what it has to tell, it writes to stderr. */
export const mcpRemote = (home: string, protocol: 'legacy' | 'auto'): McpClient => ({
  name: `mcp-remote, ${protocol}`,
  async use(mcpUrl, headers, text) {
    const given = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}:${value}`]);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [
        scriptOf(import.meta.resolve('mcp-remote/package.json'), 'mcp-remote'),
        mcpUrl,
        '--protocol',
        protocol,
        ...given,
      ],
      env: environment(home),
      stderr: 'pipe',
    });
    const stderr = transport.stderr instanceof Readable ? readText(transport.stderr) : '';
    try {
      return await useSdkV1(transport, text);
    } catch (cause) {
      throw new Error(await stderr, { cause });
    }
  },
});

import type { McpClient } from './client.ts';
import { run, scriptOf } from './process.ts';

/** `mcp-inspector --cli`: one connection a command. */
export const inspector = (home: string, era: 'legacy' | 'auto', ...options: string[]): McpClient => ({
  name: ['MCP Inspector', era, ...options].join(', '),
  async use(mcpUrl, headers, text) {
    const given = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
    const ask = async (...method: string[]): Promise<string> => {
      const asked = ['--cli', mcpUrl, '--transport', 'http', '--protocol-era', era, ...options, ...given];
      const script = scriptOf(
        import.meta.resolve('@modelcontextprotocol/inspector/package.json'),
        'mcp-inspector',
      );
      const { code, stdout, stderr } = await run(script, [...asked, ...method], home);
      if (code !== 0) throw new Error(stderr);
      return stdout;
    };
    const { tools } = JSON.parse(await ask('--method', 'tools/list'));
    const { content } = JSON.parse(
      await ask('--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', `text=${text}`),
    );
    return { tools: tools.map(({ name }: { name: string }) => name), echoed: JSON.stringify(content) };
  },
});

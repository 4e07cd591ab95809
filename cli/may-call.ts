import type { Schemas } from '../client/index.ts';

/** @returns why a key may not call a server, as the end of a sentence; `undefined`: it may */
export function whyNot(
  key: Pick<Schemas['ApiKey'], 'scopes' | 'mcp_server_ids'>,
  server: Pick<Schemas['McpServer'], 'id'>,
): string | undefined {
  if (!key.scopes.some((scope) => scope === '*' || scope === 'mcp:invoke'))
    return 'it lacks the scope mcp:invoke';
  if (key.mcp_server_ids !== null && !key.mcp_server_ids.includes(server.id)) {
    return 'that server is not among those that it may call';
  }
  return undefined;
}

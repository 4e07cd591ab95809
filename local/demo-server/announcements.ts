import type { McpServer, ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';

/**
 * Tells the client of a session what changes; clients of 2026-07-28 listen to the same bus with `subscriptions/listen`.
 *
 * @returns a function that ends it
 */
export function announceChanges({ server }: McpServer, changes: ServerEventBus): () => void {
  const watched = new Set<string>();
  server.setRequestHandler('resources/subscribe', ({ params }) => {
    watched.add(params.uri);
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', ({ params }) => {
    watched.delete(params.uri);
    return {};
  });

  async function announce(event: ServerEvent): Promise<void> {
    switch (event.kind) {
      case 'tools_list_changed':
        return server.sendToolListChanged();
      case 'prompts_list_changed':
        return server.sendPromptListChanged();
      case 'resources_list_changed':
        return server.sendResourceListChanged();
      case 'resource_updated':
        if (watched.has(event.uri)) return server.sendResourceUpdated({ uri: event.uri });
    }
  }
  return changes.subscribe((event) => void announce(event));
}

import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import type { LaunchLog } from './launch-log.ts';
import { PNG } from './samples.ts';

const IDS = ['1', '2', '3', '10', '11'];

/** A text, an image, a family of resources and one that changes. */
export function registerResources(server: McpServer, launches: LaunchLog): void {
  server.registerResource(
    'static-text',
    'test://static-text',
    { description: 'A text that never changes', mimeType: 'text/plain' },
    ({ href: uri }) => ({ contents: [{ uri, mimeType: 'text/plain', text: 'Always the same.' }] }),
  );

  server.registerResource(
    'static-binary',
    'test://static-binary',
    { description: 'An image of one red pixel', mimeType: PNG.mimeType },
    ({ href: uri }) => ({ contents: [{ uri, mimeType: PNG.mimeType, blob: PNG.data }] }),
  );

  const complete = { id: (start: string) => IDS.filter((id) => id.startsWith(start)) };
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined, complete }),
    { description: 'A resource for every id', mimeType: 'application/json' },
    ({ href: uri }, { id }) => ({
      contents: [{ uri, mimeType: 'application/json', text: JSON.stringify({ id }) }],
    }),
  );

  server.registerResource(
    'watched-resource',
    launches.uri,
    { description: 'How many countdowns have come to their end', mimeType: 'text/plain' },
    ({ href: uri }) => ({ contents: [{ uri, mimeType: 'text/plain', text: String(launches.launches) }] }),
  );
}

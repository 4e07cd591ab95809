import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { PNG, WAV } from '../samples.ts';
import { text } from './text.ts';

type Content = CallToolResult['content'][number];

const RESOURCE: Content = {
  type: 'resource',
  resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'A resource inside an answer.' },
};

const MEASUREMENT: Content = {
  type: 'resource',
  resource: { uri: 'test://measurement', mimeType: 'application/json', text: '{"celsius":21.5}' },
};

/** One tool for each kind of content that an answer may have. */
export function registerContentTools(server: McpServer): void {
  server.registerTool('test_simple_text', { description: 'Answers with a text' }, () =>
    text('A plain text.'),
  );

  server.registerTool('test_image_content', { description: 'Answers with an image' }, () => ({
    content: [{ type: 'image', ...PNG }],
  }));

  server.registerTool('test_audio_content', { description: 'Answers with a sound' }, () => ({
    content: [{ type: 'audio', ...WAV }],
  }));

  server.registerTool('test_embedded_resource', { description: 'Answers with a resource' }, () => ({
    content: [RESOURCE],
  }));

  server.registerTool(
    'test_multiple_content_types',
    { description: 'Answers with a text, an image and a resource' },
    () => ({
      content: [{ type: 'text', text: 'Three kinds of content:' }, { type: 'image', ...PNG }, MEASUREMENT],
    }),
  );
}

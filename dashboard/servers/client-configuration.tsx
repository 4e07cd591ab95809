import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import type { Schemas } from '../../client/index.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { PageLink } from '../shell/navigation.tsx';

type Configuration = Schemas['ClientConfiguration'];

/** What a configuration has in the place of a key: a text to replace, or the name of a variable to set. */
const PLACEHOLDER = 'ak_your_api_key';
const VARIABLE = 'PORTCULLIS_API_KEY';

/** How one client is told of a server: where it goes, the text itself, and the key for it. */
export function ClientConfiguration({
  configuration,
  apiKey,
}: {
  readonly configuration: Configuration;
  readonly apiKey: string | undefined;
}) {
  const { title, content, header } = configuration;
  const key = apiKey ?? PLACEHOLDER;
  const asksForKey = !content.includes(VARIABLE) && !content.includes(PLACEHOLDER);
  return (
    <SpaceBetween size="m">
      <Box variant="h3">{title}</Box>
      <Destination configuration={configuration} />
      <CodeBlock label={`Configuration of ${title}`} text={content.replaceAll(PLACEHOLDER, key)} />
      {content.includes(VARIABLE) && (
        <>
          <Box variant="p">
            It reads the key from a variable. Set it in the shell that the client is started from:
          </Box>
          <CodeBlock label={`Variable for ${title}`} text={`export ${VARIABLE}=${key}`} />
        </>
      )}
      {asksForKey && <Box variant="p">{title} asks for the key when it first connects, and keeps it.</Box>}
      <Box variant="p" color="text-body-secondary">
        The key is sent in the header{' '}
        {header === 'authorization' ? (
          <>
            <Box variant="code">Authorization</Box>, after the word <Box variant="code">Bearer</Box>.
          </>
        ) : (
          <>
            <Box variant="code">x-api-key</Box>.
          </>
        )}
      </Box>
      {apiKey === undefined && (
        <Alert type="info">
          {!asksForKey && (
            <>
              Put an API key where <Box variant="code">{PLACEHOLDER}</Box> stands.{' '}
            </>
          )}
          A key is shown once, when it is made: <PageLink to="/keys/create">Create an API key</PageLink> for
          this client alone.
        </Alert>
      )}
    </SpaceBetween>
  );
}

function Destination({ configuration: { kind, title, files } }: { readonly configuration: Configuration }) {
  const destinations: Record<Configuration['kind'], ReactNode> = {
    command: 'Run this in a terminal.',
    code: 'Put this into your program.',
    settings: `Enter this in the settings of ${title}.`,
    file: (
      <>
        Put this into {files.length > 1 ? 'one of these files' : 'this file'}, beside what is there:
        <ul>
          {files.map((file) => (
            <li key={file}>
              <Box variant="code">{file}</Box>
            </li>
          ))}
        </ul>
      </>
    ),
  };
  return <Box variant="div">{destinations[kind]}</Box>;
}

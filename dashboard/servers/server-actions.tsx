import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useHref } from 'react-router';
import type { Schemas } from '../../client/index.ts';
import { useFollow } from '../shell/navigation.tsx';
import { DeleteServer } from './delete-server.tsx';
import { ReplaceUrl } from './replace-url.tsx';

/** What can be done with a server. */
export function ServerActions({ server }: { readonly server: Schemas['McpServer'] }) {
  const [asked, setAsked] = useState<string>();
  const follow = useFollow();
  const page = useHref(`/servers/${server.id}`);
  const close = () => setAsked(undefined);
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        <ButtonDropdown
          items={[
            { id: 'replace', text: 'Replace the MCP URL' },
            { id: 'delete', text: 'Delete' },
          ]}
          onItemClick={({ detail }) => setAsked(detail.id)}
        >
          Actions
        </ButtonDropdown>
        <Button href={`${page}/edit`} onFollow={follow}>
          Edit
        </Button>
        <Button variant="primary" href={`${page}/connect`} onFollow={follow}>
          Connect
        </Button>
      </SpaceBetween>
      {asked === 'replace' && <ReplaceUrl server={server} onClose={close} />}
      {asked === 'delete' && <DeleteServer server={server} onClose={close} />}
    </>
  );
}

import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import type { Answer } from '../../client/index.ts';
import { useAnswer } from '../api/answers.ts';
import { Loaded } from '../parts/loaded.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { PageLink } from '../shell/navigation.tsx';

/** The list that the pages about a server stand below. */
export const SERVERS = { text: 'MCP servers', to: '/servers' };

export type ServerAnswer = Answer<'getMcpServer'>;
interface AboutServer {
  readonly children: (answer: ServerAnswer) => ReactNode;
}

/** The server that the address names, for a page about it; or why there is none to show. */
export const OneServer = ({ children }: AboutServer) => (
  <NeedsScope scope="servers:manage" to="see the MCP servers" page="MCP server">
    <NamedServer>{children}</NamedServer>
  </NeedsScope>
);

function NamedServer({ children }: AboutServer) {
  const { id = '' } = useParams();
  return (
    <Loaded
      what="MCP server"
      answer={useAnswer('getMcpServer', { path: { id } })}
      missing={
        <>
          It was deleted, or your key may not manage it. Go to{' '}
          <PageLink to="/servers">the MCP servers</PageLink>.
        </>
      }
    >
      {children}
    </Loaded>
  );
}

import Alert from '@cloudscape-design/components/alert';
import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { type Answer, isPortcullisError } from '../../client/index.ts';
import { useAnswer } from '../api/answers.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/loading.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { PageLink } from '../shell/navigation.tsx';

type ServerAnswer = Answer<'getMcpServer'>;

/** The server that the address names, for a page about it; or why there is none to show. */
export const OneServer = ({ children }: { readonly children: (answer: ServerAnswer) => ReactNode }) => (
  <NeedsScope scope="servers:manage" to="see the MCP servers">
    <NamedServer>{children}</NamedServer>
  </NeedsScope>
);

function NamedServer({ children }: { readonly children: (answer: ServerAnswer) => ReactNode }) {
  const { id = '' } = useParams();
  const { data, error, refetch } = useAnswer('getMcpServer', { path: { id } });
  if (isPortcullisError(error, 'HTTP_NotFound')) {
    return (
      <Alert type="warning" header="There is no such MCP server">
        It was deleted, or your key may not manage it. Go to{' '}
        <PageLink to="/servers">the MCP servers</PageLink>.
      </Alert>
    );
  }
  if (data !== undefined) return children(data);
  if (error !== null)
    return <ErrorAlert title="The server could not be loaded" error={error} onRetry={refetch} />;
  return <Loading what="Loading the server" />;
}

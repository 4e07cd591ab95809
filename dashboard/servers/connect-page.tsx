import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSearchParams } from 'react-router';
import type { Schemas } from '../../client/index.ts';
import { SubPage } from '../parts/sub-page.tsx';
import { ClientConfigurations } from './client-configurations.tsx';
import { OneServer, SERVERS } from './one-server.tsx';

/** What to paste into a client so that it uses a server. The address has the client that is looked at: `?client=cursor`. */
export const Component = () => <OneServer>{({ data }) => <Connect server={data} />}</OneServer>;

function Connect({ server: { id, name } }: { readonly server: Schemas['McpServer'] }) {
  const [search, setSearch] = useSearchParams();
  return (
    <SubPage
      title={`Connect to ${name}`}
      above={[SERVERS, { text: name, to: `/servers/${id}` }]}
      description="Choose your client, and paste what stands there."
    >
      <SpaceBetween size="l">
        <Alert type="info">
          The address of the server is in it. Treat it as a secret while the gate is down: who has it can call
          the server without a key.
        </Alert>
        <Container>
          <ClientConfigurations
            serverId={id}
            first={search.get('client')}
            onLook={(client) => setSearch({ client }, { replace: true })}
          />
        </Container>
      </SpaceBetween>
    </SubPage>
  );
}

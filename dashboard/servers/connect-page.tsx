import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Schemas } from '../../client/index.ts';
import { AddressedClientConfigurations } from './client-configurations.tsx';
import { OneServer } from './one-server.tsx';
import { ServerTrail } from './server-trail.tsx';

/** What to paste into a client so that it uses a server. */
export const Component = () => <OneServer>{({ data }) => <Connect server={data} />}</OneServer>;

function Connect({ server: { id, name } }: { readonly server: Schemas['McpServer'] }) {
  const page = `/servers/${id}`;
  return (
    <ContentLayout
      breadcrumbs={
        <ServerTrail
          steps={[
            { text: name, to: page },
            { text: 'Connect', to: `${page}/connect` },
          ]}
        />
      }
      header={
        <Header variant="h1" description="Choose your client, and paste what stands there.">
          Connect to {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Alert type="info">
          The address of the server is in it. Treat it as a secret while the gate is down: who has it can call
          the server without a key.
        </Alert>
        <Container>
          <AddressedClientConfigurations serverId={id} />
        </Container>
      </SpaceBetween>
    </ContentLayout>
  );
}

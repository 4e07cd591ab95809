import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Schemas } from '../../client/index.ts';
import { PageLink } from '../shell/navigation.tsx';
import { OneServer } from './one-server.tsx';
import { ServerActions } from './server-actions.tsx';
import { ServerDetails } from './server-details.tsx';
import { ServerFindings } from './server-findings.tsx';
import { ServerTrail } from './server-trail.tsx';

type Server = Schemas['McpServer'];

/** All that is known of one server, and what can be done with it. */
export const Component = () => <OneServer>{({ data }) => <ServerPage server={data} />}</OneServer>;

function ServerPage({ server }: { readonly server: Server }) {
  const page = `/servers/${server.id}`;
  return (
    <ContentLayout
      breadcrumbs={<ServerTrail steps={[{ text: server.name, to: page }]} />}
      header={
        <Header variant="h1" actions={<ServerActions server={server} />}>
          {server.name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ServerFindings server={server} />
        <Container
          header={
            <Header
              variant="h2"
              actions={
                <SpaceBetween direction="horizontal" size="m">
                  <PageLink to={`/traffic?mcp_server_id=${server.id}`}>See its calls</PageLink>
                  <PageLink to={`/audit?target_id=${server.id}`}>See its changes</PageLink>
                </SpaceBetween>
              }
            >
              Details
            </Header>
          }
        >
          <ServerDetails server={server} />
        </Container>
      </SpaceBetween>
    </ContentLayout>
  );
}

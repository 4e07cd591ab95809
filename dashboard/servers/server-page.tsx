import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Schemas } from '../../client/index.ts';
import { ActivityLinks } from '../parts/activity-links.tsx';
import { SubPage } from '../parts/sub-page.tsx';
import { OneServer, SERVERS } from './one-server.tsx';
import { ServerActions } from './server-actions.tsx';
import { ServerDetails } from './server-details.tsx';
import { ServerFindings } from './server-findings.tsx';

type Server = Schemas['McpServer'];

/** All that is known of one server, and what can be done with it. */
export const Component = () => <OneServer>{({ data }) => <ServerPage server={data} />}</OneServer>;

function ServerPage({ server }: { readonly server: Server }) {
  return (
    <SubPage title={server.name} above={[SERVERS]} actions={<ServerActions server={server} />}>
      <SpaceBetween size="l">
        <ServerFindings server={server} />
        <Container
          header={
            <Header variant="h2" actions={<ActivityLinks filter="mcp_server_id" id={server.id} />}>
              Details
            </Header>
          }
        >
          <ServerDetails server={server} />
        </Container>
      </SpaceBetween>
    </SubPage>
  );
}

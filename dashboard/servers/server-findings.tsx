import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import LiveRegion from '@cloudscape-design/components/live-region';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation } from '@tanstack/react-query';
import type { Schemas } from '../../client/index.ts';
import { usePortcullis } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { ProbeFindings } from './probe-findings.tsx';
import { found } from './probe-status.tsx';
import { useServersChanged } from './servers-changed.ts';

/** What the gateway found at a server, and a way to let it look again. */
export function ServerFindings({ server }: { readonly server: Schemas['McpServer'] }) {
  const portcullis = usePortcullis();
  const serversChanged = useServersChanged();
  const { id, probe } = server;
  const looking = useMutation({
    // A change of nothing: the gateway connects with it all the same.
    mutationFn: () => portcullis.updateMcpServer({ path: { id }, body: { upstream: {} } }),
    onSuccess: serversChanged,
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              iconName="refresh"
              loading={looking.isPending}
              loadingText="Connecting to it"
              onClick={() => looking.mutate()}
            >
              Look again
            </Button>
          }
        >
          What the gateway found
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ErrorAlert title="The gateway did not look again" error={looking.error} />
        {/* What was found may be what was found before, and look the same. */}
        <LiveRegion hidden>{looking.isSuccess && `The gateway looked again: ${found(probe)}`}</LiveRegion>
        <ProbeFindings probe={probe} editTo={`/servers/${id}/edit`} />
      </SpaceBetween>
    </Container>
  );
}

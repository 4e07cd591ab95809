import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useHref } from 'react-router';
import type { Schemas } from '../../client/index.ts';
import { usePortcullis } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Moment } from '../parts/moment.tsx';
import { PageLink, useFollow } from '../shell/navigation.tsx';
import { DeleteServer } from './delete-server.tsx';
import { McpUrl } from './mcp-url.tsx';
import { OneServer } from './one-server.tsx';
import { ProbeFindings } from './probe-findings.tsx';
import { ReplaceUrl } from './replace-url.tsx';
import { Trail } from './trail.tsx';

type Server = Schemas['McpServer'];

/** All that is known of one server, and what can be done with it. */
export const Component = () => <OneServer>{({ data }) => <ServerDetails server={data} />}</OneServer>;

function ServerDetails({ server }: { readonly server: Server }) {
  const page = `/servers/${server.id}`;
  return (
    <ContentLayout
      breadcrumbs={<Trail steps={[{ text: server.name, to: page }]} />}
      header={
        <Header variant="h1" actions={<Actions server={server} />}>
          {server.name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Findings server={server} />
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
          <Details server={server} />
        </Container>
      </SpaceBetween>
    </ContentLayout>
  );
}

function Actions({ server }: { readonly server: Server }) {
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

function Findings({ server }: { readonly server: Server }) {
  const portcullis = usePortcullis();
  const queries = useQueryClient();
  const { id, probe } = server;
  const looking = useMutation({
    // A change of nothing: the gateway connects with it all the same.
    mutationFn: () => portcullis.updateMcpServer({ path: { id }, body: { upstream: {} } }),
    onSuccess: () =>
      Promise.all(
        ['getMcpServer', 'listMcpServers'].map((operation) =>
          queries.invalidateQueries({ queryKey: [operation] }),
        ),
      ),
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
        <ProbeFindings probe={probe} editTo={`/servers/${id}/edit`} />
      </SpaceBetween>
    </Container>
  );
}

function Details({ server }: { readonly server: Server }) {
  const { upstream, allowed_tools, allowed_origins } = server;
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'MCP URL', value: <McpUrl url={server.mcp_url} /> },
        { label: 'URL of the server itself', value: upstream.url },
        { label: 'Upstream headers', value: <StoredHeaders names={Object.keys(upstream.headers)} /> },
        {
          label: 'Allowed tools',
          value: allowed_tools === null ? 'All tools' : listed(allowed_tools, 'None: no tool can be called'),
        },
        { label: 'Allowed origins', value: listed(allowed_origins, 'None') },
        { label: 'Added', value: <Moment at={server.created_at} /> },
        { label: 'Last changed', value: <Moment at={server.updated_at} /> },
        { label: 'ID', value: <Box variant="code">{server.id}</Box> },
      ]}
    />
  );
}

/** Their names: the values are secrets, shown to nobody. */
const StoredHeaders = ({ names }: { readonly names: readonly string[] }) =>
  names.length === 0 ? (
    'None'
  ) : (
    <>
      <Box variant="code">{names.join(', ')}</Box>
      <Box variant="small" color="text-body-secondary" display="block">
        Their values are stored encrypted.
      </Box>
    </>
  );

const listed = (texts: readonly string[], none: string): ReactNode => texts.join(', ') || none;

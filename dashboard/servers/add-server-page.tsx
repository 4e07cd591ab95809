import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Navigate } from 'react-router';
import { isPortcullisError } from '../../client/index.ts';
import { usePortcullis } from '../api/session.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import { PageLink } from '../shell/navigation.tsx';
import { AddressFields } from './address-fields.tsx';
import { HeaderFields } from './header-fields.tsx';
import { LimitFields } from './limit-fields.tsx';
import { toolCount } from './probe-status.tsx';
import { EMPTY_DRAFT, newServerOf, type ServerDraft } from './server-draft.ts';
import { ServerForm } from './server-form.tsx';
import { problemsOfAnswer } from './server-problems.ts';
import { ServerTrail } from './server-trail.tsx';
import { useServersChanged } from './servers-changed.ts';

/** Puts an MCP server behind the gate. */
export const Component = () => (
  <ContentLayout
    breadcrumbs={<ServerTrail steps={[{ text: 'Add a server', to: '/servers/add' }]} />}
    header={
      <Header
        variant="h1"
        description="The gateway connects to it once, and tells what it finds. What it cannot reach is added all the same."
      >
        Add an MCP server
      </Header>
    }
  >
    <NeedsScope scope="servers:manage" to="add MCP servers">
      <AddServer />
    </NeedsScope>
  </ContentLayout>
);

function AddServer() {
  const portcullis = usePortcullis();
  const serversChanged = useServersChanged();
  const showMessage = useShowMessage();
  const [draft, setDraft] = useState(EMPTY_DRAFT);

  const adding = useMutation({
    mutationFn: () => portcullis.createMcpServer({ body: newServerOf(draft) }),
    onSuccess: ({ id, name, probe }) => {
      const connect = <PageLink to={`/servers/${id}/connect`}>Connect a client</PageLink>;
      showMessage(
        probe.status === 'ok'
          ? {
              type: 'success',
              header: `${name} is behind the gate`,
              content: (
                <>
                  The gateway found {toolCount(probe.tool_count)}. {connect}.
                </>
              ),
            }
          : {
              type: 'warning',
              header: `${name} was added, but could not be used yet`,
              content: probe.warning,
            },
      );
      return serversChanged();
    },
  });

  const change = (next: ServerDraft) => {
    adding.reset();
    setDraft(next);
  };
  // Once it is done, the form is gone: there is nothing to lose.
  if (adding.isSuccess) return <Navigate to={`/servers/${adding.data.id}`} replace />;

  const { error } = adding;
  const problems = isPortcullisError(error, 'HTTP_Conflict')
    ? new Map([['name', `${error.message}.`]])
    : problemsOfAnswer(error);
  return (
    <ServerForm
      draft={draft}
      told={{ error, problems }}
      isTouched={draft !== EMPTY_DRAFT}
      isBusy={adding.isPending}
      action="Add server"
      cancelTo="/servers"
      onSubmit={adding.mutate}
    >
      {(problems) => {
        const fields = { draft, problems, onChange: change };
        return (
          <SpaceBetween size="l">
            <AddressFields {...fields} />
            <HeaderFields {...fields} />
            <LimitFields {...fields} />
          </SpaceBetween>
        );
      }}
    </ServerForm>
  );
}

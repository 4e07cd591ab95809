import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { usePortcullis } from '../api/session.tsx';
import { FormFrame } from '../parts/form-frame.tsx';
import { LedOn } from '../parts/led-on.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { forgetOutcome } from '../parts/sending.ts';
import { SubPage } from '../parts/sub-page.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import { PageLink } from '../shell/navigation.tsx';
import { AddressFields } from './address-fields.tsx';
import { HeaderFields } from './header-fields.tsx';
import { LimitFields } from './limit-fields.tsx';
import { SERVERS } from './one-server.tsx';
import { toolCount } from './probe-status.tsx';
import { EMPTY_DRAFT, newServerOf, type ServerDraft } from './server-draft.ts';
import { problemsOf, problemsOfAnswer } from './server-problems.ts';
import { useServersChanged } from './servers-changed.ts';

/** Puts an MCP server behind the gate. */
export const Component = () => (
  <SubPage
    title="Add an MCP server"
    above={[SERVERS]}
    description="The gateway connects to it once, and tells what it finds. What it cannot reach is added all the same."
  >
    <NeedsScope scope="servers:manage" to="add MCP servers" ofEveryServer>
      <AddServer />
    </NeedsScope>
  </SubPage>
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
              header: (
                <>
                  <bdi>{name}</bdi> is behind the gate
                </>
              ),
              content: (
                <>
                  The gateway found {toolCount(probe.tool_count)}. {connect}.
                </>
              ),
            }
          : {
              type: 'warning',
              header: (
                <>
                  <bdi>{name}</bdi> was added, but could not be used yet
                </>
              ),
              content: probe.warning,
            },
      );
      return serversChanged();
    },
  });

  const change = (next: ServerDraft) => {
    forgetOutcome(adding);
    setDraft(next);
  };
  // Once it is done, the form is gone: there is nothing to lose.
  if (adding.isSuccess) return <LedOn to={`/servers/${adding.data.id}`} />;

  return (
    <FormFrame
      wrong={problemsOf(draft)}
      told={{ error: adding.error, problems: problemsOfAnswer(adding.error) }}
      isTouched={draft !== EMPTY_DRAFT}
      action="Add server"
      cancelTo="/servers"
      onSubmit={adding.mutateAsync}
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
    </FormFrame>
  );
}

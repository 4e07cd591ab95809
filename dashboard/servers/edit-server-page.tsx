import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { isPortcullisError } from '../../client/index.ts';
import { usePortcullis } from '../api/session.tsx';
import { Conflict, whyNotSaved } from '../parts/conflict.tsx';
import { FormFrame } from '../parts/form-frame.tsx';
import { LedOn } from '../parts/led-on.tsx';
import { forgetOutcome, useLatest } from '../parts/sending.ts';
import { SubPage } from '../parts/sub-page.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import { AddressFields } from './address-fields.tsx';
import { HeaderFields } from './header-fields.tsx';
import { LimitFields } from './limit-fields.tsx';
import { OneServer, SERVERS, type ServerAnswer } from './one-server.tsx';
import { differencesOf } from './server-differences.ts';
import { changesOf, draftOf, isMoved, rebased, type ServerDraft, withHeadersToSend } from './server-draft.ts';
import { problemsOf, problemsOfAnswer } from './server-problems.ts';
import { useServersChanged } from './servers-changed.ts';

/** Changes a server. */
export const Component = () => (
  <OneServer>{(stored) => <EditServer key={stored.data.id} stored={stored} />}</OneServer>
);

const versionOf = ({ headers }: ServerAnswer): string => headers.get('etag') ?? '*';

/** @param stored what is stored now, as far as is known: the form stays with what it began from */
function EditServer({ stored }: { readonly stored: ServerAnswer }) {
  const portcullis = usePortcullis();
  const queries = useQueryClient();
  const serversChanged = useServersChanged();
  const showMessage = useShowMessage();
  const [begun, setBegun] = useState(stored);
  const [typed, setTyped] = useState(() => draftOf(begun.data));

  const { id, name } = begun.data;
  const draft = withHeadersToSend(typed, begun.data);
  const changes = changesOf(draft, begun.data);
  const isTouched = Object.keys(changes).length > 0;
  const page = `/servers/${id}`;
  const latestTyped = useLatest(typed);

  const save = (over: ServerAnswer) =>
    portcullis.request('updateMcpServer', {
      path: { id },
      headers: { 'if-match': versionOf(over) },
      body: changes,
    });
  const saving = useMutation({
    mutationFn: async (_sent: ServerDraft) => {
      try {
        return await save(begun);
      } catch (error) {
        if (!isPortcullisError(error, 'HTTP_Conflict')) throw error;
        const now = await portcullis.request('getMcpServer', { path: { id } });
        const isOther = differencesOf(begun.data, now.data, draft).length > 0;
        if (isOther || versionOf(now) === versionOf(begun)) throw error;
        // Who lets the gateway look again makes a new version, and changes nothing.
        return save(now);
      }
    },
    onSuccess: ({ ...saved }, sent) => {
      showMessage({
        type: 'success',
        header: (
          <>
            <bdi>{saved.data.name}</bdi> was changed
          </>
        ),
      });
      queries.setQueryData(['getMcpServer', { path: { id } }], saved);
      setBegun(saved);
      setTyped(rebased(latestTyped.current, sent, saved.data));
      serversChanged();
    },
    // Whether somebody else came first, or has deleted it, is known before the refusal is shown.
    onError: (error) =>
      isPortcullisError(error, 'HTTP_Conflict') || isPortcullisError(error, 'HTTP_NotFound')
        ? serversChanged()
        : undefined,
  });

  const change = (next: ServerDraft) => {
    forgetOutcome(saving);
    setTyped(next);
  };
  const beginFrom = (next: ServerDraft) => {
    change(next);
    setBegun(stored);
  };
  if (saving.isSuccess && !isTouched) return <LedOn to={page} />;

  const isOld = versionOf(stored) !== versionOf(begun) && !saving.isPending;
  const differences = differencesOf(begun.data, stored.data, draft);
  if (isOld && !isTouched) {
    setBegun(stored);
    setTyped(draftOf(stored.data));
  } else if (isOld && differences.length === 0) setBegun(stored);

  // A conflict is with somebody's change, which is shown, or with another server of that name.
  const error = isOld && isPortcullisError(saving.error, 'HTTP_Conflict') ? null : saving.error;
  return (
    <SubPage title={`Edit ${name}`} above={[SERVERS, { text: name, to: page }]}>
      <FormFrame
        wrong={problemsOf(draft)}
        told={{ error, problems: problemsOfAnswer(error) }}
        isTouched={isTouched}
        whyNot={whyNotSaved(isTouched, isOld)}
        action="Save"
        cancelTo={page}
        onSubmit={() => saving.mutateAsync(draft)}
      >
        {(problems) => {
          const fields = { draft, problems, onChange: change };
          return (
            <SpaceBetween size="l">
              <AddressFields {...fields} />
              <HeaderFields
                {...fields}
                stored={Object.keys(begun.data.upstream.headers)}
                mustBeNew={isMoved(draft, begun.data)}
              />
              <LimitFields
                {...fields}
                found={begun.data.probe.status === 'ok' ? begun.data.probe.tools : []}
              />
              {isOld && isTouched && (
                <Conflict
                  what="server"
                  differences={differences}
                  onKeep={() => beginFrom(rebased(typed, draftOf(begun.data), stored.data))}
                  onDiscard={() => beginFrom(draftOf(stored.data))}
                />
              )}
            </SpaceBetween>
          );
        }}
      </FormFrame>
    </SubPage>
  );
}

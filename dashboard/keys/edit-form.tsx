import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { flushSync } from 'react-dom';
import { useNavigate } from 'react-router';
import { isPortcullisError } from '../../client/index.ts';
import { usePortcullis, useSession, useSessions } from '../api/session.tsx';
import { whyNotSaved } from '../parts/conflict.tsx';
import { FormFrame } from '../parts/form-frame.tsx';
import { forgetOutcome, useIsGone, useLatest } from '../parts/sending.ts';
import { SubPage } from '../parts/sub-page.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import { endOf } from './key.ts';
import { KeyConflict } from './key-conflict.tsx';
import { KeyFields } from './key-fields.tsx';
import { fieldsOf, formOf, type KeyForm, problemsOf, problemsOfAnswer, remaining } from './key-form.ts';
import { ownPower } from './power.ts';
import { KEYS, type ReadKey } from './read-key.tsx';

/**
 * What is chosen stands over the key as it was read. A key that somebody else has changed meanwhile is not overwritten.
 * @param onEnded is given the key when it turns out that it has ended meanwhile
 */
export function EditForm({
  first,
  onEnded,
}: {
  readonly first: ReadKey;
  readonly onEnded: (read: ReadKey) => void;
}) {
  const portcullis = usePortcullis();
  const { apiKey } = useSession();
  const { refresh } = useSessions();
  const isGone = useIsGone();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const show = useShowMessage();
  const own = ownPower(apiKey);
  const [read, setRead] = useState(first);
  const [chosen, setChosen] = useState<Partial<KeyForm>>({});
  const [before, setBefore] = useState<ReadKey>();
  const page = `/keys/${read.key.id}`;

  const base = formOf(read.key);
  const changes = remaining(base, chosen);
  const isChanged = Object.keys(changes).length > 0;
  const latestChosen = useLatest(chosen);

  const forget = () => {
    queries.invalidateQueries({ queryKey: ['listApiKeys'] });
    queries.invalidateQueries({ queryKey: ['getApiKey'] });
  };

  const saving = useMutation({
    mutationFn: (sent: Partial<KeyForm>) =>
      portcullis.request('updateApiKey', {
        path: { id: read.key.id },
        headers: { 'if-match': read.etag },
        body: fieldsOf(sent, Date.now()),
      }),
    onSuccess: async ({ data: saved, headers }, sent) => {
      show({
        type: 'success',
        header: (
          <>
            The key <bdi>{saved.name}</bdi> is saved
          </>
        ),
      });
      forget();
      const typedSince = remaining(formOf(saved), remaining({ ...base, ...sent }, latestChosen.current));
      flushSync(() => {
        setRead({ key: saved, etag: headers.get('etag') ?? '' });
        setChosen(typedSince);
      });
      const isDone = Object.keys(typedSince).length === 0;
      if (isDone && !isGone()) await navigate(page);
      // What one may oneself is another thing now.
      if (saved.id === apiKey.id) await refresh();
    },
    onError: async (error) => {
      if (!isPortcullisError(error, 'HTTP_Conflict')) return;
      const { data: key, headers } = await portcullis.request('getApiKey', { path: { id: read.key.id } });
      const etag = headers.get('etag') ?? '';
      // Else it is in conflict with another one, as it says.
      if (etag === read.etag) return;
      forget();
      if (endOf(key, Date.now()) !== undefined) return onEnded({ key, etag });
      setBefore(read);
      setRead({ key, etag });
      saving.reset();
    },
  });

  return (
    <SubPage title={`Edit ${read.key.name}`} above={[KEYS, { text: read.key.name, to: page }]}>
      <FormFrame
        wrong={problemsOf(changes, own, Date.now())}
        told={{ error: saving.error, problems: problemsOfAnswer(saving.error) }}
        isTouched={isChanged}
        action="Save"
        whyNot={whyNotSaved(isChanged, before !== undefined)}
        cancelTo={page}
        onSubmit={() => saving.mutateAsync(changes)}
      >
        {(problems) => (
          <SpaceBetween size="l">
            <Container>
              <KeyFields
                form={{ ...base, ...chosen }}
                own={own}
                problems={problems}
                onChange={(more) => {
                  forgetOutcome(saving);
                  setChosen({ ...chosen, ...more });
                }}
              />
            </Container>
            {before && (
              <KeyConflict
                before={before.key}
                now={read.key}
                chosen={changes}
                onKeep={() => setBefore(undefined)}
                onDiscard={() => {
                  setChosen({});
                  setBefore(undefined);
                }}
              />
            )}
          </SpaceBetween>
        )}
      </FormFrame>
    </SubPage>
  );
}

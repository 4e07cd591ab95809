import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Form from '@cloudscape-design/components/form';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { flushSync } from 'react-dom';
import { useHref, useNavigate } from 'react-router';
import { isPortcullisError, type Schemas } from '../../client/index.ts';
import { usePortcullis, useSession, useSessions } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { UnsavedGuard } from '../parts/unsaved-guard.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import { useFollow } from '../shell/navigation.tsx';
import { ChangedMeanwhile } from './changed-meanwhile.tsx';
import { KeyFields } from './key-fields.tsx';
import {
  fieldsOf,
  formOf,
  type KeyForm,
  type Problems,
  problemsOf,
  remaining,
  toldProblems,
} from './key-form.ts';
import { ownPower } from './power.ts';
import type { ReadKey } from './read-key.tsx';

/** What is chosen stands over the key as it was read. A key that somebody else has changed meanwhile is not overwritten. */
export function EditForm({ first }: { readonly first: ReadKey }) {
  const portcullis = usePortcullis();
  const { apiKey, secret } = useSession();
  const { signIn } = useSessions();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const follow = useFollow();
  const show = useShowMessage();
  const own = ownPower(apiKey);
  const [read, setRead] = useState(first);
  const [chosen, setChosen] = useState<Partial<KeyForm>>({});
  const [problems, setProblems] = useState<Problems>({});
  const [before, setBefore] = useState<ReadKey>();
  const page = `/keys/${read.key.id}`;

  const base = formOf(read.key);
  const changes = remaining(base, chosen);
  const isChanged = Object.keys(changes).length > 0;

  const forget = () => {
    queries.invalidateQueries({ queryKey: ['listApiKeys'] });
    queries.invalidateQueries({ queryKey: ['getApiKey'] });
  };

  const saving = useMutation({
    mutationFn: (body: Schemas['ApiKeyPatch']) =>
      portcullis.updateApiKey({ path: { id: read.key.id }, headers: { 'if-match': read.etag }, body }),
    onSuccess: async (saved) => {
      show({ type: 'success', header: `The key ${saved.name} is saved` });
      forget();
      if (saved.id === apiKey.id) await signIn(secret);
      flushSync(() => setChosen({})); // Nothing is unsaved any more: the page may be left.
      await navigate(page);
    },
    onError: async (error) => {
      setProblems(toldProblems(error));
      if (!isPortcullisError(error, 'HTTP_Conflict')) return;
      const { data: key, headers } = await portcullis.request('getApiKey', { path: { id: read.key.id } });
      const etag = headers.get('etag') ?? '';
      // Else it is in conflict with another one, as it says.
      if (etag === read.etag) return;
      setBefore(read);
      setRead({ key, etag });
      saving.reset();
      forget();
    },
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const now = Date.now();
    const found = problemsOf(changes, own, now);
    setProblems(found);
    saving.reset();
    if (Object.keys(found).length === 0) saving.mutate(fieldsOf(changes, now));
  };

  return (
    <ContentLayout header={<Header variant="h1">Edit {read.key.name}</Header>}>
      <form onSubmit={submit} noValidate>
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" href={useHref(page)} onFollow={follow}>
                Cancel
              </Button>
              <Button
                variant="primary"
                formAction="submit"
                loading={saving.isPending}
                loadingText="Saving the key"
                disabled={!isChanged || before !== undefined}
                disabledReason={
                  before === undefined ? 'Nothing is changed' : 'Somebody else has changed the key: see above'
                }
              >
                Save changes
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {before && (
              <ChangedMeanwhile
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
            <Container>
              <KeyFields
                form={{ ...base, ...chosen }}
                own={own}
                problems={problems}
                onChange={(more) => setChosen((known) => ({ ...known, ...more }))}
              />
            </Container>
            {Object.keys(problems).length === 0 && (
              <ErrorAlert title="The key was not saved" error={saving.error} />
            )}
          </SpaceBetween>
        </Form>
      </form>
      <UnsavedGuard isUnsaved={isChanged} />
    </ContentLayout>
  );
}

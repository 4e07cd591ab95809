import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { flushSync } from 'react-dom';
import { useNavigate } from 'react-router';
import { isPortcullisError, type Schemas } from '../../client/index.ts';
import { usePortcullis, useSession, useSessions } from '../api/session.tsx';
import { Trail } from '../parts/trail.tsx';
import { UnsavedGuard } from '../parts/unsaved-guard.tsx';
import { useShowMessage } from '../shell/messages.tsx';
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
  without,
} from './key-form.ts';
import { KeyFormFrame } from './key-form-frame.tsx';
import { ownPower } from './power.ts';
import type { ReadKey } from './read-key.tsx';

/** What is chosen stands over the key as it was read. A key that somebody else has changed meanwhile is not overwritten. */
export function EditForm({ first }: { readonly first: ReadKey }) {
  const portcullis = usePortcullis();
  const { apiKey, secret } = useSession();
  const { signIn } = useSessions();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const show = useShowMessage();
  const own = ownPower(apiKey);
  const [read, setRead] = useState(first);
  const [chosen, setChosen] = useState<Partial<KeyForm>>({});
  const [found, setFound] = useState<Problems>({});
  const [before, setBefore] = useState<ReadKey>();
  const page = `/keys/${read.key.id}`;

  const base = formOf(read.key);
  const changes = remaining(base, chosen);
  const isChanged = Object.keys(changes).length > 0;
  const whyNot = whyNotSaved(isChanged, before !== undefined);

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
      flushSync(() => setChosen({})); // Nothing is unsaved any more: the page may be left.
      await navigate(page);
      // What one may oneself is another thing now.
      if (saved.id === apiKey.id) await signIn(secret);
    },
    onError: async (error) => {
      setFound(toldProblems(error));
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

  const submit = () => {
    if (saving.isPending) return;
    const now = Date.now();
    const problems = problemsOf(changes, own, now);
    setFound(problems);
    saving.reset();
    if (Object.keys(problems).length === 0) saving.mutate(fieldsOf(changes, now));
  };

  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          steps={[
            { text: 'API keys', to: '/keys' },
            { text: read.key.name, to: page },
            { text: 'Edit', to: `${page}/edit` },
          ]}
        />
      }
      header={<Header variant="h1">Edit {read.key.name}</Header>}
    >
      <KeyFormFrame
        found={found}
        error={saving.error}
        errorTitle="The key was not saved"
        action="Save changes"
        isBusy={saving.isPending}
        whyNot={whyNot}
        cancelTo={page}
        notice={
          before && (
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
          )
        }
        onSubmit={submit}
      >
        <KeyFields
          form={{ ...base, ...chosen }}
          own={own}
          problems={found}
          onChange={(more) => {
            setChosen((known) => ({ ...known, ...more }));
            setFound(without(found, more));
          }}
        />
      </KeyFormFrame>
      <UnsavedGuard isUnsaved={isChanged} />
    </ContentLayout>
  );
}

function whyNotSaved(isChanged: boolean, isInConflict: boolean): string | undefined {
  if (isInConflict) return 'Somebody else has changed the key: decide above';
  return isChanged ? undefined : 'Nothing is changed';
}

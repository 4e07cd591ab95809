import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Schemas } from '../../client/index.ts';
import { usePortcullis, useSession } from '../api/session.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { Trail } from '../parts/trail.tsx';
import { CreatedKey } from './created-key.tsx';
import type { Key } from './key.ts';
import { KeyFields } from './key-fields.tsx';
import { fieldsOf, newForm, type Problems, problemsOf, toldProblems, without } from './key-form.ts';
import { KeyFormFrame } from './key-form-frame.tsx';
import { ownPower } from './power.ts';

/** Creates an API key; then shows it, this once. */
export function Component() {
  const [created, setCreated] = useState<Key>();
  return (
    <NeedsScope scope="keys:manage" to="create API keys">
      {created === undefined ? <CreateForm onCreated={setCreated} /> : <CreatedKey created={created} />}
    </NeedsScope>
  );
}

function CreateForm({ onCreated }: { readonly onCreated: (key: Key) => void }) {
  const portcullis = usePortcullis();
  const queries = useQueryClient();
  const own = ownPower(useSession().apiKey);
  const [form, setForm] = useState(() => newForm(own));
  const [found, setFound] = useState<Problems>({});
  const nameRequest = useRequestName();
  const isUnderWay = useRef(false);

  const creation = useMutation({
    mutationFn: (body: Schemas['NewApiKey']) =>
      portcullis.createApiKey({ body, headers: { 'idempotency-key': nameRequest(body) } }),
    onSuccess: (key) => {
      onCreated(key);
      queries.invalidateQueries({ queryKey: ['listApiKeys'] });
    },
    onError: (error) => setFound(toldProblems(error)),
    onSettled: () => {
      isUnderWay.current = false;
    },
    gcTime: 0, // The key itself is in the answer.
  });

  const submit = () => {
    // A second click may come before the button is off.
    if (isUnderWay.current) return;
    const now = Date.now();
    const problems = problemsOf(form, own, now);
    setFound(problems);
    creation.reset();
    if (Object.keys(problems).length > 0) return;
    isUnderWay.current = true;
    creation.mutate({ name: form.name, ...fieldsOf(form, now) });
  };

  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          steps={[
            { text: 'API keys', to: '/keys' },
            { text: 'Create', to: '/keys/create' },
          ]}
        />
      }
      header={
        <Header
          variant="h1"
          description="The key is shown once, when it has been created. It can never do more than yours, nor live longer."
        >
          Create an API key
        </Header>
      }
    >
      <KeyFormFrame
        found={found}
        error={creation.error}
        errorTitle="The key was not created"
        action="Create key"
        isBusy={creation.isPending}
        cancelTo="/keys"
        onSubmit={submit}
      >
        <KeyFields
          form={form}
          own={own}
          problems={found}
          onChange={(chosen) => {
            setForm((before) => ({ ...before, ...chosen }));
            setFound(without(found, chosen));
          }}
        />
      </KeyFormFrame>
    </ContentLayout>
  );
}

/** Names what is sent by what it says: sent again after its answer was lost, it creates no second key. */
function useRequestName(): (body: Schemas['NewApiKey']) => string {
  const last = useRef({ body: '', name: '' });
  return (body) => {
    const text = JSON.stringify(body);
    if (last.current.body !== text) last.current = { body: text, name: crypto.randomUUID() };
    return last.current.name;
  };
}

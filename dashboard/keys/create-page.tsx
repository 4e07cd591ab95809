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
import {
  fieldsOf,
  isSame,
  type KeyForm,
  newForm,
  type Problems,
  problemsOf,
  toldProblems,
  without,
} from './key-form.ts';
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
  const requestFor = useRequest();
  const isUnderWay = useRef(false);

  const creation = useMutation({
    mutationFn: ({ body, name }: Request) =>
      portcullis.createApiKey({ body, headers: { 'idempotency-key': name } }),
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
    const problems = problemsOf(form, own, Date.now());
    setFound(problems);
    creation.reset();
    if (Object.keys(problems).length > 0) return;
    isUnderWay.current = true;
    creation.mutate(requestFor(form));
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

interface Request {
  readonly body: Schemas['NewApiKey'];
  /** Sent again with the same name and body, it creates no second key. */
  readonly name: string;
}

/** @returns what is sent for a form; for the same form the same, since the answer to it may have been lost */
function useRequest(): (form: KeyForm) => Request {
  const last = useRef<{ readonly form: KeyForm; readonly request: Request }>(undefined);
  return (form) => {
    if (last.current !== undefined && isSame(last.current.form, form)) return last.current.request;
    const body = { name: form.name, ...fieldsOf(form, Date.now()) };
    const request = { body, name: crypto.randomUUID() };
    last.current = { form, request };
    return request;
  };
}

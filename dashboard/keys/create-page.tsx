import Container from '@cloudscape-design/components/container';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Schemas } from '../../client/index.ts';
import { usePortcullis, useSession } from '../api/session.tsx';
import { FormFrame } from '../parts/form-frame.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { forgetOutcome, useIsGone } from '../parts/sending.ts';
import { SubPage } from '../parts/sub-page.tsx';
import { useShowMessage } from '../shell/messages.tsx';
import { CreatedKey } from './created-key.tsx';
import type { Key } from './key.ts';
import { KeyFields } from './key-fields.tsx';
import { fieldsOf, isSame, type KeyForm, newForm, problemsOf, problemsOfAnswer } from './key-form.ts';
import { ownPower } from './power.ts';
import { KEYS } from './read-key.tsx';

/** Creates an API key; then shows it, this once. */
export function Component() {
  const [created, setCreated] = useState<Key>();
  return (
    <NeedsScope scope="keys:manage" to="create API keys" page="Create an API key">
      {created === undefined ? <CreateForm onCreated={setCreated} /> : <CreatedKey created={created} />}
    </NeedsScope>
  );
}

function CreateForm({ onCreated }: { readonly onCreated: (key: Key) => void }) {
  const portcullis = usePortcullis();
  const queries = useQueryClient();
  const own = ownPower(useSession().apiKey);
  const [first] = useState(() => newForm(own));
  const [form, setForm] = useState(first);
  const requestFor = useRequest();
  const isGone = useIsGone();
  const show = useShowMessage();

  const creation = useMutation({
    mutationFn: ({ body, name }: Request) =>
      portcullis.createApiKey({ body, headers: { 'idempotency-key': name } }),
    onSuccess: (key) => {
      queries.invalidateQueries({ queryKey: ['listApiKeys'] });
      if (!isGone()) return onCreated(key);
      show({
        type: 'warning',
        header: (
          <>
            The key <bdi>{key.name}</bdi> was created after you had left
          </>
        ),
        content: 'Nobody has seen it. Rotate it to be given a secret that you can use, or revoke it.',
      });
    },
    gcTime: 0, // The key itself is in the answer.
  });

  return (
    <SubPage
      title="Create an API key"
      above={[KEYS]}
      description="The key is shown once, when it has been created. It can never do more than yours, nor live longer."
    >
      <FormFrame
        wrong={problemsOf(form, own, Date.now())}
        told={{ error: creation.error, problems: problemsOfAnswer(creation.error) }}
        isTouched={!isSame(form, first)}
        action="Create key"
        cancelTo={KEYS.to}
        onSubmit={() => creation.mutateAsync(requestFor(form))}
      >
        {(problems) => (
          <Container>
            <KeyFields
              form={form}
              own={own}
              problems={problems}
              onChange={(chosen) => {
                forgetOutcome(creation);
                setForm({ ...form, ...chosen });
              }}
            />
          </Container>
        )}
      </FormFrame>
    </SubPage>
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

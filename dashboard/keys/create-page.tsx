import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Form from '@cloudscape-design/components/form';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef, useState } from 'react';
import { useHref } from 'react-router';
import type { Schemas } from '../../client/index.ts';
import { usePortcullis, useSession } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { useFollow } from '../shell/navigation.tsx';
import { CreatedKey } from './created-key.tsx';
import { KeyFields } from './key-fields.tsx';
import { fieldsOf, newForm, type Problems, problemsOf, toldProblems } from './key-form.ts';
import { ownPower } from './power.ts';

export function Component() {
  const [created, setCreated] = useState<Schemas['ApiKey']>();
  return (
    <NeedsScope scope="keys:manage" to="create API keys">
      {created === undefined ? <CreateForm onCreated={setCreated} /> : <CreatedKey created={created} />}
    </NeedsScope>
  );
}

function CreateForm({ onCreated }: { readonly onCreated: (key: Schemas['ApiKey']) => void }) {
  const portcullis = usePortcullis();
  const queries = useQueryClient();
  const own = ownPower(useSession().apiKey);
  const [form, setForm] = useState(() => newForm(own));
  const [problems, setProblems] = useState<Problems>({});
  const follow = useFollow();
  const keys = useHref('/keys');
  const nameRequest = useRequestName();
  const isUnderWay = useRef(false);

  const creation = useMutation({
    mutationFn: (body: Schemas['NewApiKey']) =>
      portcullis.createApiKey({ body, headers: { 'idempotency-key': nameRequest(body) } }),
    onSuccess: (key) => {
      onCreated(key);
      queries.invalidateQueries({ queryKey: ['listApiKeys'] });
    },
    onError: (error) => setProblems(toldProblems(error)),
    onSettled: () => {
      isUnderWay.current = false;
    },
    gcTime: 0, // The key itself is in the answer.
  });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    // A second click may come before the button is off.
    if (isUnderWay.current) return;
    const now = Date.now();
    const found = problemsOf(form, own, now);
    setProblems(found);
    creation.reset();
    if (Object.keys(found).length > 0) return;
    isUnderWay.current = true;
    creation.mutate({ name: form.name, ...fieldsOf(form, now) });
  };

  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="The key is shown once, when it has been created. It can never do more than yours, nor live longer."
        >
          Create an API key
        </Header>
      }
    >
      <form onSubmit={submit} noValidate>
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" href={keys} onFollow={follow}>
                Cancel
              </Button>
              <Button
                variant="primary"
                formAction="submit"
                loading={creation.isPending}
                loadingText="Creating the key"
              >
                Create key
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Container>
              <KeyFields
                form={form}
                own={own}
                problems={problems}
                onChange={(chosen) => setForm((before) => ({ ...before, ...chosen }))}
              />
            </Container>
            {Object.keys(problems).length === 0 && (
              <ErrorAlert title="The key was not created" error={creation.error} />
            )}
          </SpaceBetween>
        </Form>
      </form>
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

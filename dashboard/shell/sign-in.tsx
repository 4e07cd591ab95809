import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import LiveRegion from '@cloudscape-design/components/live-region';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { isKeyRefused, useSessions } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/loading.tsx';
import { useSending } from '../parts/sending.ts';
import { useTitle } from '../parts/title.ts';

/** A key of a project, as far as its form tells. */
const FORM = /^ak_[0-9A-Za-z]{36}$/;

export function SignIn() {
  const { signIn, signOut, endReason, isRestoring, restoreError, restore } = useSessions();
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState('');
  const [error, setError] = useState<unknown>();

  const [isBusy, submit] = useSending(async () => {
    const given = key.trim();
    setError(undefined);
    if (!FORM.test(given)) {
      const isOrganizations = given.startsWith('oak_');
      setProblem(
        isOrganizations
          ? 'This is the key of the organization. Sign in with the key of one project: it starts with ak_.'
          : 'This is no API key of a project: it has ak_ and 36 letters and digits.',
      );
      return;
    }
    setProblem('');
    try {
      await signIn(given);
    } catch (thrown) {
      if (isKeyRefused(thrown) && thrown instanceof Error) setProblem(thrown.message);
      else setError(thrown);
    }
  });

  useTitle('Sign in');
  if (isRestoring) return <Loading what="Signing in" />;

  return (
    <ContentLayout
      maxContentWidth={560}
      defaultPadding
      header={<Header variant="h1">Sign in to a project</Header>}
    >
      <SpaceBetween size="l">
        {endReason !== undefined && (
          <LiveRegion>
            {endReason === 'key-ended' ? (
              <Alert type="warning" header="You have been signed out">
                The key that you signed in with is not valid any more: it was revoked or rotated, or it has
                expired.
              </Alert>
            ) : (
              <Alert type="success">You have signed out. The key is forgotten.</Alert>
            )}
          </LiveRegion>
        )}
        <ErrorAlert title="You could not be signed in again" error={restoreError} onRetry={restore} />
        {restoreError !== undefined && (
          <Button onClick={() => signOut('signed-out')}>Forget the key of this tab</Button>
        )}
        <ErrorAlert title="You could not be signed in" error={error} />
        <form onSubmit={submit} noValidate>
          <Form
            actions={
              <Button variant="primary" formAction="submit" loading={isBusy} loadingText="Signing in">
                Sign in
              </Button>
            }
          >
            <Container>
              <FormField
                label="API key of the project"
                description="It stays in this tab until you sign out or close it, and is sent to this gateway alone."
                constraintText="Starts with ak_"
                errorText={problem}
              >
                <Input
                  type="password"
                  value={key}
                  onChange={({ detail }) => setKey(detail.value)}
                  autoComplete={false}
                  spellcheck={false}
                  autoFocus
                />
              </FormField>
            </Container>
          </Form>
        </form>
      </SpaceBetween>
    </ContentLayout>
  );
}

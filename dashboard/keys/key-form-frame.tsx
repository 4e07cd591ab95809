import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode, SubmitEvent } from 'react';
import { useHref } from 'react-router';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { useInvalidFocus } from '../parts/invalid-focus.ts';
import { useFollow } from '../shell/navigation.tsx';
import type { Problems } from './key-form.ts';

/**
 * What stands around the fields of a key.
 * @param found what was wrong when it was sent last; what of it stands at no field is told below them
 * @param action the words on the button
 * @param whyNot why there is nothing to send
 * @param cancelTo where to go without a change
 */
export function KeyFormFrame({
  found,
  error,
  errorTitle,
  action,
  isBusy,
  whyNot,
  cancelTo,
  notice,
  onSubmit,
  children,
}: {
  readonly found: Problems;
  readonly error: unknown;
  readonly errorTitle: string;
  readonly action: string;
  readonly isBusy: boolean;
  readonly whyNot?: string | undefined;
  readonly cancelTo: string;
  readonly notice?: ReactNode;
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}) {
  const form = useInvalidFocus(found);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" href={useHref(cancelTo)} onFollow={useFollow()}>
              Cancel
            </Button>
            <Button
              variant="primary"
              formAction="submit"
              loading={isBusy}
              loadingText="Sending it"
              disabled={whyNot !== undefined}
              disabledReason={whyNot}
            >
              {action}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          {notice}
          <Container>{children}</Container>
          {Object.keys(found).length === 0 && <ErrorAlert title={errorTitle} error={error} />}
        </SpaceBetween>
      </Form>
    </form>
  );
}

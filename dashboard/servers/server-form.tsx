import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, type SubmitEvent, useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { UnsavedGuard } from '../parts/unsaved-guard.tsx';
import type { ServerDraft } from './server-draft.ts';
import { type Problems, problemsOf } from './server-problems.ts';

/** What was answered to the draft as it is. */
interface Told {
  readonly error: unknown;
  /** What it says of each field; empty: it is of the whole. */
  readonly problems: Problems;
}

/**
 * The frame of the forms of a server: checks before it sends, and leads to what is wrong.
 * @param isTouched whether there is something to lose
 * @param action the words on the button
 * @param cancelTo where to go without a change
 * @param children the fields, given what is wrong with them
 */
export function ServerForm({
  draft,
  told,
  isTouched,
  isBusy,
  action,
  cancelTo,
  onSubmit,
  children,
}: {
  readonly draft: ServerDraft;
  readonly told: Told;
  readonly isTouched: boolean;
  readonly isBusy: boolean;
  readonly action: string;
  readonly cancelTo: string;
  readonly onSubmit: () => void;
  readonly children: (problems: Problems) => ReactNode;
}) {
  const navigate = useNavigate();
  const form = useRef<HTMLFormElement>(null);
  const [attempts, setAttempts] = useState(0);
  const own = problemsOf(draft);

  function submit(event: SubmitEvent) {
    event.preventDefault();
    setAttempts(attempts + 1);
    if (own.size === 0 && !isBusy) onSubmit();
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: these are when something new may be wrong.
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [attempts, told.error]);

  return (
    <>
      <form ref={form} onSubmit={submit} noValidate>
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={() => navigate(cancelTo)}>
                Cancel
              </Button>
              <Button variant="primary" formAction="submit" loading={isBusy} loadingText="Connecting to it">
                {action}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {children(attempts === 0 ? told.problems : new Map([...told.problems, ...own]))}
            {told.problems.size === 0 && <ErrorAlert title="It was not saved" error={told.error} />}
          </SpaceBetween>
        </Form>
      </form>
      <UnsavedGuard isUnsaved={isTouched} />
    </>
  );
}

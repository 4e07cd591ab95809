import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import { useHref } from 'react-router';
import { useFollow } from '../shell/navigation.tsx';
import { ErrorAlert } from './error-alert.tsx';
import type { Problems } from './field-problem.ts';
import { useFirstInvalid } from './first-invalid.ts';
import { useSending } from './sending.ts';
import { UnsavedGuard } from './unsaved-guard.tsx';

/** What was answered to the fields as they are. */
interface Told {
  readonly error: unknown;
  /** What it says of each field; empty: it is of the whole. */
  readonly problems: Problems;
}

/**
 * The frame of a form: checks before it sends, leads to what is wrong, and asks before what is typed is lost.
 * @param wrong what is wrong before anything is sent; shown from the first attempt on
 * @param isTouched whether there is something to lose
 * @param action the words on the button
 * @param whyNot why there is nothing to send
 * @param cancelTo where to go without a change
 * @param children the fields, given what is wrong with them
 */
export function FormFrame({
  wrong,
  told,
  isTouched,
  action,
  whyNot,
  cancelTo,
  onSubmit,
  children,
}: {
  readonly wrong: Problems;
  readonly told: Told;
  readonly isTouched: boolean;
  readonly action: string;
  readonly whyNot?: string | undefined;
  readonly cancelTo: string;
  readonly onSubmit: () => Promise<unknown>;
  readonly children: (problems: Problems) => ReactNode;
}) {
  const [attempts, setAttempts] = useState(0);
  const [isBusy, submit] = useSending(() => {
    setAttempts(attempts + 1);
    return whyNot === undefined && wrong.size === 0 && onSubmit();
  });

  const form = useFirstInvalid(told.error, attempts);

  return (
    <>
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
            {children(attempts === 0 ? told.problems : new Map([...told.problems, ...wrong]))}
            {told.problems.size === 0 && <ErrorAlert title="It was not saved" error={told.error} />}
          </SpaceBetween>
        </Form>
      </form>
      <UnsavedGuard isUnsaved={isTouched}>
        {isBusy ? 'It is being sent, and may be done all the same.' : undefined}
      </UnsavedGuard>
    </>
  );
}

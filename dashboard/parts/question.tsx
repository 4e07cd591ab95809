import Box from '@cloudscape-design/components/box';
import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, type RefObject, type SubmitEvent, useEffect, useId, useRef } from 'react';
import { useSending } from './sending.ts';

/** Where something is typed or chosen first: of choices, what is chosen now. */
const FIRST_FIELD = 'input:not([type="radio"]), input:checked, textarea';

/**
 * Asks before something is done, and stays until it is. Mount it when it is asked. It begins at its first field; without one, at
 * the answer that does nothing.
 * @param action the word on the button: "Revoke"
 * @param fields what is to be given with the answer
 * @param isBusy whether it is being done though nobody has said so here
 */
export function Question({
  title,
  action,
  cancel = 'Cancel',
  isBusy = false,
  isOff = false,
  onConfirm,
  onCancel,
  fields,
  children,
}: {
  readonly title: ReactNode;
  readonly action: string;
  readonly cancel?: string;
  readonly isBusy?: boolean;
  readonly isOff?: boolean;
  readonly onConfirm: () => unknown;
  readonly onCancel: () => void;
  readonly fields?: ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  const cancelling = useRef<ButtonProps.Ref>(null);
  const [isSending, submit] = useSending(() => !isOff && onConfirm());
  const isUnderWay = isSending || isBusy;
  // Who left before the answer is there would not see what came of it.
  const leave = () => !isUnderWay && onCancel();
  return (
    <Modal
      visible
      header={title}
      onDismiss={leave}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button ref={cancelling} variant="link" onClick={leave} disabled={isUnderWay}>
              {cancel}
            </Button>
            <Button
              variant="primary"
              form={`${id}-form`}
              formAction="submit"
              disabled={isOff}
              loading={isUnderWay}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <Asked id={id} fields={fields} onSubmit={submit} cancelling={cancelling}>
        {children}
      </Asked>
    </Modal>
  );
}

/** What is asked, within the dialog: it takes the focus after it, which gives the focus back to where it was then. */
function Asked({
  id,
  fields,
  onSubmit,
  cancelling,
  children,
}: {
  readonly id: string;
  readonly fields: ReactNode;
  readonly onSubmit: (event: SubmitEvent) => void;
  readonly cancelling: RefObject<ButtonProps.Ref | null>;
  readonly children: ReactNode;
}) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Read with the title: the dialog has no property for it.
    form.current?.closest('[role="dialog"]')?.setAttribute('aria-describedby', id);
    queueMicrotask(() => {
      const field = form.current?.querySelector<HTMLElement>(FIRST_FIELD);
      (field ?? cancelling.current)?.focus();
    });
  }, [id, cancelling]);
  return (
    <form ref={form} id={`${id}-form`} onSubmit={onSubmit} noValidate>
      <SpaceBetween size="m">
        <div id={id}>
          <SpaceBetween size="m">{children}</SpaceBetween>
        </div>
        {fields}
      </SpaceBetween>
    </form>
  );
}

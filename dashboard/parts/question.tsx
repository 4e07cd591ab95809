import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useId } from 'react';
import { useSending } from './sending.ts';

/**
 * Asks before something is done, and stays until it is. Mount it when it is asked.
 * @param action the word on the button: "Revoke"
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
  children,
}: {
  readonly title: ReactNode;
  readonly action: string;
  readonly cancel?: string;
  readonly isBusy?: boolean;
  readonly isOff?: boolean;
  readonly onConfirm: () => unknown;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}) {
  const form = useId();
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
            <Button variant="link" onClick={leave} disabled={isUnderWay}>
              {cancel}
            </Button>
            <Button variant="primary" form={form} formAction="submit" disabled={isOff} loading={isUnderWay}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form id={form} onSubmit={submit} noValidate>
        <SpaceBetween size="m">{children}</SpaceBetween>
      </form>
    </Modal>
  );
}

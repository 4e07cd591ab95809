import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { ErrorAlert } from './error-alert.tsx';

/**
 * Asks for the name of what is about to end, so that nobody ends another by mistake. Mount it when it is asked.
 * @param title what happens, as in "Revoke the key CI"
 * @param action the word on the button: "Revoke"
 */
export function ConfirmByName({
  title,
  name,
  action,
  children,
  isBusy,
  error,
  onConfirm,
  onCancel,
}: {
  readonly title: string;
  readonly name: string;
  readonly action: string;
  readonly children: ReactNode;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}) {
  const [typed, setTyped] = useState('');
  const form = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === name && !isBusy) onConfirm();
  };
  return (
    <Modal
      visible
      header={title}
      onDismiss={onCancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              Cancel
            </Button>
            <Button
              variant="primary"
              form={form}
              formAction="submit"
              disabled={typed !== name}
              loading={isBusy}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form id={form} onSubmit={submit} noValidate>
        <SpaceBetween size="m">
          <div>{children}</div>
          <FormField label={`To confirm, type ${name}`}>
            <Input
              value={typed}
              onChange={({ detail }) => setTyped(detail.value)}
              autoComplete={false}
              autoFocus
            />
          </FormField>
          <ErrorAlert title="It was not done" error={error} />
        </SpaceBetween>
      </form>
    </Modal>
  );
}

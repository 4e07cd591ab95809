import FormField from '@cloudscape-design/components/form-field';
import Input, { type InputProps } from '@cloudscape-design/components/input';
import { type ComponentProps, type ReactNode, useEffect, useRef, useState } from 'react';
import { ErrorAlert } from './error-alert.tsx';
import { Question } from './question.tsx';

/** Asks for the name of what is about to end, so that nobody ends another by mistake. Mount it when it is asked. */
export function ConfirmByName({
  name,
  error,
  children,
  ...question
}: Pick<ComponentProps<typeof Question>, 'title' | 'action' | 'onConfirm' | 'onCancel'> & {
  readonly name: string;
  readonly error: unknown;
  readonly children: ReactNode;
}) {
  const [typed, setTyped] = useState('');
  // A name of which nothing is seen cannot be typed.
  const wanted = asTyped(name) === '' ? question.action : name;
  return (
    <Question {...question} isOff={asTyped(typed) !== asTyped(wanted)}>
      <div>{children}</div>
      <FormField
        label={
          <>
            To confirm, type <bdi>{wanted}</bdi>
          </>
        }
      >
        <FirstInput value={typed} onChange={({ detail }) => setTyped(detail.value)} autoComplete={false} />
      </FormField>
      <ErrorAlert title="It was not done" error={error} />
    </Question>
  );
}

/** A name as it is seen: one space looks like two, and what is not shown cannot be typed. */
const asTyped = (name: string): string =>
  name
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** Takes the focus after the dialog around it, which gives it back to where it was then. */
function FirstInput(props: InputProps) {
  const input = useRef<InputProps.Ref>(null);
  useEffect(() => queueMicrotask(() => input.current?.focus()), []);
  return <Input {...props} ref={input} />;
}

import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { type ComponentProps, type ReactNode, useState } from 'react';
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
    <Question
      {...question}
      isOff={asTyped(typed) !== asTyped(wanted)}
      fields={
        <>
          <FormField
            label={
              <>
                To confirm, type <bdi>{wanted}</bdi>
              </>
            }
          >
            <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} autoComplete={false} />
          </FormField>
          <ErrorAlert title="It was not done" error={error} />
        </>
      }
    >
      {children}
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

import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { usePortcullis, useSessions } from '../api/session.tsx';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Question } from '../parts/question.tsx';
import { useIsGone } from '../parts/sending.ts';
import { useShowMessage } from '../shell/messages.tsx';
import { MAX_OVERLAP_SECONDS, overlapInWords, readOverlap } from './overlap.ts';
import type { ReadKey } from './read-key.tsx';

const HOUR = '3600';
const CUSTOM = 'custom';

/** Asks how long the old secret is to work beside the new one. */
export function RotationForm({
  read: { key, etag },
  isOwn,
  onRotated,
  onCancel,
}: {
  readonly read: ReadKey;
  readonly isOwn: boolean;
  readonly onRotated: (rotated: { secret: string; overlapSeconds: number }) => void;
  readonly onCancel: () => void;
}) {
  const portcullis = usePortcullis();
  const { replaceSecret } = useSessions();
  const queries = useQueryClient();
  const isGone = useIsGone();
  const show = useShowMessage();
  const [choice, setChoice] = useState(HOUR);
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState('');

  const rotation = useMutation({
    mutationFn: (overlap_seconds: number) => {
      const rotate = () =>
        portcullis.rotateApiKey({
          path: { id: key.id },
          headers: { 'if-match': etag },
          body: { overlap_seconds },
        });
      return isOwn ? replaceSecret(rotate) : rotate();
    },
    onSuccess: (rotated, overlapSeconds) => {
      if (!isGone()) return onRotated({ secret: rotated.key, overlapSeconds });
      show({
        type: 'warning',
        header: (
          <>
            The key <bdi>{rotated.name}</bdi> was rotated after you had left
          </>
        ),
        content: 'Nobody has seen its new secret. Rotate it again to be given one that you can use.',
      });
    },
    onSettled: () => {
      queries.invalidateQueries({ queryKey: ['getApiKey', { path: { id: key.id } }] });
      queries.invalidateQueries({ queryKey: ['listApiKeys'] });
    },
    gcTime: 0, // The key itself is in the answer.
  });

  const rotate = async () => {
    const overlapSeconds = readOverlap(choice === CUSTOM ? typed : choice);
    setProblem(
      overlapSeconds === undefined ? `Give a whole number of seconds from 0 to ${MAX_OVERLAP_SECONDS}` : '',
    );
    if (overlapSeconds !== undefined) await rotation.mutateAsync(overlapSeconds);
  };

  return (
    <Question
      title={
        <>
          Rotate the key <bdi>{key.name}</bdi>
        </>
      }
      action="Rotate"
      onConfirm={rotate}
      onCancel={onCancel}
      fields={
        <>
          <FormField
            label="How long the old secret works on"
            description="Until then, both are let in: put the new one into every client meanwhile."
            stretch
          >
            <RadioGroup
              value={choice}
              onChange={({ detail }) => setChoice(detail.value)}
              items={[
                { value: '0', label: 'Not at all', description: 'For a secret that has leaked.' },
                ...[HOUR, String(MAX_OVERLAP_SECONDS)].map((value) => ({
                  value,
                  label: overlapInWords(Number(value)),
                })),
                { value: CUSTOM, label: 'A number of seconds' },
              ]}
            />
          </FormField>
          {choice === CUSTOM && (
            <FormField
              label="Seconds"
              constraintText={`At most ${MAX_OVERLAP_SECONDS}, which is a day.`}
              errorText={problem}
            >
              <Input
                value={typed}
                onChange={({ detail }) => setTyped(detail.value)}
                inputMode="numeric"
                autoComplete={false}
              />
            </FormField>
          )}
          {isOwn && (
            <Alert type="warning">
              You are signed in with this key. This tab goes on with the new secret; wherever else you are
              signed in with the old one, you are signed out when it ends.
            </Alert>
          )}
          <ErrorAlert title="The key was not rotated" error={rotation.error} />
        </>
      }
    >
      The key is given a new secret, which is shown once. Its name and all that it may do stay as they are.
    </Question>
  );
}

import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef } from 'react';
import { flushSync } from 'react-dom';

interface Difference {
  readonly field: string;
  readonly was: string;
  readonly is: string;
  /** What is about to be saved instead, if anything is. */
  readonly yours?: string | undefined;
}

/**
 * Somebody else has changed what is being changed. Nothing is overwritten until it is decided here; who decides goes on in the form
 * around it, at what saves it, or at its first field.
 * @param differences of all fields: those that are none are left out
 */
export function Conflict({
  what,
  differences,
  onKeep,
  onDiscard,
}: {
  readonly what: string;
  readonly differences: readonly Difference[];
  readonly onKeep: () => void;
  readonly onDiscard: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  // It comes up by itself, in a form that may be long: it is told, and shown.
  useEffect(() => void place.current?.scrollIntoView({ block: 'center' }), []);
  const decide = (decision: () => void, next: string) => {
    const form = place.current?.closest('form');
    flushSync(decision);
    form?.querySelector<HTMLElement>(next)?.focus();
  };
  return (
    <div ref={place} role="alert">
      <Alert
        type="warning"
        header={`Somebody else has changed the ${what}`}
        action={
          <SpaceBetween direction="horizontal" size="xs">
            <Button formAction="none" onClick={() => decide(onKeep, 'button[type="submit"]')}>
              Keep my changes
            </Button>
            <Button formAction="none" onClick={() => decide(onDiscard, 'input')}>
              Discard my changes
            </Button>
          </SpaceBetween>
        }
      >
        Nothing of yours is saved yet.
        <ul>
          {differences
            .filter(({ was, is }) => was !== is)
            .map(({ field, was, is, yours }) => (
              <li key={field}>
                <b>{field}</b>: was {was}, is now {is}
                {yours !== undefined && yours !== is && `, yours is ${yours}`}
              </li>
            ))}
        </ul>
      </Alert>
    </div>
  );
}

/** Why a change is not sent; undefined: it can be. */
export function whyNotSaved(isChanged: boolean, isConflict: boolean): string | undefined {
  if (isConflict) return 'Somebody else has changed it: decide first';
  return isChanged ? undefined : 'Nothing is changed';
}

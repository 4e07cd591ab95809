import { type ReactNode, useEffect, useState } from 'react';
import { useBlocker } from 'react-router';
import { Question } from './question.tsx';

/** What asks, while something is unsaved. */
const asking = new Set<(leave: () => void) => void>();

/** Leaves in a way that goes to no other page, such as signing out; where something is unsaved, once that is said. */
export function leaveAsked(leave: () => void): void {
  const [ask] = asking;
  if (ask === undefined) leave();
  else ask(leave);
}

/**
 * Asks before a page with unsaved changes is left, whichever way.
 * @param children what would be lost
 */
export function UnsavedGuard({
  isUnsaved,
  children = 'Your changes are not saved, and will be lost.',
}: {
  readonly isUnsaved: boolean;
  readonly children?: ReactNode;
}) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isUnsaved && currentLocation.pathname !== nextLocation.pathname,
  );
  const [leave, setLeave] = useState<() => void>();
  useEffect(() => {
    if (!isUnsaved) return;
    const askHere = (wanted: () => void) => setLeave(() => wanted);
    asking.add(askHere);
    return () => void asking.delete(askHere);
  }, [isUnsaved]);
  useEffect(() => {
    if (!isUnsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isUnsaved]);
  return (
    (blocker.state === 'blocked' || leave !== undefined) && (
      <Question
        title="Leave this page?"
        action="Leave"
        cancel="Stay"
        onConfirm={() => (leave ?? blocker.proceed)?.()}
        onCancel={() => {
          setLeave(undefined);
          blocker.reset?.();
        }}
      >
        {children}
      </Question>
    )
  );
}

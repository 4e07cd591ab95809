import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { Question } from './question.tsx';

/** Asks before a page with unsaved changes is left, whichever way. */
export function UnsavedGuard({ isUnsaved }: { readonly isUnsaved: boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isUnsaved && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!isUnsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isUnsaved]);
  return (
    blocker.state === 'blocked' && (
      <Question
        title="Leave this page?"
        action="Leave"
        cancel="Stay"
        onConfirm={() => blocker.proceed()}
        onCancel={() => blocker.reset()}
      >
        Your changes are not saved, and will be lost.
      </Question>
    )
  );
}

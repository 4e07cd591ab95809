import { type RefObject, type SubmitEvent, useCallback, useEffect, useRef, useState } from 'react';
import { useNavigation } from 'react-router';

/**
 * @param send sends a form; what goes wrong is told by whatever sends it
 * @returns whether it is under way, and what a form does when it is submitted: a second click sends nothing a second time
 */
export function useSending(send: () => unknown): readonly [boolean, (event: SubmitEvent) => void] {
  const [isSending, setIsSending] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    // In React a dialog is inside of the form that opens it.
    event.stopPropagation();
    if (isSending) return;
    setIsSending(true);
    const end = () => setIsSending(false);
    Promise.resolve(send()).then(end, end);
  };
  return [isSending, submit];
}

/**
 * @returns whether who asked has left, be it that the page stays on screen until the next one is loaded: an answer that comes late
 * leads nobody elsewhere, and sends nothing on
 */
export function useIsGone(): () => boolean {
  const isGone = useRef(false);
  const isLeft = useRef(false);
  isLeft.current = useNavigation().state !== 'idle';
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  return useCallback(() => isGone.current || isLeft.current, []);
}

/** Forgets what came of what was sent, once something else is typed. What is under way is told when it ends. */
export function forgetOutcome({ isPending, reset }: { isPending: boolean; reset(): void }): void {
  if (!isPending) reset();
}

/** @returns what is typed now, for who comes back with the answer to what was typed before */
export function useLatest<Typed>(typed: Typed): Readonly<RefObject<Typed>> {
  const latest = useRef(typed);
  latest.current = typed;
  return latest;
}

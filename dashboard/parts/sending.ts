import { type SubmitEvent, useCallback, useEffect, useRef, useState } from 'react';

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

/** @returns whether what asked is not shown any more: an answer that comes late leads nobody elsewhere, and sends nothing on */
export function useIsGone(): () => boolean {
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  return useCallback(() => isGone.current, []);
}

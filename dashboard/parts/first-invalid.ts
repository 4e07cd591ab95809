import { type RefObject, useEffect, useRef } from 'react';

/** Marks choices of which none is wrong by itself. */
export const INVALID_CHOICES = 'data-invalid';

/**
 * Leads to the first field that is wrong, when something is found to be.
 * @param error what was answered; not when it goes, because somebody is typing
 * @param attempts to send what was not sent
 * @returns the form that is looked through
 */
export function useFirstInvalid(error: unknown, attempts = 0): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  const lastAttempt = useRef(attempts);
  useEffect(() => {
    if (error === null && attempts === lastAttempt.current) return;
    lastAttempt.current = attempts;
    form.current?.querySelector<HTMLElement>(`[aria-invalid="true"], [${INVALID_CHOICES}] input`)?.focus();
  }, [attempts, error]);
  return form;
}

import { type RefObject, useEffect, useRef } from 'react';

/**
 * Leads who has sent a form to the first field that is wrong.
 * @param problems a new object for each time that something was found; the form has none when it is empty
 * @returns where the form is to be known by
 */
export function useInvalidFocus(problems: object): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (Object.keys(problems).length === 0) return;
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problems]);
  return form;
}

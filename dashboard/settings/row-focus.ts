import type { ButtonProps } from '@cloudscape-design/components/button';
import { useEffect, useRef } from 'react';

/**
 * Keeps the focus at a list whose rows go once what is asked of them is done: it goes to the next row.
 * @param ids of the rows
 * @param onEmpty what takes it when no row is left
 */
export function useRowFocus(ids: readonly string[], onEmpty: () => void) {
  const buttons = useRef(new Map<string, ButtonProps.Ref>());
  const asked = useRef<{ readonly id: string; readonly index: number }>(undefined);
  useEffect(() => {
    if (asked.current === undefined || ids.includes(asked.current.id)) return;
    const { index } = asked.current;
    asked.current = undefined;
    // Whoever has gone on meanwhile stays there.
    if (!isLost(document.activeElement)) return;
    const next = ids[Math.min(index, ids.length - 1)];
    // After the table, which gives it to the head of the column.
    if (next === undefined) setTimeout(onEmpty);
    else buttons.current.get(next)?.focus();
  });
  return {
    /** @returns the `ref` of the button of a row */
    button: (id: string) => (button: ButtonProps.Ref | null) => {
      if (button === null) buttons.current.delete(id);
      else buttons.current.set(id, button);
    },
    /** To be called when it is asked of a row. */
    onAsked: (id: string) => {
      asked.current = { id, index: ids.indexOf(id) };
    },
  };
}

const isLost = (focused: Element | null) => focused === null || focused.matches('body, th');

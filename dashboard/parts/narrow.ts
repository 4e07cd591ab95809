import { useSyncExternalStore } from 'react';

/** As Cloudscape has it: what is below has room for one column of a page. */
const narrow = matchMedia('(max-width: 688px)');

function subscribe(tell: () => void): () => void {
  narrow.addEventListener('change', tell);
  return () => narrow.removeEventListener('change', tell);
}

/** @returns whether the page is as narrow as a phone */
export const isNarrow = (): boolean => narrow.matches;
export const useIsNarrow = (): boolean => useSyncExternalStore(subscribe, isNarrow);

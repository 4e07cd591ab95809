import { useEffect } from 'react';

/** Names the tab of the browser, and its entry in the history, after what is shown. */
export function nameTab(title: string): void {
  document.title = `${title} · Portcullis`;
}

export const useTitle = (title: string): void => useEffect(() => nameTab(title));

import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import { changed } from '../parts/address.ts';
import { LOG_FILTER_KEYS } from './log-query.ts';

const ANCHOR = 'log';

/** A link from the page to its log, filtered by this alone, at the same time. */
export function linkToLog(address: URLSearchParams, filter: Readonly<Record<string, string>>): string {
  const none = Object.fromEntries(LOG_FILTER_KEYS.map((key) => [key, undefined]));
  return `/traffic?${changed(address, { ...none, ...filter })}#${ANCHOR}`;
}

/** Where such a link leads to, for the eye and, at its heading, for the keyboard. */
export function LogAnchor({ children }: { readonly children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const { hash, key } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time that it is gone to
  useEffect(() => {
    if (hash !== `#${ANCHOR}`) return;
    place.current?.scrollIntoView();
    const heading = place.current?.querySelector('h2');
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }, [hash, key]);
  return (
    <div id={ANCHOR} ref={place}>
      {children}
    </div>
  );
}

import { type RefObject, useEffect, useRef } from 'react';
import { useHref, useLocation, useNavigationType } from 'react-router';

/**
 * Who goes to another page by keyboard or by ear begins at its head, as soon as it has one, and not where the last one was left;
 * who comes back begins at the link that led away. Nobody is led who has meanwhile gone elsewhere.
 * @returns what the pages are shown in
 */
export function useStartingPoint(): RefObject<HTMLDivElement | null> {
  const content = useRef<HTMLDivElement>(null);
  const head = useRef<Element>(null);
  /** What had the focus when the page was gone to. */
  const before = useRef<Element>(null);
  const { key, pathname, search, hash } = useLocation();
  const isBack = useNavigationType() === 'POP';
  const address = useHref({ pathname, search });
  const last = useRef({ key, pathname });
  /** Where each entry of the history led to, by its key. */
  const ledTo = useRef(new Map<string, string>());

  useEffect(() => {
    const lead = () => {
      const found = content.current?.querySelector('h1') ?? null;
      if (found === head.current) return;
      head.current = found;
      const focused = document.activeElement;
      if (focused === document.body || focused === before.current) begin(found);
    };
    lead();
    const watch = new MutationObserver(lead);
    if (content.current !== null) watch.observe(content.current, { childList: true, subtree: true });
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    const from = last.current;
    last.current = { key, pathname };
    if (!isBack && from.key !== key) ledTo.current.set(from.key, address);
    // A part of the page that the address names leads to itself.
    if (from.pathname === pathname || hash !== '') return;
    before.current = document.activeElement;
    const link =
      isBack && content.current?.querySelector(`a[href="${CSS.escape(ledTo.current.get(key) ?? '')}"]`);
    head.current = content.current?.querySelector('h1') ?? null;
    begin(link || head.current);
  }, [key, pathname, address, hash, isBack]);

  return content;
}

function begin(place: Element | null): void {
  if (!(place instanceof HTMLElement)) return;
  if (place.tagName === 'H1') place.tabIndex = -1;
  place.focus();
}

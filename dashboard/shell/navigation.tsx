import Link, { type LinkProps } from '@cloudscape-design/components/link';
import { type ReactNode, useCallback } from 'react';
import { useHref, useNavigate } from 'react-router';

/** @returns the path that all pages stand below, without a slash at its end */
export const useRoot = (): string => useHref('/').replace(/\/$/, '');

/** For components of Cloudscape that have links: those to our own pages do not load the page anew. */
export function useFollow(): (event: CustomEvent<{ href?: string; external?: boolean }>) => void {
  const navigate = useNavigate();
  const root = useRoot();
  return useCallback(
    (event) => {
      const { href, external } = event.detail;
      if (external || href === undefined || !href.startsWith(`${root}/`)) return;
      event.preventDefault();
      navigate(href.slice(root.length));
    },
    [navigate, root],
  );
}

/** A link to a page of the dashboard, `to` below its root. */
export function PageLink({
  to,
  children,
  ...props
}: Omit<LinkProps, 'href' | 'onFollow'> & { readonly to: string; readonly children: ReactNode }) {
  const follow = useFollow();
  return (
    <Link {...props} href={useHref(to)} onFollow={follow}>
      {children}
    </Link>
  );
}

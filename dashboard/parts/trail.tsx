import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import { useHref } from 'react-router';
import { useFollow } from '../shell/navigation.tsx';

interface Step {
  readonly text: string;
  /** Below the root of the dashboard. */
  readonly to: string;
}

/** Where a page stands. @param steps the list that it is below first, the page itself last */
export function Trail({ steps }: { readonly steps: readonly Step[] }) {
  const root = useHref('/').replace(/\/$/, '');
  return (
    <BreadcrumbGroup
      ariaLabel="Where this page is"
      items={steps.map(({ text, to }) => ({ text, href: root + to }))}
      onFollow={useFollow()}
    />
  );
}

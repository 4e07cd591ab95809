import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import { useFollow, useRoot } from '../shell/navigation.tsx';
import { Page, type PageProps } from './page.tsx';

interface Step {
  readonly text: string;
  /** Below the root of the dashboard. */
  readonly to: string;
}

/** A page below others. @param above those, the list first */
export function SubPage({ above, ...page }: PageProps & { readonly above: readonly Step[] }) {
  const root = useRoot();
  const steps = [...above, { text: page.title, to: '' }];
  return (
    <Page
      {...page}
      breadcrumbs={
        <BreadcrumbGroup
          ariaLabel="Where this page is"
          items={steps.map(({ text, to }) => ({ text, href: root + to }))}
          onFollow={useFollow()}
        />
      }
    />
  );
}

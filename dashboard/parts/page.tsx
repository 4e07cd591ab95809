import ContentLayout, { type ContentLayoutProps } from '@cloudscape-design/components/content-layout';
import Header, { type HeaderProps } from '@cloudscape-design/components/header';
import type { ReactNode } from 'react';
import { useTitle } from './title.ts';

export interface PageProps extends Pick<HeaderProps, 'description' | 'info' | 'actions'> {
  readonly title: string;
  readonly children: ReactNode;
}

/** A page below its heading. */
export function Page({
  title,
  breadcrumbs,
  children,
  ...header
}: PageProps & Pick<ContentLayoutProps, 'breadcrumbs'>) {
  useTitle(title);
  return (
    <ContentLayout
      breadcrumbs={breadcrumbs}
      header={
        <Header variant="h1" {...header}>
          {title}
        </Header>
      }
    >
      {children}
    </ContentLayout>
  );
}

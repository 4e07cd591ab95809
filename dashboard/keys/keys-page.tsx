import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';

export const Component = () => <ContentLayout header={<Header variant="h1">keys</Header>} />;

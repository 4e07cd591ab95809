import Alert from '@cloudscape-design/components/alert';
import { Page } from '../parts/page.tsx';
import { PageLink } from './navigation.tsx';

export const NotFound = () => (
  <Page title="Not found">
    <Alert type="warning" header="There is no such page">
      Go to <PageLink to="/settings/security">the settings of the project</PageLink>.
    </Alert>
  </Page>
);

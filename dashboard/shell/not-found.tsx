import Alert from '@cloudscape-design/components/alert';
import { PageLink } from './navigation.tsx';

export const NotFound = () => (
  <Alert type="warning" header="There is no such page">
    Go to <PageLink to="/settings/security">the settings of the project</PageLink>.
  </Alert>
);

import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { useRouteError } from 'react-router';
import { Page } from '../parts/page.tsx';

/** Instead of a page that broke, or whose files could not be loaded: most often, a new version was deployed. */
export function PageError() {
  const error = useRouteError();
  return (
    <Page title="Error">
      <Alert
        type="error"
        header="This page could not be shown"
        action={<Button onClick={() => location.reload()}>Load it again</Button>}
      >
        {error instanceof Error ? error.message : 'Something unexpected happened.'}
      </Alert>
    </Page>
  );
}

import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { useRouteError } from 'react-router';
import { useTitle } from '../parts/title.ts';

/** Instead of a page that broke, or whose files could not be loaded: most often, a new version was deployed. */
export function PageError() {
  useTitle('Error');
  const error = useRouteError();
  return (
    <Alert
      type="error"
      header="This page could not be shown"
      action={<Button onClick={() => location.reload()}>Load it again</Button>}
    >
      {error instanceof Error ? error.message : 'Something unexpected happened.'}
    </Alert>
  );
}

import Alert from '@cloudscape-design/components/alert';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { isPortcullisError } from '../../client/index.ts';
import { ErrorAlert } from './error-alert.tsx';
import { Loading } from './loading.tsx';
import { Page } from './page.tsx';
import { useRetry } from './retry.ts';

/**
 * What has been asked for, as soon as it is there; and why it is not, or could not be asked for again.
 * @param what it is, as in "API key"
 * @param missing where to look when there is none; given by a page that has no head without what is asked for
 */
export function Loaded<Answer>({
  what,
  answer: { data, error },
  missing,
  children,
}: {
  readonly what: string;
  readonly answer: UseQueryResult<Answer, Error>;
  readonly missing?: ReactNode;
  readonly children: (answer: Answer) => ReactNode;
}) {
  const retry = useRetry();
  if (missing !== undefined && isPortcullisError(error, 'HTTP_NotFound')) {
    return (
      <Page title="Not found">
        <Alert type="warning" header={`There is no such ${what}`}>
          {missing}
        </Alert>
      </Page>
    );
  }
  if (data === undefined && error === null) return <Loading what={`Loading the ${what}`} />;
  const failure = <ErrorAlert title={`The ${what} could not be loaded`} error={error} onRetry={retry} />;
  if (missing !== undefined && data === undefined) return <Page title="Error">{failure}</Page>;
  return (
    <>
      {failure}
      {data !== undefined && children(data)}
    </>
  );
}

import Alert from '@cloudscape-design/components/alert';
import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { isPortcullisError } from '../../client/index.ts';
import { useAnswer } from '../api/answers.ts';
import { ErrorAlert } from '../parts/error-alert.tsx';
import { Loading } from '../parts/loading.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { PageLink } from '../shell/navigation.tsx';
import type { Key } from './key.ts';

/** A key as it was read, with the version that a change of it is sent with. */
export interface ReadKey {
  readonly key: Key;
  readonly etag: string;
}

/** Of a page about one key: the key that its address names, or why it is not shown. */
export const OfKey = ({ children }: { readonly children: (read: ReadKey) => ReactNode }) => (
  <NeedsScope scope="keys:manage" to="see the API keys">
    <Reading>{children}</Reading>
  </NeedsScope>
);

function Reading({ children }: { readonly children: (read: ReadKey) => ReactNode }) {
  const { id = '' } = useParams();
  const { data, error, refetch } = useAnswer('getApiKey', { path: { id } });
  if (isPortcullisError(error, 'HTTP_NotFound')) {
    return (
      <Alert type="warning" header="The project has no such API key">
        See <PageLink to="/keys">all API keys</PageLink>.
      </Alert>
    );
  }
  if (data !== undefined) return children({ key: data.data, etag: data.headers.get('etag') ?? '' });
  if (error !== null) {
    return <ErrorAlert title="The API key could not be loaded" error={error} onRetry={refetch} />;
  }
  return <Loading what="Loading the API key" />;
}

import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { useAnswer } from '../api/answers.ts';
import { Loaded } from '../parts/loaded.tsx';
import { NeedsScope } from '../parts/needs-scope.tsx';
import { PageLink } from '../shell/navigation.tsx';
import type { Key } from './key.ts';

/** The list that the pages about a key stand below. */
export const KEYS = { text: 'API keys', to: '/keys' };

/** A key as it was read, with the version that a change of it is sent with. */
export interface ReadKey {
  readonly key: Key;
  readonly etag: string;
}

interface AboutKey {
  readonly children: (read: ReadKey) => ReactNode;
}

/** Of a page about one key: the key that its address names, or why it is not shown. */
export const OfKey = ({ children }: AboutKey) => (
  <NeedsScope scope="keys:manage" to="see the API keys" page="API key">
    <NamedKey>{children}</NamedKey>
  </NeedsScope>
);

function NamedKey({ children }: AboutKey) {
  const { id = '' } = useParams();
  return (
    <Loaded
      what="API key"
      answer={useAnswer('getApiKey', { path: { id } })}
      missing={
        <>
          See <PageLink to="/keys">all API keys</PageLink>.
        </>
      }
    >
      {({ data, headers }) => children({ key: data, etag: headers.get('etag') ?? '' })}
    </Loaded>
  );
}

import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { flushSync } from 'react-dom';
import { useHref } from 'react-router';
import { NewSecret } from '../parts/new-secret.tsx';
import { News } from '../parts/news.tsx';
import { SubPage } from '../parts/sub-page.tsx';
import { PageLink, useFollow } from '../shell/navigation.tsx';
import type { Key } from './key.ts';
import { KeyConnections } from './key-connections.tsx';
import { KEYS } from './read-key.tsx';

/** A key that has just been created, shown this once, and what to do with it. */
export function CreatedKey({ created }: { readonly created: Key }) {
  const [isKept, setIsKept] = useState(false);
  const follow = useFollow();
  return (
    <SubPage
      title={created.name}
      above={[KEYS]}
      actions={
        <Button
          variant="primary"
          href={useHref(`/keys/${created.id}`)}
          onFollow={(event) => {
            flushSync(() => setIsKept(true)); // The page may be left.
            follow(event);
          }}
        >
          Done
        </Button>
      }
    >
      {isMasked(created) ? (
        <News type="warning" header="The key was created, but its answer was lost">
          The gateway shows a key once. <PageLink to={`/keys/${created.id}`}>Rotate it</PageLink> to be given
          a secret that you can use.
        </News>
      ) : (
        <SpaceBetween size="l">
          <NewSecret
            secret={created.key}
            header="The key was created"
            isKept={isKept}
            onCopied={() => setIsKept(true)}
          />
          <Container header={<Header variant="h2">Connect a client with it</Header>}>
            <KeyConnections created={created} />
          </Container>
        </SpaceBetween>
      )}
    </SubPage>
  );
}

/** What was created by an earlier request of the same name is answered without its secret. */
const isMasked = ({ key }: Key): boolean => key.includes('*');

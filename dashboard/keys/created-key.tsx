import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useHref } from 'react-router';
import { NewSecret } from '../parts/new-secret.tsx';
import { Trail } from '../parts/trail.tsx';
import { PageLink, useFollow } from '../shell/navigation.tsx';
import type { Key } from './key.ts';
import { KeyConnections } from './key-connections.tsx';

/** A key that has just been created, shown this once, and what to do with it. */
export function CreatedKey({ created }: { readonly created: Key }) {
  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          steps={[
            { text: 'API keys', to: '/keys' },
            { text: created.name, to: `/keys/${created.id}` },
          ]}
        />
      }
      header={
        <Header
          variant="h1"
          actions={
            <Button variant="primary" href={useHref(`/keys/${created.id}`)} onFollow={useFollow()}>
              Done
            </Button>
          }
        >
          {created.name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {isMasked(created) ? (
          <Alert type="warning" header="The key was created, but its answer was lost">
            The gateway shows a key once. <PageLink to={`/keys/${created.id}`}>Rotate it</PageLink> to be
            given a secret that you can use.
          </Alert>
        ) : (
          <NewSecret secret={created.key} header="The key was created" />
        )}
        {!isMasked(created) && (
          <Container header={<Header variant="h2">Connect a client with it</Header>}>
            <KeyConnections created={created} />
          </Container>
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}

/** What was created by an earlier request of the same name is answered without its secret. */
const isMasked = ({ key }: Key): boolean => key.includes('*');

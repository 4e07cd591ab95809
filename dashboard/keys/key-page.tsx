import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useHref } from 'react-router';
import { useSession } from '../api/session.tsx';
import { ActivityLinks } from '../parts/activity-links.tsx';
import { SubPage } from '../parts/sub-page.tsx';
import { useFollow } from '../shell/navigation.tsx';
import { KeyDetails } from './key-details.tsx';
import { KEYS, OfKey, type ReadKey } from './read-key.tsx';
import { Revocation } from './revocation.tsx';
import { Rotation } from './rotation.tsx';
import { useWhyNotChanged } from './why-not-changed.ts';

/** One API key, and what can be done to it. */
export const Component = () => <OfKey>{(read) => <KeyPage key={read.key.id} read={read} />}</OfKey>;

function KeyPage({ read }: { readonly read: ReadKey }) {
  const { key } = read;
  const { apiKey } = useSession();
  const [asked, setAsked] = useState<'rotate' | 'revoke'>();
  const whyNot = useWhyNotChanged(key);
  const edit = useHref(`/keys/${key.id}/edit`);
  const follow = useFollow();
  const isOwn = key.id === apiKey.id;
  const off = { disabled: whyNot !== undefined, disabledReason: whyNot };

  return (
    <SubPage
      title={key.name}
      above={[KEYS]}
      info={isOwn && <Badge color="blue">You are signed in with it</Badge>}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button href={whyNot === undefined ? edit : undefined} onFollow={follow} {...off}>
            Edit
          </Button>
          <Button onClick={() => setAsked('rotate')} {...off}>
            Rotate
          </Button>
          <Button onClick={() => setAsked('revoke')} {...off}>
            Revoke
          </Button>
        </SpaceBetween>
      }
    >
      <Container
        header={
          <Header variant="h2" actions={<ActivityLinks filter="api_key_id" id={key.id} />}>
            Details
          </Header>
        }
      >
        <KeyDetails shown={key} />
      </Container>
      {asked === 'rotate' && <Rotation read={read} isOwn={isOwn} onEnd={() => setAsked(undefined)} />}
      {asked === 'revoke' && <Revocation of={key} isOwn={isOwn} onEnd={() => setAsked(undefined)} />}
    </SubPage>
  );
}

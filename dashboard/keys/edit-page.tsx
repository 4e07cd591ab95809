import { useState } from 'react';
import { News } from '../parts/news.tsx';
import { SubPage } from '../parts/sub-page.tsx';
import { PageLink } from '../shell/navigation.tsx';
import { EditForm } from './edit-form.tsx';
import { KEYS, OfKey, type ReadKey } from './read-key.tsx';
import { useWhyNotChanged } from './why-not-changed.ts';

/** Changes what an API key is called, may do, and how long. */
export const Component = () => <OfKey>{(read) => <EditPage key={read.key.id} read={read} />}</OfKey>;

function EditPage({ read: latest }: { readonly read: ReadKey }) {
  // What has been seen stays, whatever is read meanwhile, until its change is sent.
  const [seen, setSeen] = useState(latest);
  const whyNot = useWhyNotChanged(seen.key);
  if (whyNot === undefined) return <EditForm first={seen} onEnded={setSeen} />;
  const { id, name } = seen.key;
  return (
    <SubPage title={`Edit ${name}`} above={[KEYS, { text: name, to: `/keys/${id}` }]}>
      <News
        type="info"
        header={
          <>
            <bdi>{name}</bdi> is not changed
          </>
        }
      >
        {whyNot}. See <PageLink to={`/keys/${id}`}>the key</PageLink>, or{' '}
        <PageLink to={KEYS.to}>all API keys</PageLink>.
      </News>
    </SubPage>
  );
}

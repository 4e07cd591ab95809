import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Schemas } from '../../client/index.ts';

type Server = Schemas['McpServer'];

const FIELDS: readonly (readonly [label: string, text: (server: Server) => string])[] = [
  ['Name', ({ name }) => name],
  ['URL', ({ upstream }) => upstream.url],
  ['Upstream headers', ({ upstream }) => listed(Object.keys(upstream.headers))],
  ['Allowed tools', ({ allowed_tools }) => (allowed_tools === null ? 'All tools' : listed(allowed_tools))],
  ['Allowed origins', ({ allowed_origins }) => listed(allowed_origins)],
];

const listed = (texts: readonly string[]): string => texts.join(', ') || 'None';

/**
 * That somebody else changed the server while it was edited: nothing of theirs is overwritten unseen.
 * @param begun what the form began from
 * @param stored what is stored now
 */
export function ServerConflict({
  begun,
  stored,
  onBeginAnew,
}: {
  readonly begun: Server;
  readonly stored: Server;
  readonly onBeginAnew: () => void;
}) {
  const changed = FIELDS.filter(([, text]) => text(begun) !== text(stored));
  return (
    <Alert
      type="warning"
      header="Somebody else has changed this server meanwhile"
      action={
        <Button formAction="none" onClick={onBeginAnew}>
          Begin from what is stored now
        </Button>
      }
    >
      <SpaceBetween size="s">
        <div>Your changes cannot be saved over theirs. To begin anew drops what you have entered.</div>
        {changed.length > 0 && (
          <KeyValuePairs
            ariaLabel="What is stored now"
            columns={2}
            items={changed.map(([label, text]) => ({ label: `${label} now`, value: text(stored) }))}
          />
        )}
      </SpaceBetween>
    </Alert>
  );
}

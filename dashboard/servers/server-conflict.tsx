import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
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
 * That somebody else changed the server while it was edited. Nothing is overwritten until it is decided here.
 * @param begun what the form began from
 * @param stored what is stored now
 */
export function ServerConflict({
  begun,
  stored,
  onKeep,
  onDiscard,
}: {
  readonly begun: Server;
  readonly stored: Server;
  readonly onKeep: () => void;
  readonly onDiscard: () => void;
}) {
  const changed = FIELDS.filter(([, text]) => text(begun) !== text(stored));
  // It comes up by itself: who does not see it is to hear of it.
  return (
    <div role="alert">
      <Alert
        type="warning"
        header="Somebody else has changed the server"
        action={
          <SpaceBetween direction="horizontal" size="xs">
            <Button formAction="none" onClick={onKeep}>
              Keep my changes
            </Button>
            <Button formAction="none" onClick={onDiscard}>
              Discard my changes
            </Button>
          </SpaceBetween>
        }
      >
        Nothing of yours is saved yet.
        <ul>
          {changed.map(([label, text]) => (
            <li key={label}>
              <b>{label}</b>: was {text(begun)}, is now {text(stored)}
            </li>
          ))}
        </ul>
      </Alert>
    </div>
  );
}

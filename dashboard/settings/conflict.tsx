import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type Changes, differences, FIELD_NAMES, type Settings } from './draft.ts';

/** Somebody else has changed the settings since they were read. Nothing is overwritten until it is decided here. */
export function Conflict({
  before,
  now,
  changes,
  onKeep,
  onDiscard,
}: {
  readonly before: Settings;
  readonly now: Settings;
  readonly changes: Changes;
  readonly onKeep: () => void;
  readonly onDiscard: () => void;
}) {
  return (
    <Alert
      type="warning"
      header="Somebody else has changed the settings"
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
        {differences(before, now, changes).map(({ field, before: old, now: theirs, mine }) => (
          <li key={field}>
            <b>{FIELD_NAMES[field]}</b>: was {old}, is now {theirs}
            {mine !== undefined && mine !== theirs && `, yours is ${mine}`}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

import Alert, { type AlertProps } from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef } from 'react';
import { useServerNames } from '../api/names.ts';
import { type Key, STANDING_WORDS, standingOf } from './key.ts';
import { FIELD_NAMES, FIELDS, type KeyForm } from './key-form.ts';
import { rowOf } from './key-row.ts';

/** Somebody else has changed a key since it was read. Nothing is overwritten until it is decided here. */
export function ChangedMeanwhile({
  before,
  now,
  chosen,
  onKeep,
  onDiscard,
}: {
  readonly before: Key;
  readonly now: Key;
  readonly chosen: Partial<KeyForm>;
  readonly onKeep: () => void;
  readonly onDiscard: () => void;
}) {
  const names = useServerNames();
  const alert = useRef<AlertProps.Ref>(null);
  // It stands above a form whose button is far below.
  useEffect(() => alert.current?.focus(), []);
  const was = inWords(before, names);
  const is = inWords(now, names);
  return (
    <Alert
      ref={alert}
      type="warning"
      header="Somebody else has changed the key"
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={onKeep}>Keep my changes</Button>
          <Button onClick={onDiscard}>Discard my changes</Button>
        </SpaceBetween>
      }
    >
      Nothing of yours is saved yet.
      <ul>
        {FIELDS.filter((field) => was[field] !== is[field]).map((field) => (
          <li key={field}>
            <b>{FIELD_NAMES[field]}</b>: was {was[field]}, is now {is[field]}
            {chosen[field] !== undefined && '; yours is in the form'}
          </li>
        ))}
        {before.key !== now.key && <li>It has been rotated.</li>}
        {before.status !== now.status && <li>Status: {STANDING_WORDS[standingOf(now, Date.now())]}</li>}
      </ul>
    </Alert>
  );
}

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

function inWords(key: Key, names: ReadonlyMap<string, string>): Record<keyof KeyForm, string> {
  const { name, scopes, servers } = rowOf(key, names, Date.now());
  return {
    name,
    scopes: scopes.join(', '),
    mcp_server_ids: servers.join(', '),
    allowed_tools: key.allowed_tools?.join(', ') ?? 'All',
    expires_at: key.expires_at === null ? 'Never' : FORMAT.format(new Date(key.expires_at)),
  };
}

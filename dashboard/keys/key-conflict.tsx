import type { ComponentProps } from 'react';
import { useServerNames } from '../api/all-rows.ts';
import { Conflict } from '../parts/conflict.tsx';
import { momentText } from '../parts/moment.tsx';
import type { Key } from './key.ts';
import { FIELD_NAMES, FIELDS, type KeyForm } from './key-form.ts';
import { rowOf } from './key-row.ts';

/** @param before the key as it was read first; @param chosen what is about to be saved */
export function KeyConflict({
  before,
  now,
  chosen,
  ...decisions
}: Pick<ComponentProps<typeof Conflict>, 'onKeep' | 'onDiscard'> & {
  readonly before: Key;
  readonly now: Key;
  readonly chosen: Partial<KeyForm>;
}) {
  const names = useServerNames();
  const [was, is] = [inWords(before, names), inWords(now, names)];
  const fields = FIELDS.map((field) => ({
    field: FIELD_NAMES[field],
    was: was[field],
    is: is[field],
    yours: chosen[field] === undefined ? undefined : 'in the form',
  }));
  return (
    <Conflict
      what="key"
      differences={[
        ...fields,
        { field: 'Secret', was: before.key, is: now.key },
        { field: 'Status', was: was.standing, is: is.standing },
      ]}
      {...decisions}
    />
  );
}

function inWords(key: Key, names: ReadonlyMap<string, string>) {
  const { name, scopes, servers, standing } = rowOf(key, names, Date.now());
  return {
    name,
    standing,
    scopes: scopes.join(', '),
    mcp_server_ids: servers.join(', '),
    allowed_tools: key.allowed_tools?.join(', ') ?? 'All',
    expires_at: key.expires_at === null ? 'Never' : momentText(key.expires_at),
  };
}

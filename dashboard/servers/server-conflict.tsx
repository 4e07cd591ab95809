import type { ComponentProps } from 'react';
import type { Schemas } from '../../client/index.ts';
import { Conflict } from '../parts/conflict.tsx';

type Server = Schemas['McpServer'];

const FIELDS: readonly (readonly [field: string, text: (server: Server) => string])[] = [
  ['Name', ({ name }) => name],
  ['URL', ({ upstream }) => upstream.url],
  ['Upstream headers', ({ upstream }) => listed(Object.keys(upstream.headers))],
  ['Allowed tools', ({ allowed_tools }) => (allowed_tools === null ? 'All tools' : listed(allowed_tools))],
  ['Allowed origins', ({ allowed_origins }) => listed(allowed_origins)],
];

const listed = (texts: readonly string[]): string => texts.join(', ') || 'None';

/** @param begun what the form began from; @param stored what is stored now */
export const ServerConflict = ({
  begun,
  stored,
  ...decisions
}: Pick<ComponentProps<typeof Conflict>, 'onKeep' | 'onDiscard'> & {
  readonly begun: Server;
  readonly stored: Server;
}) => (
  <Conflict
    what="server"
    differences={FIELDS.map(([field, text]) => ({ field, was: text(begun), is: text(stored) }))}
    {...decisions}
  />
);

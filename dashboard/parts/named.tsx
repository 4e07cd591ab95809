import Box from '@cloudscape-design/components/box';
import type { Schemas } from '../../client/index.ts';
import { useKeyNames, useServerNames } from '../api/all-rows.ts';
import { PageLink } from '../shell/navigation.tsx';

interface Named {
  readonly id: string;
  /** As it was called then; left out: as it is called now. */
  readonly name?: string | undefined;
}

/** An API key by its name; a link while it can be read. */
export const KeyName = ({ id, name }: Named) => (
  <NameOf id={id} name={name} names={useKeyNames()} page="keys" />
);
/** An MCP server by its name; a link while there is one. */
export const ServerName = ({ id, name }: Named) => (
  <NameOf id={id} name={name} names={useServerNames()} page="servers" />
);

function NameOf({
  id,
  name,
  names,
  page,
}: Named & { readonly names: ReadonlyMap<string, string>; readonly page: 'keys' | 'servers' }) {
  const now = names.get(id);
  const shown = name ?? now ?? id;
  return now === undefined ? shown : <PageLink to={`/${page}/${id}`}>{shown}</PageLink>;
}

/** Who changed something. */
export function ActorName({ actor }: { readonly actor: Schemas['Actor'] }) {
  switch (actor.kind) {
    case 'api_key':
      return (
        <>
          <KeyName id={actor.id} name={actor.name} />
          <Box variant="small" display="block">
            {actor.id}
          </Box>
        </>
      );
    case 'organization':
      return 'The organization';
    case 'bootstrap':
      return 'The bootstrap command';
  }
}

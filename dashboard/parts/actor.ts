import type { Schemas } from '../../client/index.ts';

/** Who changed something, in words. */
export function actorText(actor: Schemas['Actor']): string {
  switch (actor.kind) {
    case 'api_key':
      return `${actor.name} (${actor.id})`;
    case 'organization':
      return 'The organization';
    case 'bootstrap':
      return 'The bootstrap command';
  }
}

import { useSession } from '../api/session.tsx';
import { endOf, type Key } from './key.ts';
import { beyond, ownPower } from './power.ts';

/** Why a key is not to be changed by who is signed in; undefined: it can be. */
export function useWhyNotChanged(key: Key): string | undefined {
  const own = ownPower(useSession().apiKey);
  const more = beyond(key, own);
  const end = endOf(key, Date.now());
  if (end !== undefined || more.length === 0) return end;
  return `The key is stronger than yours: it has ${more.join(', ')}`;
}

import type { Schemas } from '../../client/index.ts';
import { DAY_MS } from '../parts/moment.tsx';

export type Key = Schemas['ApiKey'];
/** A scope, or `*` for all of them. */
export type Grant = Schemas['Scope'];

/** How a key stands, as its readers need it: one that ends soon is to be seen before it does. */
export type Standing = Key['status'] | 'expiring';

const SOON_MS = 7 * DAY_MS;

/** @param now milliseconds since the epoch */
export function standingOf({ status, expires_at }: Key, now: number): Standing {
  if (status !== 'active' || expires_at === null) return status;
  const left = Date.parse(expires_at) - now;
  if (left <= 0) return 'expired';
  return left < SOON_MS ? 'expiring' : 'active';
}

export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  active: 'Active',
  expiring: 'Expiring soon',
  expired: 'Expired',
  revoked: 'Revoked',
};

/** Why a key that has ended is not changed any more; undefined: it has not. */
export function endOf(key: Key, now: number): string | undefined {
  const standing = standingOf(key, now);
  if (standing === 'revoked') return 'The key has been revoked. That cannot be undone: create another one';
  return standing === 'expired' ? 'The key has expired: create another one' : undefined;
}

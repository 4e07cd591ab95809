import type { CredentialFact } from './access.ts';
import type { ApiErrorName } from './errors.ts';
import { type ApiKey, endOfKey } from './principal.ts';

/** Everything that the decision on one request to a project's management routes rests on. */
export interface ApiAccessFacts {
  /** When the request arrived, milliseconds since the epoch. */
  readonly now: number;
  readonly credential: CredentialFact;
  /** Whether the project of the key that was found still exists. */
  readonly projectExists: boolean;
}

export type ApiAccessDecision =
  | { readonly kind: 'forward'; readonly key: ApiKey }
  | { readonly kind: 'refuse'; readonly error: ApiErrorName };

/**
 * Decides who may speak to the management plane, whatever the gate says (wire contract, "Settings" and "Errors").
 * Which scope a route needs is the route's own question.
 */
export function decideApiAccess(facts: ApiAccessFacts): ApiAccessDecision {
  const { credential, now } = facts;
  switch (credential.kind) {
    case 'none':
      return { kind: 'refuse', error: 'no_credential' };
    case 'conflicting':
      return { kind: 'refuse', error: 'conflicting_credentials' };
    case 'malformed':
    case 'unknown':
      return { kind: 'refuse', error: 'invalid_key' };
    case 'found': {
      const { key } = credential;
      const end = endOfKey(key, now);
      if (!facts.projectExists || end === 'revoked') return { kind: 'refuse', error: 'invalid_key' };
      if (end === 'expired') return { kind: 'refuse', error: 'expired_key' };
      return { kind: 'forward', key };
    }
  }
}

import { openSession, type SessionBinding, sealedVersion, sealSession } from '../domain/session-seal.ts';
import type { RootSecret } from './root-secret.ts';

/** The session of a request, as its server calls it; none; or one that is not a session of this caller. */
export type OpenedSession =
  | { readonly kind: 'known'; readonly id: string | undefined }
  | { readonly kind: 'unknown' };

/** Sessions as the client sees them and as the server does. Without a session the root secret is not read. */
export function sealedSessions(secret: RootSecret) {
  return {
    /** @param sealed what the client presents; `undefined` for none */
    async open(sealed: string | undefined, caller: SessionBinding): Promise<OpenedSession> {
      if (sealed === undefined) return { kind: 'known', id: undefined };
      const version = sealedVersion(sealed);
      if (version === undefined) return { kind: 'unknown' };
      const { accepted } = await secret.keys('session', version);
      const id = openSession(accepted, sealed, caller);
      return id === undefined ? { kind: 'unknown' } : { kind: 'known', id };
    },

    /**
     * @param id what the server calls the session; `undefined` for none
     * @returns what the client may see of it
     */
    async seal(id: string | undefined, caller: SessionBinding): Promise<string | undefined> {
      if (id === undefined) return undefined;
      const { sealing } = await secret.keys('session');
      return sealSession(sealing, id, caller);
    },
  };
}

import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { flushSync } from 'react-dom';
import {
  createPortcullis,
  type Data,
  isPortcullisError,
  type Portcullis,
  type Schemas,
} from '../../client/index.ts';

export type Scope = Exclude<Schemas['Scope'], '*'>;

/** Who is signed in. */
export interface Session {
  readonly portcullis: Portcullis;
  readonly project: Data<'getSessionInfo'>['project'];
  /** The key, masked. */
  readonly apiKey: Data<'getSessionInfo'>['api_key'];
  /** The key itself, for what is to be pasted. It is sent to the gateway alone. */
  readonly secret: string;
}

/** Why somebody who was signed in is not any more. */
export type EndReason = 'signed-out' | 'key-ended';

interface Sessions {
  readonly session: Session | undefined;
  readonly endReason: EndReason | undefined;
  /** Whether the key of an earlier view of this tab is being looked at. */
  readonly isRestoring: boolean;
  /** What came of that look when it could not be made. */
  readonly restoreError: unknown;
  /** @throws what the gateway answers to the key: then nothing has changed */
  signIn(key: string): Promise<void>;
  /** Goes on with a secret that has replaced the one that signed in. Nothing is asked with the old one any more. */
  adopt(secret: string): Promise<void>;
  signOut(reason: EndReason): void;
  restore(): void;
}

const Context = createContext<Sessions | undefined>(undefined);

/**
 * Holds the key of who signs in: in memory, and in the session storage of this tab so that a reload keeps it.
 * @param url the gateway's address; it also tells apart gateways of the same origin
 */
export function SessionProvider({ url, children }: { readonly url: string; readonly children: ReactNode }) {
  const queries = useQueryClient();
  const storage = useMemo(() => keyStorage(url), [url]);
  const [session, setSession] = useState<Session>();
  const [endReason, setEndReason] = useState<EndReason>();
  const [isRestoring, setIsRestoring] = useState(() => storage.read() !== null);
  const [restoreError, setRestoreError] = useState<unknown>();

  const signIn = useCallback(
    async (key: string) => {
      const portcullis = createPortcullis({ url, apiKey: key });
      const { project, api_key } = await portcullis.getSessionInfo();
      storage.write(key);
      setEndReason(undefined);
      setSession({ portcullis, project, apiKey: api_key, secret: key });
    },
    [url, storage],
  );

  const adopt = useCallback(
    async (secret: string) => {
      storage.write(secret);
      const portcullis = createPortcullis({ url, apiKey: secret });
      const key = `ak_**${secret.slice(-4)}`;
      // At once: whatever is asked from here on is asked with the new one.
      flushSync(() =>
        setSession(
          (old) =>
            old && { ...old, portcullis, secret, apiKey: { ...old.apiKey, key, secret_ends_at: null } },
        ),
      );
      await queries.cancelQueries();
    },
    [url, storage, queries],
  );

  const signOut = useCallback(
    (reason: EndReason) => {
      storage.forget();
      queries.clear();
      setSession(undefined);
      setRestoreError(undefined);
      setEndReason(reason);
    },
    [queries, storage],
  );

  const restore = useCallback(() => {
    const key = storage.read();
    if (key === null) return;
    setIsRestoring(true);
    setRestoreError(undefined);
    signIn(key)
      .catch((error: unknown) => (isKeyRefused(error) ? signOut('key-ended') : setRestoreError(error)))
      .finally(() => setIsRestoring(false));
  }, [storage, signIn, signOut]);

  useEffect(restore, [restore]);

  // Whatever page asked: a key that has ended ends the session.
  useEffect(
    () =>
      queries.getQueryCache().subscribe(({ type, query }) => {
        if (type === 'updated' && isKeyRefused(query.state.error)) signOut('key-ended');
      }),
    [queries, signOut],
  );
  useEffect(
    () =>
      queries.getMutationCache().subscribe(({ type, mutation }) => {
        if (type === 'updated' && isKeyRefused(mutation?.state.error)) signOut('key-ended');
      }),
    [queries, signOut],
  );

  const value = useMemo(
    () => ({ session, endReason, isRestoring, restoreError, signIn, adopt, signOut, restore }),
    [session, endReason, isRestoring, restoreError, signIn, adopt, signOut, restore],
  );
  return <Context value={value}>{children}</Context>;
}

export function useSessions(): Sessions {
  const sessions = useContext(Context);
  if (sessions === undefined) throw new Error('There is no SessionProvider above');
  return sessions;
}

/** For pages, which are shown to who is signed in alone. */
export function useSession(): Session {
  const { session } = useSessions();
  if (session === undefined) throw new Error('Nobody is signed in');
  return session;
}

export const usePortcullis = (): Portcullis => useSession().portcullis;

/** @returns whether the key that signed in has the scope */
export function useMay(scope: Scope): boolean {
  const { scopes } = useSession().apiKey;
  return scopes.includes('*') || scopes.includes(scope);
}

/** The gateway does not know the key, or does not any more. */
export const isKeyRefused = (error: unknown): boolean =>
  isPortcullisError(error, 'APIKey_InvalidAPIKey') || isPortcullisError(error, 'APIKey_APIKeyExpired');

function keyStorage(url: string) {
  const name = `portcullis key of ${url}`;
  return {
    read: () => sessionStorage.getItem(name),
    write: (key: string) => sessionStorage.setItem(name, key),
    forget: () => sessionStorage.removeItem(name),
  };
}

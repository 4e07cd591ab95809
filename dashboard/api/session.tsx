import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import {
  createPortcullis,
  type Data,
  isPortcullisError,
  type Portcullis,
  type Schemas,
} from '../../client/index.ts';
import { storageOf } from './storage.ts';

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
  /** Reads anew what the project is called, and what its key may do. */
  refresh(): Promise<void>;
  /**
   * Replaces the secret that signed in, and goes on with the new one. Nothing is asked with the old one any more, and what was
   * asked with it before does not end the session.
   * @param rotate what answers the new secret
   * @returns its answer
   * @throws what it throws
   */
  replaceSecret<Rotated extends { readonly key: string }>(rotate: () => Promise<Rotated>): Promise<Rotated>;
  signOut(reason: EndReason): void;
  restore(): void;
}

const Context = createContext<Sessions | undefined>(undefined);

/**
 * Holds the key of who signs in: in memory, and in the session storage of this tab so that a reload keeps it, where the browser allows
 * that. With each session
 * that begins or ends all that is below starts anew, with no answer and no message of another one.
 * @param url the gateway's address; it also tells apart gateways of the same origin
 */
export function SessionProvider({ url, children }: { readonly url: string; readonly children: ReactNode }) {
  const storage = useMemo(() => keyStorage(url), [url]);
  /** Raised with each beginning and end: what was asked before is not acted on after. */
  const epoch = useRef(0);
  const isReplacing = useRef(false);
  const [shownEpoch, setShownEpoch] = useState(0);
  const [session, setSession] = useState<Session>();
  const [endReason, setEndReason] = useState<EndReason>();
  const [isRestoring, setIsRestoring] = useState(() => storage.read() !== null);
  const [restoreError, setRestoreError] = useState<unknown>();

  const change = useCallback((next: Session | undefined, reason?: EndReason) => {
    epoch.current++;
    setShownEpoch(epoch.current);
    setSession(next);
    setEndReason(reason);
    setRestoreError(undefined);
    setIsRestoring(false);
  }, []);

  const signIn = useCallback(
    async (key: string) => {
      const startedIn = epoch.current;
      const portcullis = createPortcullis({ url, apiKey: key });
      const { project, api_key } = await portcullis.getSessionInfo();
      if (epoch.current !== startedIn) return;
      storage.write(key);
      change({ portcullis, project, apiKey: api_key, secret: key });
    },
    [url, storage, change],
  );

  const signOut = useCallback(
    (reason: EndReason) => {
      storage.forget();
      change(undefined, reason);
    },
    [storage, change],
  );

  const refresh = useCallback(async () => {
    const startedIn = epoch.current;
    const info = await session?.portcullis.getSessionInfo();
    if (info === undefined || epoch.current !== startedIn) return;
    setSession((old) => old && { ...old, project: info.project, apiKey: info.api_key });
  }, [session]);

  const replaceSecret = useCallback(
    async <Rotated extends { readonly key: string }>(rotate: () => Promise<Rotated>) => {
      const startedIn = epoch.current;
      isReplacing.current = true;
      try {
        const rotated = await rotate();
        if (epoch.current !== startedIn) return rotated;
        const secret = rotated.key;
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
        return rotated;
      } finally {
        isReplacing.current = false;
      }
    },
    [url, storage],
  );

  /** What was refused may have been asked with a secret that has been replaced since. */
  const endIfRefused = useCallback(() => {
    const startedIn = epoch.current;
    session?.portcullis.getSessionInfo().catch((error: unknown) => {
      if (epoch.current === startedIn && !isReplacing.current && isKeyRefused(error)) signOut('key-ended');
    });
  }, [session, signOut]);

  const restore = useCallback(() => {
    const key = storage.read();
    if (key === null) return;
    const startedIn = epoch.current;
    setIsRestoring(true);
    setRestoreError(undefined);
    signIn(key).catch((error: unknown) => {
      if (epoch.current !== startedIn) return;
      if (isKeyRefused(error)) return signOut('key-ended');
      setIsRestoring(false);
      setRestoreError(error);
    });
  }, [storage, signIn, signOut]);

  useEffect(restore, [restore]);

  const value = useMemo(
    () => ({
      session,
      endReason,
      isRestoring,
      restoreError,
      signIn,
      refresh,
      replaceSecret,
      signOut,
      restore,
    }),
    [session, endReason, isRestoring, restoreError, signIn, refresh, replaceSecret, signOut, restore],
  );
  return (
    <Context value={value}>
      <Answers
        key={shownEpoch}
        onError={(error) => {
          // Of an earlier session, or of a secret that is being replaced.
          if (epoch.current !== shownEpoch || isReplacing.current) return;
          if (isKeyRefused(error)) endIfRefused();
          // Somebody has taken a scope from the key.
          if (isPortcullisError(error, 'APIKey_InsufficientPermissions')) refresh().catch(() => {});
        }}
      >
        {children}
      </Answers>
    </Context>
  );
}

/** What the gateway has answered in one session. Whatever is refused, by whichever page it was asked, is told. */
function Answers({
  onError,
  children,
}: {
  readonly onError: (error: Error) => void;
  readonly children: ReactNode;
}) {
  const told = useRef(onError);
  told.current = onError;
  const [queries] = useState(() => newQueries((error) => told.current(error)));
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
}

const newQueries = (onError: (error: Error) => void) =>
  new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // The client of the API tries again what can be.
        retry: false,
        staleTime: 10_000,
        // What cannot be reached is told, not waited for.
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });

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
  return hasScope(useSession().apiKey.scopes, scope);
}

export const hasScope = (scopes: readonly Schemas['Scope'][], scope: Schemas['Scope']): boolean =>
  scopes.includes('*') || scopes.includes(scope);

/** The gateway does not know the key, or does not any more. */
export const isKeyRefused = (error: unknown): boolean =>
  isPortcullisError(error, 'APIKey_InvalidAPIKey') || isPortcullisError(error, 'APIKey_APIKeyExpired');

function keyStorage(url: string) {
  const name = `portcullis key of ${url}`;
  const storage = storageOf('sessionStorage');
  return {
    read: () => storage.getItem(name),
    write: (key: string) => storage.setItem(name, key),
    forget: () => storage.removeItem(name),
  };
}

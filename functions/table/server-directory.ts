import { LRUCache } from 'lru-cache';
import { lazily } from '../domain/lazily.ts';
import type { StoredServer } from './access-items.ts';

const MAX_SERVERS = 1_000;

/**
 * The servers that a relay instance has met. A server is kept by its revision, which the authorizer reads anew for every
 * request, so what is found here is never older than the request that asks. What reads is loaded with the first read: an
 * instance that refuses only never loads it.
 * @returns a function that answers the server at that revision or a later one, `undefined` when it is gone by now
 */
export function serverDirectory(
  tableName: string,
): (slug: string, revision: number) => Promise<StoredServer | undefined> {
  const known = new LRUCache<string, StoredServer>({ max: MAX_SERVERS });
  const finder = lazily(async () => {
    const [{ findServer }, { itemReader }] = await Promise.all([
      import('./access-facts.ts'),
      import('./item-reader.ts'),
    ]);
    const reader = itemReader(tableName);
    return (slug: string) => findServer(reader, slug);
  });

  return async (slug, revision) => {
    const cached = known.get(slug);
    if (cached?.revision === revision) return cached;
    const find = await finder();
    const server = await find(slug);
    if (server === undefined) return undefined;
    if (server.revision < revision)
      throw new Error('The store answered an older server than the authorizer read');
    known.set(slug, server);
    return server;
  };
}

import { LRUCache } from 'lru-cache';
import { readItem, type StoredServer, serverItem } from './access-items.ts';
import type { ItemReader } from './item-reader.ts';
import { itemKey } from './layout.ts';

const MAX_SERVERS = 1_000;

/** @returns the server with that slug; read strongly consistent. */
export async function findServer(reader: ItemReader, slug: string): Promise<StoredServer | undefined> {
  return readItem(serverItem, 'server', await reader.get(itemKey.server(slug)));
}

/**
 * The servers that a relay instance has met. A server is kept by its revision, which the authorizer reads anew for every
 * request, so what is found here is never older than the request that asks.
 * @returns a function that answers the server at that revision or a later one, `undefined` when it is gone by now
 */
export function serverDirectory(
  reader: ItemReader,
): (slug: string, revision: number) => Promise<StoredServer | undefined> {
  const known = new LRUCache<string, StoredServer>({ max: MAX_SERVERS });

  return async (slug, revision) => {
    const cached = known.get(slug);
    if (cached?.revision === revision) return cached;
    const server = await findServer(reader, slug);
    if (server === undefined) return undefined;
    if (server.revision < revision)
      throw new Error('The store answered an older server than the authorizer read');
    known.set(slug, server);
    return server;
  };
}

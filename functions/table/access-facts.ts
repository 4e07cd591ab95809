import { LRUCache } from 'lru-cache';
import type { ProjectFact, ServerFact } from '../domain/access.ts';
import { sameDigest } from '../domain/api-key.ts';
import type { ApiKey } from '../domain/principal.ts';
import {
  configItem,
  organizationKeyItem,
  readApiKey,
  readItem,
  type StoredOrganizationKey,
  type StoredServer,
  serverItem,
  toServerFact,
} from './access-items.ts';
import type { Item } from './batches.ts';
import type { ItemReader } from './item-reader.ts';
import { type ItemKey, itemKey } from './layout.ts';

export interface AccessFactsQuery {
  readonly projectId: string;
  readonly slug: string;
  /** Left out when no well-formed key was presented: then the read has one item less. */
  readonly keyHash: string | undefined;
}

export interface StoredAccessFacts {
  readonly project: ProjectFact | undefined;
  readonly server: ServerFact | undefined;
  readonly key: ApiKey | undefined;
}

/** Bounds the memory of one instance: about 10,000 items of some 500 bytes. */
const MAX_CACHED_ITEMS = 10_000;

/** An item as it was read, or the fact that there was none: the latter is cached too. */
interface ReadItem {
  readonly item: Item | undefined;
}

/**
 * Reads all that one MCP request's decision rests on, in one strongly consistent round trip.
 *
 * @param options.cacheSeconds 0: every request reads. Above: an item is reused until that many seconds after the moment
 *   its read was *sent*, so the age of an answer never exceeds them
 * @returns a function that throws when the store fails, times out, answers a part only, or holds an item that cannot be
 *   understood: the request is then a 500
 */
export function accessFactsReader(
  reader: ItemReader,
  options: { readonly cacheSeconds: number },
): (query: AccessFactsQuery) => Promise<StoredAccessFacts> {
  const cache =
    options.cacheSeconds > 0
      ? new LRUCache<string, ReadItem>({
          max: MAX_CACHED_ITEMS,
          ttl: options.cacheSeconds * 1_000,
          ttlResolution: 0,
        })
      : undefined;

  async function read(keys: readonly ItemKey[]): Promise<Map<string, ReadItem>> {
    const known = new Map<string, ReadItem>();
    for (const { pk } of keys) {
      const cached = cache?.get(pk);
      if (cached !== undefined) known.set(pk, cached);
    }
    const missing = keys.filter(({ pk }) => !known.has(pk));
    if (missing.length === 0) return known;

    const start = performance.now();
    const items = await reader.getAll(missing);
    for (const { pk } of missing) {
      const readItem = { item: items.find((item) => item.pk === pk) };
      known.set(pk, readItem);
      cache?.set(pk, readItem, { start });
    }
    return known;
  }

  return async ({ projectId, slug, keyHash }) => {
    const configKey = itemKey.config(projectId);
    const serverKey = itemKey.server(slug);
    const items = await read([
      configKey,
      serverKey,
      ...(keyHash === undefined ? [] : [itemKey.key(keyHash)]),
    ]);

    const config = readItem(configItem, 'project config', items.get(configKey.pk)?.item);
    const server = readItem(serverItem, 'server', items.get(serverKey.pk)?.item);
    return {
      project: config && {
        id: config.project_id,
        requireMcpApiKey: config.settings.require_mcp_api_key,
        storesData: config.settings.log_visibility_setting === 'show_all',
      },
      server: server && toServerFact(server),
      key: keyHash === undefined ? undefined : readApiKey(keyHash, items.get(itemKey.key(keyHash).pk)?.item),
    };
  };
}

/** @returns the key with that hash, whatever its state; read strongly consistent. */
export async function findKey(reader: ItemReader, keyHash: string): Promise<ApiKey | undefined> {
  return readApiKey(keyHash, await reader.get(itemKey.key(keyHash)));
}

/** @returns the server with that slug; read strongly consistent. */
export async function findServer(reader: ItemReader, slug: string): Promise<StoredServer | undefined> {
  return readItem(serverItem, 'server', await reader.get(itemKey.server(slug)));
}

/** Whether there is a project of that id; read strongly consistent. */
export async function projectExists(reader: ItemReader, projectId: string): Promise<boolean> {
  const item = await reader.get(itemKey.config(projectId));
  return readItem(configItem, 'project config', item) !== undefined;
}

/** @returns whether that is the hash of the organization key; read strongly consistent. */
export async function isOrganizationKey(reader: ItemReader, keyHash: string): Promise<boolean> {
  const stored = await readOrganizationKey(reader);
  return stored !== undefined && sameDigest(stored.key_hash, keyHash);
}

/** @returns the organization key; `undefined` when there is none. Read strongly consistent. */
export async function readOrganizationKey(reader: ItemReader): Promise<StoredOrganizationKey | undefined> {
  return readItem(organizationKeyItem, 'organization key', await reader.get(itemKey.organizationKey()));
}
